"""Figure: estimates beside the truth in a good, a middling and a hopeless cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tiltyard.engine import datasets
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.wording import SUPERSCRIPTS, number_text
from tiltyard.report.figures.study_tables import SOLVED, Tables
from tiltyard.report.figures.style import (
    COLOURS,
    INK,
    message_figure,
    method_label,
    new_figure,
)
from tiltyard.studies.derivatives.bands import normal_quantiles
from tiltyard.studies.derivatives.contract import QUANTILES
from tiltyard.studies.derivatives.dataset import Dataset
from tiltyard.studies.derivatives.scoring import ESTIMATES

#: Kinds of cells by their best error: from, to, and the typical one; 1 is no better than the mean.
KINDS = {
    "good": (0.0, 0.05, 0.01),
    "middling": (0.05, 0.5, 0.2),
    "hopeless": (0.5, math.inf, 1.0),
}
#: Room above and below the truth, in its own range: what is further off leaves the panel.
ROOM, SIGNAL_ROOM = 0.4, 0.1
TRUTH = "#b0b0b0"
DASHES = ("-", "--", "-.")
#: Letters of a name that fit below a panel on one line.
LINE = 30


@dataclass(frozen=True, eq=False)
class Fit:
    """One estimator on one dataset: its estimates by order, with bands where it gives them."""

    label: str
    values: Mapping[int, np.ndarray]
    #: Lower and upper end of the 95 % band.
    band: Mapping[int, tuple[np.ndarray, np.ndarray]]
    error: float


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    cells = choose_cells(tables.ranked, tables.study.cell)
    if not cells:
        yield "gallery", message_figure(tables.title("no ranked estimator solved any cell"))
        return
    figure = new_figure(5.0)
    axes = figure.subplots(2, len(cells), squeeze=False)
    for column, (kind, cell) in zip(axes.T, cells.items(), strict=True):
        dataset, rows = _read(tables, cell)
        fits = [fit_of(rows, key, cell["order"]) for key in choose_methods(tables, cell)]
        _draw_cell(column, kind, cell, dataset, fits)
    figure.suptitle(tables.title(f"estimates in {_listed(list(cells))} cell, first trial"))
    yield "gallery", figure


def _listed(kinds: list[str]) -> str:
    """`kinds` with articles, as in "a good and a middling"."""
    return " and ".join(f"a {kind}" for kind in kinds)


def choose_cells(ranked: pd.DataFrame, axes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The most typical cell of each of `KINDS` that there is; derivatives, unless there are none.

    Parameters
    ----------
    ranked : DataFrame
        Rows of the summary of ranked methods, with ``solved``.
    axes : sequence of str
        Columns that make a cell.
    """
    solved = ranked[ranked[SOLVED] & (ranked["median"] > 0)]
    if (solved["order"] > 0).any():
        solved = solved[solved["order"] > 0]
    best = solved.groupby(list(axes), as_index=False)["median"].min()
    chosen = {}
    for kind, (least, most, typical) in KINDS.items():
        own = best[best["median"].ge(least) & best["median"].lt(most)]
        if not own.empty:
            nearest = np.abs(np.log(own["median"] / typical)).idxmin()
            chosen[kind] = own.loc[nearest].to_dict()
    return chosen


