"""What is measured for a claim, by what it is about: speed-up, memory, ratio, rate, order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from tiltyard.pipelines.pipeline import Claim
from tiltyard.studies.throughput.statistics.base import base_of, cheapest_of
from tiltyard.studies.throughput.statistics.launches import Setting, by_round, strategies
from tiltyard.studies.throughput.statistics.noise import LESS, MORE, differs, noise_floor
from tiltyard.studies.throughput.statistics.paired import estimate, ratio
from tiltyard.studies.throughput.statistics.scaling import serial_fraction
from tiltyard.studies.throughput.statistics.verdicts import (
    FAILS,
    HOLDS,
    NOT_TESTABLE,
    Evidence,
    Verdict,
    against,
    allowed_fraction,
    outlook,
    too_few,
)


def judged(claim: Claim, setting: Setting, axes: Mapping[str, Any]) -> Verdict:
    """The verdict on `claim` by the launches of one setting, whose workload has these `axes`.

    Raises
    ------
    ValueError
        If the claim is about something that there is no way to measure.
    """
    if claim.measure == RATE:
        return _rate(claim, setting, axes)
    if claim.measure not in MEASURES:
        known = ", ".join((*MEASURES, RATE))
        raise ValueError(f"claim {claim.number}: measure: got {claim.measure!r}, known are {known}")
    return MEASURES[claim.measure](claim, setting)


def named(launches: pd.DataFrame, name: str, column: str) -> str:
    """The strategy called `name`, or the one of that tag that takes least; "" if there is none."""
    own = launches[launches["ok"]]
    if name in set(own["method"]):
        return name
    tagged = own[_tagged(own, {name})]
    return cheapest_of(launches, sorted(tagged["method"].unique()), column)


def _about(claim: Claim, launches: pd.DataFrame) -> pd.DataFrame:
    """Launches of the strategies that a claim is about, with a result."""
    own = launches[launches["ok"]]
    if not claim.strategies:
        return own[own["compared"]]
    wanted = set(claim.strategies)
    return own[own["method"].isin(wanted) | _tagged(own, wanted)]


def _tagged(launches: pd.DataFrame, wanted: set[str]) -> pd.Series[bool]:
    """Whether each launch has one of the tags `wanted`, and is not the baseline's second one."""
    found = [not wanted.isdisjoint(tags.split(",")) for tags in launches["tags"]]
    return pd.Series(found, launches.index, dtype=bool) & ~launches["again"]


def _speed_up(claim: Claim, setting: Setting) -> Verdict:
    """By the fastest strategy with as many workers as the claim says and the job had cores for."""
    launches = setting.launches
    base = base_of(launches)
    if not base:
        return Verdict(NOT_TESTABLE, "no serial strategy has a result")
    own = _about(claim, launches)
    own = own[own["workers"].between(2, setting.cores)]
    least = claim.workers[0] if claim.workers else 2
    most = claim.workers[-1] if claim.workers else np.inf
    tested = own[own["workers"].between(least, most)]
    if least > setting.cores:
        return _beyond(claim, setting, base, own, f"{least} workers")
    # As many workers as cores reach at most that speed-up, and that only without any serial part.
    if not claim.workers and claim.least is not None and claim.least >= setting.cores:
        return _beyond(claim, setting, base, own, f"a speed-up of {claim.least:g}")
    fastest = cheapest_of(launches, strategies(tested), "wall_seconds")
    if not fastest:
        return Verdict(NOT_TESTABLE, "no strategy with so many workers has a wall time that counts")
    found = ratio(launches, base, fastest, "wall_seconds")
    # More than was promised is no broken promise.
    evidence = Evidence(measured=found, unit="×", strategy=fastest, base=base)
    return against(evidence, claim.least, None)


def _beyond(claim: Claim, setting: Setting, base: str, own: pd.DataFrame, needed: str) -> Verdict:
    """What the serial fraction within the cores says of a promise beyond them."""
    cores = f"{setting.cores:g} {'core' if setting.cores == 1 else 'cores'}"
    reason = f"{needed} would need more than the {cores} that the job had"
    top = own[own["workers"].eq(own["workers"].max())]
    fastest = cheapest_of(setting.launches, strategies(top), "wall_seconds")
    if not fastest:
        return Verdict(NOT_TESTABLE, reason)
    workers = int(top["workers"].iloc[0])
    found = ratio(setting.launches, base, fastest, "wall_seconds")
    evidence = Evidence(measured=found, unit="×", strategy=fastest, base=base)
    fraction = serial_fraction(found, workers)
    ends = _ends(claim)
    allowed = [allowed_fraction(speed_up, count) for speed_up, count in ends]
    outlooks = [outlook(fraction, most) for most in allowed]
    if len(set(outlooks)) > 1:
        outlooks = [
            f"{speed_up:g} × with {_number(count)}: {words}"
            for (speed_up, count), words in zip(ends, outlooks, strict=True)
        ]
    return Verdict(
        NOT_TESTABLE,
        reason,
        evidence,
        allows=" / ".join(f"{most:.3f}" for most in allowed),
        fraction=fraction,
        outlook="; ".join(dict.fromkeys(outlooks)),
    )


