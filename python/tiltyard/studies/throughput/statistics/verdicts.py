"""What may be said of a promise, from an interval: it holds, it does not, or it stays open."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tiltyard.studies.throughput.statistics.paired import LEAST_ROUNDS, NOTHING, Estimate

HOLDS, FAILS, NOT_TESTABLE = "holds", "does not hold", "not testable here"
CONTRADICTED, COMPATIBLE, OPEN = "contradicted", "compatible, untested", "open"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a verdict rests on.

    Parameters
    ----------
    measured : Estimate
        The measured quantity.
    unit : str
        ``×`` of ratios, ``MB`` of memory.
    strategy, base : str
        Whose it is, and what it is relative to.
    """

    measured: Estimate = NOTHING
    unit: str = ""
    strategy: str = ""
    base: str = ""


@dataclass(frozen=True)
class Verdict:
    """A verdict with its reason, and what it rests on.

    Parameters
    ----------
    verdict, reason : str
    evidence : Evidence
    allows : str
        Largest serial fractions that allow the promise, for more workers than there are cores.
    fraction : Estimate
        The measured serial fraction.
    outlook : str
        What the fraction says of the promise.
    """

    verdict: str
    reason: str
    evidence: Evidence = field(default_factory=Evidence)
    allows: str = ""
    fraction: Estimate = NOTHING
    outlook: str = ""

    @property
    def measured(self) -> Estimate:
        return self.evidence.measured

    @property
    def unit(self) -> str:
        return self.evidence.unit

    @property
    def strategy(self) -> str:
        return self.evidence.strategy

    @property
    def base(self) -> str:
        return self.evidence.base


def too_few(found: Estimate) -> str:
    """Reason why an estimate decides nothing; "" if it has rounds enough."""
    if not found.rounds:
        return "no round has a figure of it that counts"
    if found.rounds < LEAST_ROUNDS:
        return f"{found.rounds} rounds with a figure that counts, {LEAST_ROUNDS} are needed"
    return ""


def against(
    evidence: Evidence, least: float | None, most: float | None, slack: float = 0.0
) -> Verdict:
    """Verdict on a promise that the measured quantity lies between `least` and `most`.

    Parameters
    ----------
    evidence : Evidence
    least, most : float or None
        None where the promise is open.
    slack : float
        Noise floor as a share: nearer than this to an end is not beyond it.
    """
    found = evidence.measured
    if reason := too_few(found):
        return Verdict(NOT_TESTABLE, reason, evidence)
    low_end = None if least is None else least / (1.0 + slack)
    high_end = None if most is None else most * (1.0 + slack)
    if low_end is not None and found.high < low_end:
        return Verdict(FAILS, "it is less than promised", evidence)
    if high_end is not None and found.low > high_end:
        return Verdict(FAILS, "it is more than promised", evidence)
    above = low_end is None or found.low >= low_end
    below = high_end is None or found.high <= high_end
    if above and below:
        return Verdict(HOLDS, "the whole interval is as promised", evidence)
    return Verdict(NOT_TESTABLE, "an end of the promise lies in the interval", evidence)


def allowed_fraction(speed_up: float, workers: float) -> float:
    """Largest serial fraction with which `workers` reach `speed_up`; negative if none does.

    With infinitely many workers it is 1 / `speed_up` (Amdahl 1967).
    """
    if math.isinf(workers):
        return 1.0 / speed_up
    return (workers / speed_up - 1.0) / (workers - 1.0)


def outlook(fraction: Estimate, allowed: float) -> str:
    """What a measured serial fraction says of a promise that needs at most `allowed`."""
    if allowed < 0.0:
        return CONTRADICTED
    if too_few(fraction):
        return OPEN
    if fraction.low > allowed:
        return CONTRADICTED
    return COMPATIBLE if fraction.high < allowed else OPEN
