"""Derivatives by ln t or log10 t: the record on a logarithmic clock, and its answers on its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tiltyard.application.derived.feature import Feature, Known
from tiltyard.application.derived.quantity import LOGARITHMS
from tiltyard.application.estimates import Estimates
from tiltyard.application.options import LOG_TIME
from tiltyard.application.series import Series, UnusableData
from tiltyard.application.times import Times
from tiltyard.studies.derivatives.contract import Array

if TYPE_CHECKING:
    import pandas as pd

Some = TypeVar("Some", bound=Estimates)


def checked_log_time(log_time: str | None) -> str:
    """The logarithm's name, empty if there is none.

    Raises
    ------
    ValueError
        If it is unknown.
    """
    if log_time in (None, ""):
        return ""
    if log_time not in LOGARITHMS:
        raise ValueError(f"{LOG_TIME.set_to(log_time)}: write {' or '.join(LOGARITHMS)}")
    return str(log_time)


@dataclass(frozen=True)
class Clock:
    """Times and their logarithms, of which each gives the other to the last digit.

    Attributes
    ----------
    unit : float
        Logarithm of e in the base.
    t, u : (k,) arrays
        Times that are known, and their logarithms, increasing.
    """

    unit: float
    t: Array
    u: Array

    @classmethod
    def of(cls, name: str, *times: Array) -> Clock:
        """The clock of times above zero, by the logarithm of this name."""
        every = np.unique(np.concatenate(times))
        return cls(LOGARITHMS[name], every, LOGARITHMS[name] * np.log(every))

    def logarithm(self, t: Array) -> Array:
        """Logarithms of times."""
        return np.asarray(self.unit * np.log(t))

    def time(self, u: Array) -> Array:
        """Times of logarithms, NaN of NaN."""
        place = np.minimum(np.searchsorted(self.u, u), len(self.u) - 1)
        return np.where(self.u[place] == u, self.t[place], np.exp(u / self.unit))


@dataclass(frozen=True)
class LogTimes(Times):
    """Times as logarithms, told as what they were."""

    whole: Times | None = None
    clock_of: Clock | None = None

    def told(self, t: float) -> str:
        assert self.whole is not None and self.clock_of is not None
        return self.whole.told(float(self.clock_of.time(np.array([t]))[0]))

    def index(self, t: Array) -> Array | pd.Index:
        assert self.whole is not None and self.clock_of is not None
        return self.whole.index(self.clock_of.time(t))


def on_clock(series: Series, asked: Array, log_time: str) -> tuple[Series, Array, Clock]:
    """The series and the times that are asked for by the logarithm of time, and its clock.

    Raises
    ------
    UnusableData
        If the times are dates, which have no zero, or one of a sample is not above zero.
    """
    whole = series.times or Times(series.t)
    option = LOG_TIME.set_to(log_time)
    if whole.dated:
        raise UnusableData(
            f"{series.name}: the times are dates, which have no zero to count from ({option}): "
            "give the time since the beginning, as numbers or durations"
        )
    bad = np.flatnonzero(series.t <= 0)
    if bad.size:
        t = series.t[bad[-1]]
        rows = np.flatnonzero(whole.values == t)
        row = f"row {rows[0] + 1} is" if rows.size else "one is"
        raise UnusableData(
            f"{series.name}: {option} needs times above zero, and {row} at {series.told(t)}: leave "
            f"out the {bad.size} sample{'s' if bad.size > 1 else ''} up to there, or count time "
            "from the beginning of what is measured"
        )
    clock = Clock.of(log_time, series.t, asked)
    logarithms = LogTimes(
        values=np.log(whole.values, out=np.full_like(whole.values, np.nan), where=whole.values > 0)
        * clock.unit,
        name=whole.name,
        whole=whole,
        clock_of=clock,
    )
    return (
        replace(series, t=clock.logarithm(series.t), times=logarithms),
        clock.logarithm(asked),
        clock,
    )


def off_clock(found: Some, series: Series, clock: Clock) -> Some:
    """The estimates at times again; `series` is the one whose times they were."""
    aside = found.series.aside
    if aside is not None:
        aside = np.array([clock.time(aside[0]), aside[1]])
    own = replace(found.series, t=clock.time(found.series.t), times=series.times, aside=aside)
    changes: dict[str, Any] = {
        "series": own,
        "t_eval": clock.time(found.t_eval),
        "drawn": replace(found.drawn, t=clock.time(found.drawn.t)),
        "pieces": tuple(off_clock(one, series, clock) for one in found.pieces),
        "every_feature": tuple(_in_time(one, clock) for one in found.every_feature),
    }
    return replace(found, **changes)


def _in_time(feature: Feature, clock: Clock) -> Feature:
    return replace(feature, place=Known(*clock.time(np.array(feature.place)).tolist()))
