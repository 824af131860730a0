"""What was found, in plain words."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from tiltyard.application.derived.feature import Feature, Known
from tiltyard.application.derived.wanted import KINDS
from tiltyard.application.options import Option
from tiltyard.application.times import UNITS

if TYPE_CHECKING:
    from tiltyard.application.estimates import Estimates
    from tiltyard.application.series import Series

#: Letters of a line.
WIDTH = 80
#: Several of a kind.
SEVERAL = {one: several for several, one in KINDS.items()}
#: Where one gets what is not told.
ALL = Option("found.feature_frame(lost=True) has them", "--write-all writes them")
#: Seconds to which dates are told, coarse to fine.
STEPS = (60.0, 1.0, 1e-3, 1e-6, 1e-9)


def feature_lines(found: Estimates) -> list[str]:
    """A line for each place that was found, and what was not; none if nothing was wanted."""
    if not found.wanted.kinds:
        return []
    lines = ["Found, with 95 % intervals:"]
    for kind, order in found.wanted.kinds:
        own = [one for one in found.every_feature if (one.kind, one.order) == (kind, order)]
        for text in _of_kind(found, kind, order, own):
            lines += textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines


def _of_kind(found: Estimates, kind: str, order: int, own: list[Feature]) -> list[str]:
    lost = [one for one in own if not one.recoverable]
    told = [_sentence(found, one) for one in own if one.recoverable]
    what = SEVERAL[kind] if kind != "lag" else "lag"
    if lost:
        more = "" if len(lost) == len(own) else " in the other pieces"
        told.append(f"order {order} is not recoverable{more}: no {what} are told ({ALL})")
    if not own:
        why = ": it is not certain that the largest rate lies within the record"
        told.append(f"no {what}{why}" if kind == "lag" else f"no {what} of order {order}")
    return told


def _sentence(found: Estimates, one: Feature) -> str:
    series = found.series
    piece = f"piece {one.piece}, " if one.piece else ""
    if one.kind == "lag":
        where = f"{piece}lag {_place(series, one.place)}"
        return f"{where}, from the initial level {number(one.height)}"
    name = f"{piece}order {one.order}, {one.kind}"
    if one.edge and one.place.width == 0:
        beyond = "larger" if one.kind == "maximum" else "smaller"
        where = "" if one.piece else ", where nothing was recorded"
        return (
            f"{name} at the {one.edge}, {_told(series, one.place.value, math.inf)}: "
            f"{number(one.height)}; it may be {beyond} beyond{where}"
        )
    text = f"{name} at {_place(series, one.place)}"
    if one.kind == "zero":
        text += ", rising" if one.rising else ", falling"
    else:
        text += f": {number(one.height)}"
    if not one.certain:
        text += f"; not certain to exist ({100 * one.probability:.0f} %)"
    if one.edge:
        text += f"; it may lie beyond the {one.edge}"
    return text + _doubling(found, one)


def _doubling(found: Estimates, one: Feature) -> str:
    """The time in which the signal doubles or halves at this rate, if it is one."""
    quantity = found.series.quantity
    if not quantity.relative or quantity.log_time or one.order != 1:
        return ""
    unit = f" {found.series.time_unit}" if found.series.time_unit else ""
    for name, time in (("doubling time", one.doubling_time), ("half-life", one.half_life)):
        if not math.isnan(time.value):
            return f"; {name} {number(time)}{unit}"
    return ""


def number(known: Known) -> str:
    """A number with its interval, to the digits that the interval leaves."""
    value, low, high = (_rounded(one, known.width) for one in known)
    return f"{value} ({low} to {high})"


def _rounded(value: float, width: float) -> str:
    """A number to a hundredth of the width, or to six digits."""
    if not 0 < width < math.inf or not math.isfinite(value):
        return f"{value:.6g}"
    decimals = 1 - math.floor(math.log10(width))
    digits = 1 + math.floor(math.log10(max(abs(value), 10.0**-decimals))) + decimals
    return f"{value:.{max(digits, 1)}g}" if digits < 12 else f"{value:.12g}"


def _place(series: Series, place: Known) -> str:
    value, low, high = (_told(series, one, place.width) for one in place)
    unit = "" if not series.time_unit or series.times is None or series.times.dated else " "
    unit += series.time_unit if unit else ""
    return f"{value}{unit} ({low} to {high})"


def _told(series: Series, t: float, width: float) -> str:
    """A time as it was given, to what the width of its interval leaves."""
    times = series.times
    if times is None or not times.dated:
        return _rounded(t, width)
    second = 1.0 / UNITS[times.unit]
    fine = [step for step in STEPS if step * second <= width / 50.0] or [STEPS[-1]]
    return times.told(round(t / (fine[0] * second)) * fine[0] * second)
