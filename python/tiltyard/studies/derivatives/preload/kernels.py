"""First calls of LAPACK through NumPy and SciPy, and of NumPy's Fourier transform."""

import numpy as np
import scipy.linalg

_matrix = np.eye(8) + 0.1
np.linalg.svd(_matrix)
np.linalg.qr(_matrix)
np.linalg.eigh(_matrix)
np.fft.rfft(_matrix)
scipy.linalg.cho_solve(scipy.linalg.cho_factor(_matrix), _matrix)
scipy.linalg.qr(_matrix, mode="economic")
