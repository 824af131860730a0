"""Members of a warped process: stationary ones, nested smooth clocks, and a periodic clock."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.member import TREND
from tiltyard.studies.derivatives.numerics.warped.periodic_members import periodic_members
from tiltyard.studies.derivatives.numerics.warped.pooling import credible
from tiltyard.studies.derivatives.numerics.warped.scoring import Optimum
from tiltyard.studies.derivatives.numerics.warped.smooth_members import smooth_members
from tiltyard.studies.derivatives.numerics.warped.starts import log_activity
from tiltyard.studies.derivatives.numerics.warped.stationary import stationary_members

FEWEST_FOR_PERIOD = 40


class Members(NamedTuple):
    """Optima by name, and their negative log evidences."""

    optima: dict[str, Optimum]
    evidence: Array

    def credible(self) -> Members:
        """The members whose weight is not negligible."""
        keep = credible(self.evidence)
        optima = {n: o for (n, o), kept in zip(self.optima.items(), keep, strict=True) if kept}
        return Members(optima, self.evidence[keep])


def learn(x: Array, y: Array, noise_variance: float | None) -> Members:
    """Fit all members.

    Parameters
    ----------
    x, y : (n,) arrays
        Unit times in [-1/2, 1/2], and samples of mean 0 and variance 1.
    noise_variance : float or None
        Noise variance of the samples; None if it is unknown.
    """
    optima = stationary_members(x, y, noise_variance)
    stationary = optima["matern"]
    activity = log_activity(stationary)
    optima |= smooth_members(stationary, activity, y)
    if len(x) >= FEWEST_FOR_PERIOD:
        optima |= periodic_members(stationary, activity, y)
    # To compare members with and without a line, its prior counts as one of deviations 1 and 1.
    line = math.log(TREND[0] * TREND[1])
    evidence = [o.evidence() - (line if o.member.trend else 0.0) for o in optima.values()]
    return Members(optima, np.array(evidence))