def _ends(claim: Claim) -> list[tuple[float, float]]:
    """Speed-up and workers at each end of a promise, infinitely many where it names none."""
    fewest, most = (claim.workers[0], claim.workers[-1]) if claim.workers else (math.inf, math.inf)
    ends = [(claim.least, fewest), (claim.most, most)]
    return list(dict.fromkeys((end, count) for end, count in ends if end is not None))


def _number(workers: float) -> str:
    return "any number of workers" if math.isinf(workers) else str(workers)


def _memory(claim: Claim, setting: Setting) -> Verdict:
    """By the strategy that takes most memory of those whose workers have a core each."""
    own = _about(claim, setting.launches)
    own = own[own["workers"].le(setting.cores)]
    peaks = own.groupby("method")["peak_memory"].median().dropna()
    if peaks.empty:
        return Verdict(NOT_TESTABLE, "no strategy has a figure of memory")
    name = str(peaks.idxmax())
    found = estimate(own.loc[own["method"].eq(name), "peak_memory"])
    return against(Evidence(measured=found, unit="MB", strategy=name), claim.least, claim.most)


def _rate(claim: Claim, setting: Setting, axes: Mapping[str, Any]) -> Verdict:
    """By the strategy that takes fewest seconds, of those with as many workers as it says."""
    own = _about(claim, setting.launches)
    if claim.workers:
        own = own[own["workers"].between(claim.workers[0], claim.workers[-1])]
    fastest = cheapest_of(setting.launches, strategies(own), claim.by)
    if not fastest:
        return Verdict(NOT_TESTABLE, "no strategy that the sentence is about has a result")
    of_one = own[own["method"].eq(fastest)].iloc[0]
    units = of_one["units"] * (axes[claim.axis] if claim.axis else 1)
    found = estimate(units / by_round(setting.launches, fastest, claim.by))
    unit = f"{claim.unit or of_one['unit']}/s"
    return against(Evidence(measured=found, unit=unit, strategy=fastest), claim.least, claim.most)


def _ratio(claim: Claim, setting: Setting) -> Verdict:
    """What the second strategy takes ÷ what the first takes."""
    if missing := _missing(claim, setting, 2):
        return missing
    better, worse = _resolved(claim, setting)[:2]
    found = ratio(setting.launches, worse, better, claim.by)
    evidence = Evidence(measured=found, unit="×", strategy=better, base=worse)
    floor = noise_floor(setting.launches).share
    return against(evidence, claim.least, claim.most, floor if floor >= 0.0 else 0.0)


def _order(claim: Claim, setting: Setting) -> Verdict:
    """Each strategy ÷ the one before it: all really more, or one really less."""
    if missing := _missing(claim, setting, 2):
        return missing
    names = _resolved(claim, setting)
    floor = noise_floor(setting.launches).share
    pairs = list(pairwise(names))
    found = [ratio(setting.launches, later, first, claim.by) for first, later in pairs]
    words = [differs(one, floor) for one in found]
    # What decides: a step the other way, else the least clear one.
    place = words.index(LESS) if LESS in words else int(np.argmin([one.value for one in found]))
    first, later = pairs[place]
    evidence = Evidence(measured=found[place], unit="×", strategy=later, base=first)
    if LESS in words:
        return Verdict(FAILS, f"{later} takes less than {first}", evidence)
    if all(word == MORE for word in words):
        return Verdict(HOLDS, "each takes more than the one before it", evidence)
    reason = too_few(found[place]) or f"{later} and {first} differ by no more than the noise"
    return Verdict(NOT_TESTABLE, reason, evidence)


def _resolved(claim: Claim, setting: Setting) -> list[str]:
    return [named(setting.launches, name, claim.by) for name in claim.strategies]


def _missing(claim: Claim, setting: Setting, least: int) -> Verdict | None:
    """Verdict where a strategy of the claim has no result here."""
    found: Sequence[str] = _resolved(claim, setting)
    lacking = [name for name, own in zip(claim.strategies, found, strict=True) if not own]
    if lacking or len(found) < least:
        said = ", ".join(lacking) or "the strategies that are compared"
        return Verdict(NOT_TESTABLE, f"no result of {said} on this workload")
    return None


#: The one that needs the workload's axes.
RATE = "rate"
MEASURES: dict[str, Callable[[Claim, Setting], Verdict]] = {
    "speed_up": _speed_up,
    "memory": _memory,
    "ratio": _ratio,
    "order": _order,
}
