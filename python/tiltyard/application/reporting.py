"""The report of an estimate, in plain words."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from tiltyard.application.derived.telling import feature_lines
from tiltyard.application.judgement import NEARLY_CONSTANT
from tiltyard.application.options import ESTIMATOR
from tiltyard.application.over_time import stretches

if TYPE_CHECKING:
    from tiltyard.application.estimates import Estimates

#: Most pieces that a plot's title names.
PIECES = 4
#: Expected errors below this are those of rounding, if the samples have no others.
ROUNDED = 1e-6
#: The share of an error in nothing.
NO_SCALE = "no scale"
#: Most stretches of an order that are listed: more are no news to anybody.
STRETCHES = 7
#: Letters of a line: those of a narrow terminal.
WIDTH = 80


def report(found: Estimates) -> str:
    """What was done, the verdict on each order, and what to beware of."""
    lines = [*_data_lines(found), "", *_verdict_lines(found)]
    if told := feature_lines(found):
        lines += ["", *told]
    notes = (*found.series.notes, *found.notes)
    if notes:
        lines += ["", "Note:"]
        for note in notes:
            lines += textwrap.wrap(
                note + ".", WIDTH, initial_indent="  - ", subsequent_indent="    "
            )
    return "\n".join(lines)


def _data_lines(found: Estimates) -> list[str]:
    series = found.series
    steps = np.diff(series.t)
    unit = f" {series.time_unit}" if series.time_unit else ""
    even = np.ptp(steps) <= 1e-6 * steps.mean()
    step = f"step {steps.mean():.4g}" if even else f"steps {steps.min():.4g} to {steps.max():.4g}"
    spread, size = float(np.std(found.curve, ddof=1)), float(np.sqrt(np.mean(found.curve**2)))
    share = ""
    if spread > 0:
        level = spread > NEARLY_CONSTANT * size or size * spread == 0
        whole, word = (spread, "spread") if level else (size, "size")
        share = f", {percent(found.noise_level / whole)} of the curve's {word}"
    chosen = "as you asked" if found.chosen else f"the default; {ESTIMATOR} takes others"
    lines = [
        f"{series.name}: {len(series.t)} samples over {series.t[-1] - series.t[0]:.6g}{unit}, "
        f"{step}{unit}",
        f"estimator: {found.estimator} ({chosen})",
        _noise_line(found, share),
        *series.quantity.told(series.name, series.time_unit),
    ]
    return [one for line in lines for one in textwrap.wrap(line, WIDTH, subsequent_indent="  ")]


def _noise_line(found: Estimates, share: str) -> str:
    if found.noise_given and found.noise_level == 0:
        return "noise: none, as you said; the curve goes through the samples"
    if found.exact:
        return "noise: none but the rounding of the numbers to their last digits"
    given = ", as you said" if found.noise_given else ""
    model = f"; {found.noise_words}" if found.noise_words else ""
    return f"noise: standard deviation {found.noise_level:.3g}{share}{given}{model}"


def _verdict_lines(found: Estimates) -> list[str]:
    """A table of the verdicts, of each piece where there are pieces, and what it means."""
    parts = found.pieces or (found,)
    wide = any(j.from_simulation or j.from_residuals for one in parts for j in one.judgements)
    lines = []
    for number, one in enumerate(parts, 1):
        if found.pieces:
            unit = f" {one.series.time_unit}" if one.series.time_unit else ""
            lines.append(
                f"piece {number}, from {one.series.t[0]:.6g} to {one.series.t[-1]:.6g}{unit}, "
                f"{len(one.series.t)} samples, {one.estimator}:"
            )
        lines += [*_table(one, wide), *_over_time(one), ""]
    return [*lines, *textwrap.wrap(_explanation(found), WIDTH)]


def _table(found: Estimates, wide: bool) -> list[str]:
    """One line an order; with the sources of the error, if it is to be `wide`."""
    sources = "  posterior  simulation  residuals" if wide else ""
    lines = [f"order  expected error   in units{sources}  verdict"]
    for row, (judgement, units) in enumerate(
        zip(found.judgements, found.error_in_units, strict=True)
    ):
        shares = (judgement.from_posterior, judgement.from_simulation, judgement.from_residuals)
        columns = zip(shares, (9, 10, 9), strict=True)
        sources = "".join(f"  {_percent(share):>{width}}" for share, width in columns)
        error, size = _percent(judgement.expected_error), f"{units:.2g}"
        if found.like_zero[row]:
            error = NO_SCALE
        if found.exact and judgement.expected_error < ROUNDED:
            error = size = "rounding"
        lines.append(
            f"{judgement.order:5d}  {error:>14}  {size:>9}{sources if wide else ''}"
            f"  {judgement.verdict}"
        )
    return lines


def _over_time(found: Estimates) -> list[str]:
    """One line a stretch of those orders whose verdict varies over time."""
    varying = [parts for parts in stretches(found) if 1 < len(parts) <= STRETCHES]
    if not varying:
        return []
    told = found.series.told
    rows = [
        (str(one.order), told(one.start), told(one.stop), f"{one.error:.2g}", str(one.verdict))
        for parts in varying
        for one in parts
    ]
    head = ("order", "from", "to", "in units", "verdict over time")
    wide = [max(map(len, column)) for column in zip(head, *rows, strict=True)][:-1]
    lines = [
        "  ".join([*(f"{cell:>{width}}" for cell, width in zip(row, wide, strict=False)), row[-1]])
        for row in (head, *rows)
    ]
    return ["", *lines]


def _explanation(found: Estimates) -> str:
    across = (
        " No order that breaks is trusted across a break; the table of the estimates has those of "
        "the pieces."
    )
    return (
        "The error is the root mean square over the record, as a share of the derivative's own "
        "spread, or of its size where that is more than ten times its spread, and in units: below "
        "10 % trusted, below 30 % rough, else not recoverable from these samples. "
        f"{_sources(found)}{_widened(found)}{_like_zero(found)}{across if found.pieces else ''}"
    )


def _sources(found: Estimates) -> str:
    parts = found.pieces or (found,)
    own = any(j.from_posterior is not None for one in parts for j in one.judgements)
    simulated = (
        f"{found.draws} simulations, in which the fitted curve got new noise and was estimated anew"
    )
    if own and found.draws:
        return (
            f"It is the largest of what the estimator says, of {simulated}, and of what the "
            "residuals still hold."
        )
    if found.draws:
        return f"It is from {simulated}."
    if own:
        return "It is what the estimator says."
    return "Nothing was simulated, and the estimator says nothing: no order can be judged."


def _widened(found: Estimates) -> str:
    """Whether bands are wider than what they are from."""
    parts = found.pieces or (found,)
    widened = any(judgement.widening.widens for one in parts for judgement in one.judgements)
    return " Where that is more than the bands held, they are widened to it." if widened else ""


def _like_zero(found: Estimates) -> str:
    """What it means that an error has no scale."""
    if not any(one.like_zero.any() for one in found.pieces or (found,)):
        return ""
    return " No scale: the derivative cannot be told from zero, to within the error in units."


def _percent(error: float | None) -> str:
    if error is None:
        return "-"
    return NO_SCALE if np.isnan(error) else percent(error)


def percent(share: float) -> str:
    """A share as a percentage with two digits."""
    return f"{100 * share:.2g} %" if share < 0.0995 else f"{100 * share:.0f} %"


def verdict_text(found: Estimates, row: int) -> str:
    """The verdicts on one order with the expected errors, of each piece, for a plot's title."""
    judgements = [one.judgements[row] for one in found.pieces or (found,)]
    if len(judgements) == 1:
        return f"{judgements[0].verdict}, expected error {_percent(judgements[0].expected_error)}"
    said = [f"{one.verdict} ({_percent(one.expected_error)})" for one in judgements[:PIECES]]
    more = f" and {len(judgements) - PIECES} more" if len(judgements) > PIECES else ""
    return f"in pieces: {', '.join(said)}{more}"
