"""Shares of right verdicts, measured on signals whose derivatives are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tiltyard.application.estimation import AUTO
from tiltyard.application.function import differentiate
from tiltyard.application.judgement import Judgement, Verdict, true_error, verdict_of
from tiltyard.engine.datasets import generate
from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.dataset import Dataset
from tiltyard.studies.derivatives.kind import orders_of
from tiltyard.studies.derivatives.signals import find_signal
from tiltyard.studies.derivatives.suite import DIVISIONS, division_of

if TYPE_CHECKING:
    from tiltyard.engine.grid.axes import Configuration
    from tiltyard.engine.study import Study

#: Columns of the table of verdicts.
COLUMNS = (
    "configuration signal division samples noise_level piece order "
    "nrmse expected from_posterior from_simulation from_residuals truly verdict"
).split()


def verdicts(
    study: Study,
    *,
    divisions: Sequence[str] = DIVISIONS,
    samples: Sequence[int] = (),
    estimator: str = AUTO,
    draws: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Differentiate the first trial of every cell of `study`, and compare verdicts with truth.

    Parameters
    ----------
    study : Study
        Study whose datasets are generated again; none of its files are read.
    divisions : sequence of str
        Divisions of the suite; see `suite`.
    samples : sequence of int
        Numbers of samples to use; all of the study's if empty.
    estimator, draws
        See `tiltyard.differentiate`.
    progress : callable, optional
        ``progress(done, total)``.

    Returns
    -------
    DataFrame
        One row a configuration, piece and order, with `COLUMNS`: ``nrmse`` is the true error, as of
        `true_error`, ``truly`` the verdict on it.
    """
    chosen = [
        point
        for point in study.configurations
        if point.values["trial"] == 1
        and division_of(find_signal(point.values["signal"])) in divisions
        and (not samples or point.values["samples"] in samples)
    ]
    rows: list[dict[str, object]] = []
    for done, point in enumerate(chosen, 1):
        rows += _rows(study, point, estimator, draws)
        if progress is not None:
            progress(done, len(chosen))
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(
    study: Study, point: Configuration, estimator: str, draws: int | None
) -> list[dict[str, object]]:
    data = generate(study, point.id)
    assert isinstance(data, Dataset)
    orders = orders_of(study.config)
    found = differentiate(data.t, data.y, orders, estimator=estimator, draws=draws)
    return [
        {
            "configuration": point.id,
            "signal": point.values["signal"],
            "division": division_of(find_signal(point.values["signal"])),
            "samples": point.values["samples"],
            "noise_level": point.values["noise_level"],
            "piece": number,
            **_row(judgement, part.estimate[row], data.exact[judgement.order], own),
        }
        for number, part in enumerate(found.pieces or (found,), 1)
        for own in (np.searchsorted(data.t, part.t_eval),)
        for row, judgement in enumerate(part.judgements)
    ]


def _row(
    judgement: Judgement, estimate: Array, exact: Array, own: NDArray[np.intp]
) -> dict[str, object]:
    """The verdict on one order of one piece, at the samples `own`, beside the truth."""
    error = true_error(estimate, exact[own])
    return {
        "order": judgement.order,
        "nrmse": error,
        "expected": judgement.expected_error,
        "from_posterior": judgement.from_posterior,
        "from_simulation": judgement.from_simulation,
        "from_residuals": judgement.from_residuals,
        "truly": str(verdict_of(error)),
        "verdict": str(judgement.verdict),
    }


def hit_rates(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Shares of right verdicts for each value of the column `by`, and for all rows.

    Returns
    -------
    DataFrame
        ``cases``, the number of rows; the shares of verdicts that are ``right``, ``too bold``
        (better than the verdict on the true error) and ``too careful`` (worse); and, of the
        verdicts "trusted", the shares with a true error below 0.1 (``trusted below 0.1``) and
        below 0.3 (``trusted below 0.3``).
    """
    rank = {str(verdict): place for place, verdict in enumerate(Verdict)}
    said, deserved = table["verdict"].map(rank), table["truly"].map(rank)
    trusted = table["verdict"] == str(Verdict.TRUSTED)
    frame = pd.DataFrame(
        {
            by: table[by],
            "cases": 1,
            "right": said == deserved,
            "too bold": said < deserved,
            "too careful": said > deserved,
            "trusted below 0.1": (deserved == 0).where(trusted),
            "trusted below 0.3": (deserved <= 1).where(trusted),
        }
    )
    rates = dict.fromkeys(frame.columns[2:], "mean")
    grouped = frame.astype(dict.fromkeys(rates, float)).groupby(by, sort=False)
    rows = grouped.agg({"cases": "sum", **rates}).reset_index()
    whole = frame.astype(dict.fromkeys(rates, float)).agg({"cases": "sum", **rates})
    table = pd.concat([rows, pd.DataFrame([{by: "all", **whole}])], ignore_index=True)
    return table.astype({"cases": int})
