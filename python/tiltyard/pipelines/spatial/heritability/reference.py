"""The rule itself, spot by spot in float64: it decides what is right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.heritability.prepared import Estimates, Prepared, Regressor
from tiltyard.pipelines.spatial.rule.regression import estimate


class NumpySpot:
    """One spot at a time, and one block at a time left out; always in 64 bits."""

    name = "numpy-spot"

    def regressor(self, prepared: Prepared, precision: int) -> Regressor:
        """See `Way`."""
        weights = prepared.weights.astype(np.float64)
        trait = prepared.trait
        base = trait.base

        def regress(scores: NDArray[np.float32]) -> Estimates:
            found, products = [], []
            for own in scores.astype(np.float64):
                ld = weights @ own
                found.append(estimate(ld, trait))
                products.append(float(((ld + base) * trait.samples).mean()))
            return Estimates(
                np.array([one.beta for one in found]),
                np.array([one.se for one in found]),
                np.array([one.h2_weight for one in found]),
                np.array(products),
                np.array([one.status for one in found]),
            )

        return regress
