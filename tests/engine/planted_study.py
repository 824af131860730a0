"""Results of a study with planted errors: who is best, who ties, what is missing."""

import itertools

import numpy as np
import pandas as pd

from tiltyard.engine.kind import Measures
from tiltyard.engine.statistics.summary import summarise

CELL = ["signal", "level", "order"]
GROUP = ["signal", "level"]
MEASURES = Measures(error="error", absolute="error", medians={"cpu_seconds": "cpu_seconds"})


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
                        "oracle": "",
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
    return summarise(results_of(errors, cells, **facts), CELL, MEASURES)


def grid(signals, levels, orders):
    return list(itertools.product(signals, levels, orders))
