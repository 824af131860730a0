"""The plot of an estimate: samples, smooth curve, derivatives and bands."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from tiltyard.application.judgement import Verdict
from tiltyard.application.reporting import verdict_text
from tiltyard.engine.files.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from tiltyard.application.reading import Times
    from tiltyard.application.result import Derivatives
    from tiltyard.studies.derivatives.contract import Array

#: Okabe and Ito's colours: told apart by colour-blind readers.
CURVE, SAMPLES = "#0072B2", "#555555"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
#: Lines of the estimators that are compared.
DASHES = ("--", ":", "-.")
#: Half-width of a 95 % band in standard deviations.
BAND = 1.96
#: Letters of a name that fit beside a panel.
LONGEST = 24


def plot(found: Derivatives, path: Path | None = None, times: Times | None = None) -> Figure:
    """One panel an order; see `draw`."""
    return draw([found], path, times)


def draw(
    estimates: Sequence[Derivatives], path: Path | None = None, times: Times | None = None
) -> Figure:
    """Draw estimates of the same series: the first with its bands, others for comparison.

    Parameters
    ----------
    estimates : sequence of Derivatives
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
    for axis, order in zip(axes, rows, strict=True):
        if order == 0:
            _draw_samples(axis, first, times)
        if order in first.orders:
            _draw_order(axis, estimates, order, times)
        axis.set_ylabel(_label(first, order))
        axis.margins(x=0.01)
        axis.grid(True, linewidth=0.3)
    axes[-1].set_xlabel(_time_label(first, times))
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


def _draw_samples(axis: Axes, found: Derivatives, times: Times | None) -> None:
    series = found.series
    size = float(np.clip(400 / len(series.t), 1.5, 5))
    axis.plot(_shown(series.t, times), series.y, ".", color=SAMPLES, ms=size, label="samples")


def _draw_order(
    axis: Axes, estimates: Sequence[Derivatives], order: int, times: Times | None
) -> None:
    first = estimates[0]
    row = first.orders.index(order)
    judgement = first.judgements[row]
    lost = judgement.verdict is Verdict.LOST
    values, deviation = first.drawn.estimate[row], first.drawn.standard_deviation[row]
    t = _shown(first.drawn.t, times)
    axis.plot(t, values, color=CURVE, lw=1.3, alpha=0.4 if lost else 1, label=_name(estimates))
    if np.isfinite(deviation).all():
        low, high = values - BAND * deviation, values + BAND * deviation
        axis.fill_between(t, low, high, color=CURVE, alpha=0.2, lw=0, label="95 % band")
    looks = itertools.cycle(itertools.product(DASHES, COLOURS[1:]))
    for other, (dash, colour) in zip(estimates[1:], looks, strict=False):
        own = other.drawn.estimate[other.orders.index(order)]
        axis.plot(
            _shown(other.drawn.t, times), own, color=colour, lw=1, ls=dash, label=other.estimator
        )
    if lost:
        axis.set_facecolor("#f2f2f2")
    axis.set_title(verdict_text(judgement), loc="left", fontsize=9)
    _frame(axis, values, deviation, first.series.y if order == 0 else values)


def _frame(axis: Axes, values: Array, deviation: Array, shown: Array) -> None:
    """Limits from the central band, so that wide bands at the ends do not flatten the rest."""
    typical = np.nanmedian(deviation) if np.isfinite(deviation).any() else 0.0
    low = min(float(np.min(values)), float(np.min(shown))) - 3 * typical
    high = max(float(np.max(values)), float(np.max(shown))) + 3 * typical
    margin = 0.05 * (high - low)
    if margin > 0:
        axis.set_ylim(low - margin, high + margin)


def _name(estimates: Sequence[Derivatives]) -> str:
    return estimates[0].estimator if len(estimates) > 1 else "estimate"


def _label(found: Derivatives, order: int) -> str:
    if order == 0:
        return _short(found.series.name)
    unit = found.series.time_unit
    power = "" if order == 1 else f"^{order}"
    return f"derivative {order}\n[per {unit}{power}]" if unit else f"derivative {order}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def _time_label(found: Derivatives, times: Times | None) -> str:
    if times is None:
        return "time"
    return times.label


def _shown(t: Array, times: Times | None) -> Array:
    """The times as they are drawn: dates where they were dates."""
    if times is None or times.stamps is None:
        return t
    return times.dates(t)  # type: ignore[return-value]
