"""Imported once by the fork server: every estimator's module, and one call of each kernel library.

Workers are forked from there, so neither imports nor a library's first call count as an
estimator's time.
"""

import numpy as np
import scipy.linalg

from tiltyard.derivatives.catalogue import load_python

load_python()
_matrix = np.eye(8) + 0.1
np.linalg.svd(_matrix)
np.linalg.qr(_matrix)
np.linalg.eigh(_matrix)
np.fft.rfft(_matrix)
scipy.linalg.cho_solve(scipy.linalg.cho_factor(_matrix), _matrix)
scipy.linalg.qr(_matrix, mode="economic")
