"""What a model expects of each sample that it is not shown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array

Chosen = NDArray[np.bool_]


class LeftOut(NamedTuple):
    """Each of n samples less its prediction from the others, and the variance of that.

    Attributes
    ----------
    misses, variances : (n,) array
        Differences, normal with these variances, of the samples themselves, noise included.
    """

    misses: Array
    variances: Array

    def surprise(self, chosen: Chosen | None = None) -> float:
        """Negative log density of the `chosen` samples (n,), each given all the others.

        The sum (Geisser & Eddy 1979) is up to a constant for each sample. None chooses all.
        """
        terms = np.square(self.misses) / self.variances + np.log(self.variances)
        return 0.5 * float(np.sum(terms if chosen is None else terms[chosen]))

    def standardised(self) -> Array:
        """Misses over their standard deviations."""
        return np.asarray(self.misses / np.sqrt(self.variances))
