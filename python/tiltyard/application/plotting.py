"""The plot of an estimate: samples, smooth curve, derivatives and bands."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from tiltyard.application.derived.drawing import draw_features
from tiltyard.application.judgement import Verdict
from tiltyard.application.over_time import stretches
from tiltyard.application.reporting import verdict_text
from tiltyard.engine.files.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from tiltyard.application.estimates import Estimates
    from tiltyard.application.times import Times
    from tiltyard.studies.derivatives.contract import Array

#: Okabe and Ito's colours: told apart by colour-blind readers.
CURVE, SAMPLES, LOST = "#0072B2", "#555555", "#f2f2f2"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
ASIDE = "#D55E00"
#: Lines of the estimators that are compared.
DASHES = ("--", ":", "-.")
#: Letters of a name that fit beside a panel.
LONGEST = 24
#: Dots an inch of a picture that is shown beside a report.
SMALL = 72


def plot(found: Estimates, path: Path | None = None, times: Times | None = None) -> Figure:
    """One panel an order; see `draw`."""
    return draw([found], path, times)


def picture(found: Estimates, times: Times | None = None) -> str:
    """The plot as a small PNG, in base64."""
    written = BytesIO()
    plot(found, times=times).savefig(written, format="png", dpi=SMALL)
    return base64.b64encode(written.getvalue()).decode("ascii")


def draw(
    estimates: Sequence[Estimates], path: Path | None = None, times: Times | None = None
) -> Figure:
    """Draw estimates of the same series: the first with its bands, others for comparison.

    Parameters
    ----------
    estimates : sequence of Estimates
        Of the same series and orders.
    path : Path, optional
        Where to write it; PNG, SVG or PDF by its ending.
    times : Times, optional
        Where the times were dates, what makes dates of them again.
    """
    first = estimates[0]
    # The samples have a panel, whether or not the curve was asked for.
    rows = sorted({0, *first.orders})
    figure = Figure(figsize=(8.5, 1.0 + 2.1 * len(rows)), layout="constrained")
    axes: list[Axes] = list(figure.subplots(len(rows), 1, sharex=True, squeeze=False)[:, 0])
    panels = _Panels(estimates, times)
    for axis, order in zip(axes, rows, strict=True):
        if order == 0:
            panels.draw_samples(axis)
        if order in first.orders:
            panels.draw_order(axis, order)
        draw_features(axis, first, order, panels.shown)
        axis.set_ylabel(_label(first, order))
        axis.margins(x=0.01)
        axis.grid(True, linewidth=0.3)
    axes[-1].set_xlabel("time" if times is None else times.label)
    if first.series.quantity.log_time:
        axes[-1].set_xscale("log")
    legend = _legend(axes)
    figure.legend(
        handles=list(legend.values()),
        labels=list(legend),
        loc="outside upper center",
        ncols=4,
        fontsize=9,
        frameon=False,
    )
    if path is not None:
        kind = path.suffix.removeprefix(".") or "png"
        with atomic_path(path) as temporary, matplotlib.rc_context({"svg.fonttype": "none"}):
            figure.savefig(temporary, format=kind, dpi=150)
    return figure


def _legend(axes: Sequence[Axes]) -> dict[str, Artist]:
    """Each label once, in the order of the panels."""
    found: dict[str, Artist] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return found


@dataclass(frozen=True)
class _Panels:
    """What panels are drawn from: estimates of one series, and what makes dates of its times."""

    estimates: Sequence[Estimates]
    times: Times | None

    def draw_samples(self, axis: Axes) -> None:
        series = self.estimates[0].series
        size = float(np.clip(400 / len(series.t), 1.5, 5))
        axis.plot(self.shown(series.t), series.y, ".", color=SAMPLES, ms=size, label="samples")
        if series.aside is not None and series.aside.size:
            t, y = series.aside
            axis.plot(self.shown(t), y, "x", color=ASIDE, ms=4, label="left out")

    def draw_order(self, axis: Axes, order: int) -> None:
        first, *others = self.estimates
        row = first.orders.index(order)
        for piece in first.pieces or (first,):
            self._draw_piece(axis, piece, row, first.estimator if others else "estimate")
        looks = itertools.cycle(itertools.product(DASHES, COLOURS[1:]))
        for other, (dash, colour) in zip(others, looks, strict=False):
            own = other.drawn.estimate[other.orders.index(order)]
            shown = self.shown(other.drawn.t)
            axis.plot(shown, own, color=colour, lw=1, ls=dash, label=other.estimator)
        axis.set_title(verdict_text(first, row), loc="left", fontsize=9)
        values, deviation = first.drawn.estimate[row], first.drawn.standard_deviation[row]
        _frame(axis, values, deviation, first.series.y if order == 0 else values)

    def _draw_piece(self, axis: Axes, piece: Estimates, row: int, name: str) -> None:
        """The curve of one piece with its band, pale if it is not recoverable, on grey where."""
        lost = piece.judgements[row].verdict is Verdict.LOST
        values, deviation = piece.drawn.estimate[row], piece.drawn.standard_deviation[row]
        t = self.shown(piece.drawn.t)
        axis.plot(t, values, color=CURVE, lw=1.3, alpha=0.4 if lost else 1, label=name)
        if np.isfinite(deviation).all():
            low, *_, high = piece.drawn.quantiles[:, row]
            axis.fill_between(t, low, high, color=CURVE, alpha=0.2, lw=0, label="95 % band")
        for one in stretches(piece)[row]:
            if one.verdict is Verdict.LOST:
                ends = self.shown(np.array([one.start, one.stop]))
                axis.axvspan(ends[0], ends[1], color=LOST, lw=0, zorder=0)

    def shown(self, t: Array) -> Array:
        """The times as they are drawn: dates where they were dates."""
        if self.times is None or not self.times.dated:
            return t
        return self.times.dates(t)


def _frame(axis: Axes, values: Array, deviation: Array, shown: Array) -> None:
    """Limits from the central band, so that wide bands at the ends do not flatten the rest."""
    typical = np.nanmedian(deviation) if np.isfinite(deviation).any() else 0.0
    low = min(float(np.nanmin(values)), float(np.nanmin(shown))) - 3 * typical
    high = max(float(np.nanmax(values)), float(np.nanmax(shown))) + 3 * typical
    margin = 0.05 * (high - low)
    if margin > 0:
        axis.set_ylim(low - margin, high + margin)


def _label(found: Estimates, order: int) -> str:
    if order == 0:
        return found.series.quantity.signal(_short(found.series.name))
    unit = found.series.time_unit
    power = "" if order == 1 else f"^{order}"
    quantity = found.series.quantity
    what = f"derivative {order}"
    if not quantity.plain:
        what, unit = quantity.derivative(_short(found.series.name), order), quantity.unit(unit)
    return f"{what}\n[per {unit}{power}]" if unit else what


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
