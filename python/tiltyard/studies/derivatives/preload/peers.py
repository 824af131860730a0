"""First import and calls of PyNumDiff, which the peers' modules import inside their functions."""

from contextlib import suppress

import numpy as np

with suppress(ImportError):
    import pynumdiff.optimize

    _wave = np.sin(np.arange(12.0))
    pynumdiff.tvrdiff(_wave, 1.0, order=2, gamma=1.0)  # the first call of CVXPY and OSQP
    pynumdiff.lineardiff(_wave, 1.0, order=2, gamma=1.0)  # and of Clarabel
