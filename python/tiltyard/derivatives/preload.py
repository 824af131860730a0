"""Imported once by the fork server: every estimator's module, and one call of each kernel library.

Workers are forked from there, so neither imports nor a library's first call count as an
estimator's time.
"""

from contextlib import suppress

import numpy as np
import scipy.linalg

from tiltyard.derivatives.catalogue import import_python

import_python()
_matrix = np.eye(8) + 0.1
np.linalg.svd(_matrix)
np.linalg.qr(_matrix)
np.linalg.eigh(_matrix)
np.fft.rfft(_matrix)
scipy.linalg.cho_solve(scipy.linalg.cho_factor(_matrix), _matrix)
scipy.linalg.qr(_matrix, mode="economic")

# Peers import PyNumDiff where they call it, to spare the other processes the time.
with suppress(ImportError):
    import pynumdiff.optimize

    _wave = np.sin(np.arange(12.0))
    pynumdiff.tvrdiff(_wave, 1.0, order=2, gamma=1.0)  # the first call of CVXPY and OSQP
    pynumdiff.lineardiff(_wave, 1.0, order=2, gamma=1.0)  # and of Clarabel
