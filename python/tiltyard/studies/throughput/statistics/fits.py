"""Table ``fits.csv``: laws of scaling, only where there are enough worker counts to carry them.

Amdahl's law [1]_ has a serial fraction f: the time of p workers is f + (1 − f)/p of one's. The
universal scalability law [2]_ has two: p/S = 1 + a (p − 1) + b p (p − 1), a of contention and b of
exchange between the workers.

References
----------
.. [1] Amdahl, G. M. (1967). Validity of the single processor approach. AFIPS.
.. [2] Gunther, N. J. (2007). Guerrilla capacity planning. Springer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tiltyard.studies.throughput.statistics.base import base_of
from tiltyard.studies.throughput.statistics.launches import FAMILY, Setting, settings
from tiltyard.studies.throughput.statistics.paired import ratios

#: Worker counts within the cores from which on a law is fitted.
LEAST_COUNTS = 4
#: Resamples of the rounds, and the seed that draws them.
RESAMPLES, SEED = 1000, 20
FIGURES = ("amdahl_fraction", "contention", "exchange")
COLUMNS = [
    *("workload", "machine", *FAMILY, "cores", "counts", "base", "rounds"),
    *(f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")),
    *("best_workers", "words"),
]


def fits(launches: pd.DataFrame) -> pd.DataFrame:
    """A row for each family of strategies with more than one worker count, fitted or not.

    ``words`` says why there is no fit; ``best_workers`` is the number beyond which the universal
    law says that more make it slower, if it lies within the measured ones: nothing is
    extrapolated.
    """
    rows = [row for setting in settings(launches) for row in _rows(setting)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(setting: Setting) -> list[dict[str, Any]]:
    launches = setting.launches
    base = base_of(launches)
    own = launches[launches["compared"] & launches["ok"] & launches["workers"].le(setting.cores)]
    rows = []
    for family, part in own[own["workers"].gt(1)].groupby(FAMILY, sort=True):
        matrix = speed_ups(launches, base, part)
        counts = [1, *(int(count) for count in matrix.columns)]
        row: dict[str, Any] = {
            **setting.key,
            **dict(zip(FAMILY, family, strict=True)),
            "cores": setting.known_cores,
            "counts": " ".join(map(str, counts)),
            "base": base,
            "rounds": len(matrix),
            "words": "",
        }
        if len(counts) < LEAST_COUNTS or not len(matrix):
            row["words"] = (
                f"no fit with {len(counts)} worker counts that have wall times that count within "
                f"{setting.cores:g} cores, for {LEAST_COUNTS} are needed; nothing is said of more"
            )
        else:
            row |= _fitted(matrix)
        rows.append(row)
    return rows


def speed_ups(launches: pd.DataFrame, base: str, part: pd.DataFrame) -> pd.DataFrame:
    """Speed-ups of a family of strategies, (rounds, worker counts from 2), of whole rounds."""
    names = part.drop_duplicates("workers").sort_values("workers")
    columns = {
        int(count): ratios(launches, base, name, "wall_seconds")
        for count, name in zip(names["workers"], names["method"], strict=True)
    }
    columns = {count: values for count, values in columns.items() if len(values)}
    if not columns:
        return pd.DataFrame()
    together: pd.DataFrame = pd.concat(columns, axis=1)
    return together.dropna()


def _fitted(matrix: pd.DataFrame) -> dict[str, Any]:
    counts = matrix.columns.to_numpy(dtype=float)
    values = matrix.to_numpy(dtype=float)
    rng = np.random.default_rng(SEED)
    draws = rng.integers(len(values), size=(RESAMPLES, len(values)))
    resampled = np.array([laws(counts, np.median(values[draw], axis=0)) for draw in draws])
    found = laws(counts, np.median(values, axis=0))
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    figures = {
        f"{name}{end}": float(side[place])
        for place, name in enumerate(FIGURES)
        for end, side in (("", found), ("_low", low), ("_high", high))
    }
    _, contention, exchange = found
    best = np.sqrt((1.0 - contention) / exchange) if exchange > 0.0 and contention < 1.0 else np.inf
    return {**figures, "best_workers": float(best) if best <= counts.max() else np.nan}


def laws(counts: NDArray[np.float64], speed_up: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least-squares parameters of both laws, none negative: f, a, b.

    Parameters
    ----------
    counts, speed_up : (n,) arrays
        Workers, from 2, and their speed-ups.
    """
    share = 1.0 - 1.0 / counts
    amdahl = float(share @ (1.0 / speed_up - 1.0 / counts) / (share @ share))
    matrix = np.column_stack([counts - 1.0, counts * (counts - 1.0)])
    contention, exchange = _non_negative(matrix, counts / speed_up - 1.0)
    return np.array([max(amdahl, 0.0), contention, exchange])


def _non_negative(matrix: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[float, float]:
    """Least squares of two parameters, neither negative."""
    both = np.linalg.lstsq(matrix, values, rcond=None)[0]
    if (both >= 0.0).all():
        return float(both[0]), float(both[1])
    alone = [max(0.0, float(one @ values / (one @ one))) for one in matrix.T]
    missed = np.sum((values[:, None] - matrix * alone) ** 2, axis=0)
    return (alone[0], 0.0) if missed[0] <= missed[1] else (0.0, alone[1])
