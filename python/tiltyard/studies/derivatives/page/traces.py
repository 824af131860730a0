"""Samples, exact derivatives and estimates of one trial per cell, for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tiltyard.engine import datasets
from tiltyard.engine.files.parquet import opened
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.study import Study
from tiltyard.report.page.packing import pack
from tiltyard.studies.derivatives.contract import QUANTILES
from tiltyard.studies.derivatives.dataset import Dataset
from tiltyard.studies.derivatives.kind import orders_of

#: Columns of quantiles that a curve is drawn with: the ends of the 95 % band.
ENDS = (QUANTILES[0], QUANTILES[-1])
COLUMNS = [
    *(*METHOD_KEY, "order", "status", "nrmse", "settings", "estimate", "standard_deviation"),
    *ENDS,
]
#: Of what was expected to fit, this share is tried next: sizes are not quite proportional.
MARGIN = 0.95


@dataclass(frozen=True)
class Traces:
    """The curves that the page holds.

    Attributes
    ----------
    packs : dict
        Id of a configuration -> its pack: table ``curves``; matrices ``samples`` (times, noisy
        samples), ``exact`` (a row per order), ``estimate`` (a row per curve),
        ``standard_deviation`` (a row per curve with one, whose number is in the column ``band``),
        and the quantiles `ENDS` (a row per curve with them, whose number is in ``ends``).
    kept : int or None
        Curves per configuration and order, those of the lowest nRMSE; None if all are there.
    """

    packs: dict[str, str]
    kept: int | None

    @property
    def size(self) -> int:
        """Characters of all packs together."""
        return sum(map(len, self.packs.values()))


def pack_curves(
    study: Study, configurations: Sequence[str], room: int
) -> tuple[Mapping[str, str], Sequence[str]]:
    """Packs of the curves of `configurations` in `room` characters, and what was left out."""
    for name in configurations:
        study.receipts.check(study.evaluation(name))
    traces = read_traces(
        study.evaluation,
        configurations,
        orders_of(study.config),
        partial(_load, study),
        room,
    )
    left_out = []
    if study.config["trials"] > 1:
        left_out.append("the curves of all trials but the first of each cell")
    if traces.kept is not None:
        left_out.append(
            f"of the first trial, the curves beyond the {traces.kept} of lowest nRMSE in each "
            "configuration and order"
        )
    return traces.packs, left_out


def _load(study: Study, name: str) -> Dataset:
    found = datasets.load(study, name)
    assert isinstance(found, Dataset)
    return found


def read_traces(
    evaluation: Callable[[str], Path],
    configurations: Sequence[str],
    orders: Sequence[int],
    load: Callable[[str], Dataset],
    room: int,
) -> Traces:
    """The curves of `configurations`, so many of each order that they fit.

    Parameters
    ----------
    evaluation : callable
        Gives the evaluation file of a configuration.
    configurations : sequence of str
        Ids; of each there is a dataset and an evaluation.
    orders : sequence of int
        Of the study.
    load : callable
        Gives the dataset of a configuration.
    room : int
        Characters that the packs may take.
    """
    rows = {name: _sorted(_rows(evaluation(name))) for name in configurations}
    data = {name: load(name) for name in rows}
    kept: int | None = None
    while True:
        packs = {n: _pack(data[n], _best(frame, kept), orders) for n, frame in rows.items()}
        traces = Traces(packs, kept)
        if traces.size <= room or kept == 0:
            return traces
        most = max(int(frame["rank"].max()) for frame in rows.values())
        kept = int(min(kept or most, most) * MARGIN * room / traces.size)


def _rows(path: Path) -> pd.DataFrame:
    """The rows of an evaluation file that have an estimate."""
    with opened(path) as file:
        frame = file.read(COLUMNS, use_threads=False).to_pandas()
    # Files of earlier versions have no quantiles, nor do their estimates.
    return frame[frame["estimate"].notna()].reindex(columns=COLUMNS)


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Best first in each order, with the place as column ``rank``, from 1."""
    ordered = frame.sort_values(["order", "nrmse", *METHOD_KEY], kind="stable").reset_index(
        drop=True
    )
    return ordered.assign(rank=ordered.groupby("order").cumcount() + 1)


def _best(frame: pd.DataFrame, kept: int | None) -> pd.DataFrame:
    return frame if kept is None else frame[frame["rank"] <= kept]


def _pack(dataset: Dataset, frame: pd.DataFrame, orders: Sequence[int]) -> str:
    banded, ended = frame["standard_deviation"].notna(), frame[ENDS[0]].notna()
    points = len(dataset.t)
    curves = frame[[*METHOD_KEY, "order", "status", "nrmse", "settings"]].assign(
        band=np.where(banded, banded.cumsum() - 1, -1), ends=np.where(ended, ended.cumsum() - 1, -1)
    )
    matrices = {
        "samples": np.vstack([dataset.t, dataset.y]),
        "exact": dataset.exact[list(orders)],
        "estimate": _stacked(frame["estimate"], points),
        "standard_deviation": _stacked(frame["standard_deviation"][banded], points),
        **{name: _stacked(frame[name][ended], points) for name in ENDS},
    }
    return pack({"curves": curves}, matrices, {"configuration": dataset.configuration})


def _stacked(rows: pd.Series[Any], points: int) -> npt.NDArray[Any]:
    return np.vstack([np.empty((0, points)), *rows])
