"""Several estimators on the same samples: how far they are from each other."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tiltyard.application.reporting import WIDTH, percent
from tiltyard.studies.derivatives.contract import Array

if TYPE_CHECKING:
    from tiltyard.application.estimates import Estimates

#: Letters of an order's column: the longest share is like 1.2e-06 %, and a blank.
COLUMN = 10
#: A few of different kinds, all for uneven times, all with order 7 or nearly so.
SOME = [
    "rational_least_squares",
    "gaussian_process_matern",
    "gaussian_process_se",
    "smoothing_spline_reml",
    "local_polynomial",
]


def distances(group: Sequence[Estimates]) -> Array:
    """Root mean square difference of each other estimate from the first.

    Returns
    -------
    (len(group) - 1, orders) array
        As a share of the first one's standard deviation over the times; NaN where it is constant.
    """
    first = group[0].estimate
    spread = first.std(axis=1, ddof=1) if first.shape[1] > 1 else np.zeros(len(first))
    spread = np.where(spread > 0, spread, np.nan)
    return np.array(
        [np.sqrt(np.mean((other.estimate - first) ** 2, axis=1)) / spread for other in group[1:]]
    )


def comparison(group: Sequence[Estimates]) -> str:
    """`distances` as a table in text, in blocks where its orders are too many for a line."""
    shares = distances(group)
    width = max(len(other.estimator) for other in group)
    beside = max((WIDTH - width) // COLUMN, 1)
    lines = [f"Distance from {group[0].estimator}, as a share of the derivative's spread:"]
    for start in range(0, len(group[0].orders), beside):
        part = slice(start, start + beside)
        orders = "".join(f"{order:>{COLUMN}}" for order in group[0].orders[part])
        lines.append(f"{'order':{width}}{orders}")
        for other, row in zip(group[1:], shares[:, part], strict=True):
            cells = "".join(f"{percent(value):>{COLUMN}}" for value in row)
            lines.append(f"{other.estimator:{width}}{cells}")
    lines += textwrap.wrap(
        "Estimators that agree may share an error; those that differ cannot both be right.", WIDTH
    )
    return "\n".join(lines)
