"""A kind of study with planted errors: who is best, who ties, what is missing."""

import itertools
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from tiltyard.engine.grid.axes import Grid, count_axis, level_axis, word_axis
from tiltyard.engine.kind import Measures, PlainKind, Words, cell_of, group_of
from tiltyard.engine.statistics.summary import summarise
from tiltyard.engine.study import Study


class Planted(PlainKind):
    """Levels of signals, with a row for each order; numbers are planted, and nothing is run."""

    name = "planted"
    grid = Grid([word_axis("signal"), level_axis("level"), count_axis("trial", "t")])
    words = Words(
        question="Who is best?",
        score="error",
        replicate="trial",
        replication="a new draw of the noise",
    )
    measures = Measures(score="error", medians={"cpu_seconds": "cpu_seconds"})
    subject, replicate, within, levels = "signal", "trial", ("order",), "level"
    unranked = frozenset({"control"})
    columns = pa.schema([("order", pa.int64()), ("error", pa.float64())])
    schema: ClassVar = {}


KIND = Planted()
CELL, GROUP, MEASURES = cell_of(KIND), group_of(KIND), KIND.measures


def study_in(folder, kind=KIND):
    """A study of `kind` without configurations, whose files are in `folder`."""
    return Study(kind, {"study": "planted", "seed": 1}, (), Path(folder))


def results_of(errors, cells, *, tags=None, families=None, cpu_seconds=None):
    """One row per method, cell and replicate.

    `errors` maps a name, or a name and a language, to an array (cells, replicates), NaN for a
    failure; `cells` are (signal, level, order).
    """
    rows = []
    for key, values in errors.items():
        name, language = key if isinstance(key, tuple) else (key, "python")
        for cell, own in zip(cells, np.asarray(values, dtype=float), strict=True):
            for trial, error in enumerate(own):
                rows.append(
                    {
                        **dict(zip(CELL, cell, strict=True)),
                        "configuration": f"{cell[0]}-{cell[1]}-t{trial}",
                        "method": name,
                        "language": language,
                        "family": (families or {}).get(name, "one"),
                        "tags": (tags or {}).get(name, ""),
                        "status": "failed" if np.isnan(error) else "ok",
                        "error": error,
                        "cpu_seconds": (cpu_seconds or {}).get(name, 1.0),
                    }
                )
    return pd.DataFrame(rows)


def summary_of(errors, cells=None, **facts):
    """The summary of `results_of`; by default the cells are the orders of one signal and level."""
    if cells is None:
        count = len(np.asarray(next(iter(errors.values()))))
        cells = [("sine", 0.1, order) for order in range(count)]
    return summarise(results_of(errors, cells, **facts), CELL, MEASURES, unranked=KIND.unranked)


def grid(signals, levels, orders):
    return list(itertools.product(signals, levels, orders))