def choose_methods(tables: Tables, cell: Mapping[str, Any]) -> list[tuple[str, str]]:
    """At most three methods that solved `cell`: its best, the leader of all cells, its middle.

    Where the leader is the best, the best of another family stands for it.
    """
    rows = tables.ranked
    here = np.logical_and.reduce([rows[name] == cell[name] for name in tables.study.cell])
    order = rows[here & rows[SOLVED]].sort_values("median", kind="stable")
    order = order.drop_duplicates("method")
    keys = list(order[METHOD_KEY].itertuples(index=False, name=None))
    families = dict(zip(keys, order["family"], strict=True))
    leader = tuple(tables.ranks.sort_values("place", kind="stable")[METHOD_KEY].iloc[0])
    others = [key for key in keys if families[key] != families[keys[0]]]
    second = [leader] if leader in keys[1:] else others[:1]
    return list(dict.fromkeys([keys[0], *second, keys[len(keys) // 2]]))


def fit_of(rows: pd.DataFrame, key: tuple[str, str], order: int) -> Fit:
    """The estimates of the method `key` among the `rows` of one configuration."""
    own = rows[(rows["method"] == key[0]) & (rows["language"] == key[1])].set_index("order")
    own = own[own["status"] == "ok"]
    values = _arrays(own["estimate"])
    deviations, lowest, highest = (
        _arrays(own[name].dropna()) for name in ("standard_deviation", QUANTILES[0], QUANTILES[-1])
    )
    band = {}
    for one, deviation in deviations.items():
        ends = normal_quantiles(values[one], deviation)[[0, -1]]
        band[one] = lowest.get(one, ends[0]), highest.get(one, ends[1])
    return Fit(method_label(*key), values, band, float(own["nrmse"].get(order, np.nan)))


def _arrays(lists: pd.Series[Any]) -> dict[int, np.ndarray]:
    return {int(str(order)): np.asarray(values, dtype=float) for order, values in lists.items()}


def _read(tables: Tables, cell: Mapping[str, Any]) -> tuple[Dataset, pd.DataFrame]:
    """Dataset and evaluations of the first trial of `cell` that there is."""
    study = tables.study
    for point in study.configurations:
        same = all(point.values[name] == cell[name] for name in study.group)
        path = study.evaluation(point.id)
        if same and path.exists():
            columns = [*METHOD_KEY, "order", "status", "nrmse", *ESTIMATES]
            study.receipts.check(path)
            wanted = [("order", "in", sorted({0, cell["order"]}))]
            # Files of earlier versions have no quantiles, nor do their estimates.
            known = [name for name in columns if name in pq.read_schema(path).names]
            rows = pq.read_table(path, columns=known, filters=wanted, use_threads=False)
            dataset = datasets.read(study, point.id)[0]
            assert isinstance(dataset, Dataset)
            return dataset, rows.to_pandas().reindex(columns=columns)
    named = ", ".join(str(cell[name]) for name in study.group)
    raise FileNotFoundError(
        f"the summary has results of {named}, but {study.evaluations} has no "
        "evaluation of it: merge the study again"
    )


def _draw_cell(
    axes: Sequence[Axes], kind: str, cell: Mapping[str, Any], dataset: Dataset, fits: list[Fit]
) -> None:
    order = int(cell["order"])
    above, below = axes
    above.plot(dataset.t, dataset.y, ".", color=INK, markersize=2.5, zorder=4, label="samples")
    for axis, shown in ((above, 0), (below, order)):
        scale, unit = unit_of(dataset.exact[shown], shown)
        exact = dataset.exact[shown] / scale
        axis.plot(dataset.t, exact, color=TRUTH, linewidth=2.6, label="truth")
        for fit, colour, dash in zip(fits, COLOURS, DASHES, strict=False):
            _draw_fit(axis, dataset, fit, shown, scale, colour, dash)
        _frame(axis, exact, exact if shown else np.append(exact, dataset.y / scale), shown)
        axis.margins(x=0.02)
        axis.grid(True)
        axis.set_ylabel(f"order {shown} [{unit}]" if shown else f"samples [{unit}]")
    level, best = number_text(cell["noise_level"]), number_text(cell["median"])
    above.set_title(f"{kind}: {cell['signal']}\norder {order} at noise {level}: best {best}")
    above.tick_params(labelbottom=False)
    below.set_xlabel("time")
    handles = {
        label: handle
        for axis in axes
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    below.legend(
        handles.values(),
        handles,
        loc="upper center",
        bbox_to_anchor=(0.42, -0.28),
        frameon=False,
        handlelength=1.8,
        borderaxespad=0.0,
    )


def _draw_fit(
    axis: Axes, dataset: Dataset, fit: Fit, order: int, scale: float, colour: str, dash: str
) -> None:
    if order not in fit.values:
        return
    values = fit.values[order] / scale
    label = f"{wrap(fit.label)}: {number_text(fit.error)}"
    axis.plot(dataset.t, values, color=colour, linestyle=dash, label=label)
    if order in fit.band:
        low, high = fit.band[order]
        axis.fill_between(
            dataset.t, low / scale, high / scale, color=colour, alpha=0.18, linewidth=0
        )


def unit_of(exact: np.ndarray, order: int) -> tuple[float, str]:
    """Power of a thousand in which the derivative is drawn, and its unit in words."""
    largest = float(np.abs(exact).max())
    exponent = 3 * math.floor(math.log10(largest) / 3) if largest > 0 else 0
    exponent = 0 if exponent in (0, 3) and largest < 2000 else exponent
    factor = f"10{str(exponent).translate(SUPERSCRIPTS)} " if exponent else ""
    power = "" if order < 2 else str(order).translate(SUPERSCRIPTS)
    return 10.0**exponent, f"{factor}signal" + (f"/time{power}" if order else "")


def wrap(name: str) -> str:
    """`name` on as many lines as fit below a panel, broken after underscores."""
    lines = [""]
    for part in name.replace("_", "_\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(part) > LINE:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _frame(axis: Axes, exact: np.ndarray, seen: np.ndarray, order: int) -> None:
    """Limits by the truth and the samples: one wild estimate would flatten all the rest."""
    room = (ROOM if order else SIGNAL_ROOM) * float(np.ptp(exact)) or 1.0
    axis.set_ylim(
        min(float(exact.min()) - room, float(seen.min())),
        max(float(exact.max()) + room, float(seen.max())),
    )
