"""Advice on the estimator for a series: the leaderboard of a study's cells with similar data.

A recommender chooses the best estimator on the signals that resemble the data most. Its worth is
measured on the study itself: each signal is left out in turn, and the recommender's choice is
compared there with the winner, the best estimator over all other signals. If the recommender is
not significantly better, the advice is the winner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from tiltyard.advice.resemblance import Resemblance, resemblance
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.studies.derivatives.contract import Array

#: Number of most similar signals over which the recommender takes the best estimator.
NEIGHBOURS = 3
#: nRMSE of predicting the mean; larger errors and unsolved cells count as this.
WORST = 1.0
#: Ratio of noise levels or numbers of samples beyond which data count as outside the study.
FAR = 2.5
#: Significance level of every test.
SIGNIFICANCE = 0.05
#: Smallest number of signals for which advice is given.
FEWEST = 5


@dataclass(frozen=True, eq=False)
class Advice:
    """Advice of a study on one series.

    Attributes
    ----------
    table : DataFrame
        Leaderboard of the cells around the data, best first: ``group`` (1: does not differ
        significantly from the best), method, ``error`` (geometric mean nRMSE, at most 1), and
        ``relative``, this error over the best one's.
    samples, noise_levels : int, list of float
        Number of samples and noise levels of these cells.
    winner, neighbour : str
        Best method over all signals, and over the `NEIGHBOURS` that resemble the data most.
    gain : float
        The recommender's error over the winner's on signals left out, geometric mean.
    better : bool
        Whether the recommender's error is significantly smaller.
    resemblance : Resemblance
        Distances of the data from the study's signals.
    limits : tuple of str
        A sentence for each of noise level and number of samples that lies outside the study.
    """

    table: pd.DataFrame
    samples: int
    noise_levels: list[float]
    winner: str
    neighbour: str
    gain: float
    better: bool
    resemblance: Resemblance
    limits: tuple[str, ...] = ()

    @property
    def choice(self) -> str:
        return self.neighbour if self.better else self.winner

    @property
    def words(self) -> str:
        """The advice in plain words."""
        lines = [f"Your data are {self.resemblance.words}.", *self.limits]
        measured = (
            f"with each signal left out in turn, choosing by resemblance has {self.gain:.2f} times "
            "the winner's error"
        )
        if self.better:
            lines.append(
                f"Use {self.neighbour}, the best on the signals most like your data: {measured}."
            )
        else:
            lines.append(
                f"Use the winner, {self.winner}: {measured}, which is not significantly better."
            )
        return "\n".join(lines)


def advise(
    summary: pd.DataFrame,
    characters: Mapping[str, Array],
    own: Array,
    *,
    samples: int,
    noise_level: float,
    orders: Sequence[int],
) -> Advice:
    """Advice for a series of this character, length and noise.

    Parameters
    ----------
    summary : DataFrame
        A finished study's ``summary.csv``; controls are left out.
    characters : mapping
        Signal of the study -> its character.
    own : (3,) array
        The character of the data.
    samples : int
        Number of samples of the data.
    noise_level : float
        Standard deviation of the data's noise over that of its curve, >= 0.
    orders : sequence of int
        Derivative orders of interest.

    Raises
    ------
    ValueError
        If fewer than 5 signals or none of the orders are in the study.
    """
    near = cells_around(summary, samples, noise_level, orders)
    scores = log_errors(near)
    if scores.shape[1] < FEWEST:
        raise ValueError(
            f"the study has {scores.shape[1]} signals; advice needs {FEWEST} at least, as "
            "config/suite.yaml has"
        )
    alike = resemblance(own, {name: characters[name] for name in scores.columns})
    differences = leave_one_out(scores, characters)
    return Advice(
        table=leaderboard(scores),
        samples=int(near["samples"].iloc[0]),
        noise_levels=sorted(near["noise_level"].unique().tolist()),
        winner=best_of(scores),
        neighbour=best_of(scores[alike.nearest(NEIGHBOURS)]),
        gain=float(np.exp(differences.mean())),
        better=bool(differences.mean() < 0 and distinguishable(differences)),
        resemblance=alike,
        limits=limits(near, samples, noise_level),
    )


def cells_around(
    summary: pd.DataFrame, samples: int, noise_level: float, orders: Sequence[int]
) -> pd.DataFrame:
    """Rows of the nearest number of samples and the two nearest noise levels, by ratio."""
    rows = summary[(summary["family"] != "control") & summary["order"].isin(list(orders))]
    if rows.empty:
        known = ", ".join(map(str, sorted(summary["order"].unique())))
        asked = ", ".join(map(str, orders))
        raise ValueError(f"the study has none of the orders {asked}; ask for some of {known}")
    sizes, levels = (np.sort(rows[name].unique()) for name in ("samples", "noise_level"))
    size = min(sizes, key=lambda n: abs(np.log(n / samples)))
    positive = levels[levels > 0]
    away = np.abs(np.log(positive / max(noise_level, np.finfo(float).tiny)))
    chosen = positive[np.argsort(away, kind="stable")[:2]]
    return rows[(rows["samples"] == size) & rows["noise_level"].isin(chosen)]


def limits(near: pd.DataFrame, samples: int, noise_level: float) -> tuple[str, ...]:
    """A sentence for each of noise level and samples that no cell of `near` has within `FAR`."""
    words = []
    levels = near["noise_level"]
    closest = float(levels.min()) if noise_level < levels.min() else float(levels.max())
    if not levels.min() / FAR <= noise_level <= levels.max() * FAR:
        words.append(
            f"The study has no noise like yours, {noise_level:.2g} of the spread; its nearest "
            f"level is {closest:g}, so the advice may not hold."
        )
    size = int(near["samples"].iloc[0])
    if not 1 / FAR <= samples / size <= FAR:
        words.append(
            f"The study has no record of some {samples} samples; its nearest number is {size}."
        )
    return tuple(words)


def log_errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean logarithm of the median error, one row a method, one column a signal.

    An error above 1 counts as 1, the error of predicting the mean, and so does a cell that is
    missing or in which a trial failed. An error of 0 counts as the rounding of doubles.
    """
    solved = rows["n_ok"].eq(rows["replicates"]) & rows["median"].notna()
    error = rows["median"].where(solved, WORST).clip(np.finfo(float).eps, WORST)
    table = rows.assign(score=np.log(error))
    cells = ["noise_model", "noise_level", "order", "signal"]
    wide = table.pivot_table("score", METHOD_KEY, cells, "mean").fillna(np.log(WORST))
    return wide.T.groupby(level="signal").mean().T


def best_of(scores: pd.DataFrame) -> str:
    """Name and language of the method with the least mean; the first of equal ones."""
    name, language = scores.index[int(np.argmin(scores.mean(axis=1)))]
    return f"{name} ({language})"


def distinguishable(differences: Array) -> bool:
    """Whether the mean of `differences` over signals differs from 0 significantly (t test)."""
    if np.ptp(differences) == 0:
        return bool(differences[0] != 0)
    return bool(stats.ttest_1samp(differences, 0.0).pvalue < SIGNIFICANCE)


def leaderboard(scores: pd.DataFrame) -> pd.DataFrame:
    """Methods, best first, grouped: none differs significantly from the first of its group."""
    means = scores.mean(axis=1).sort_values(kind="stable")
    rows, group, first = [], 0, None
    for method in means.index:
        own = scores.loc[method].to_numpy()
        if first is None or distinguishable(own - first):
            group, first = group + 1, own
        rows.append(
            {
                "group": group,
                METHOD_KEY[0]: method[0],
                METHOD_KEY[1]: method[1],
                "error": float(np.exp(means[method])),
                "relative": float(np.exp(means[method] - means.iloc[0])),
            }
        )
    return pd.DataFrame(rows)


def leave_one_out(scores: pd.DataFrame, characters: Mapping[str, Array]) -> Array:
    """Log error of the recommender less that of the winner, on each signal left out in turn."""
    differences = []
    table, names = scores.to_numpy(), [str(name) for name in scores.columns]
    for place, left_out in enumerate(names):
        others = {name: characters[name] for name in names if name != left_out}
        alike = resemblance(characters[left_out], others).nearest(NEIGHBOURS)
        chosen = table[:, [names.index(name) for name in alike]].mean(axis=1).argmin()
        winner = np.delete(table, place, axis=1).mean(axis=1).argmin()
        differences.append(table[chosen, place] - table[winner, place])
    return np.array(differences, dtype=np.float64)
