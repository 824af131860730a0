"""What estimates are worth: the columns of a study's rows, and the metrics in them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tiltyard.engine.files.digests import digest
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.studies.derivatives import bands, metrics
from tiltyard.studies.derivatives.bands import band_scores
from tiltyard.studies.derivatives.contract import (
    QUANTILES,
    Estimate,
    Estimator,
    supported_orders,
)
from tiltyard.studies.derivatives.dataset import Dataset
from tiltyard.studies.derivatives.metrics import ERRORS, METRICS, correlation, errors_of

#: List columns, at the sample times.
ESTIMATES = ("estimate", "standard_deviation", *QUANTILES)
#: Not nullable: no validity bits are stored.
NUMBERS = pa.list_(pa.field("element", pa.float64(), nullable=False))
COLUMNS = pa.schema(
    [
        ("order", pa.int64()),
        ("oracle", pa.string()),
        *((name, pa.float64()) for name in METRICS),
        ("settings", pa.string()),
        *((name, NUMBERS) for name in ESTIMATES),
    ]
)


@cache
def scoring_version() -> str:
    """Digest of what decides the columns of a row and the metrics in it, given an outcome."""
    sources = (Path(__file__), Path(metrics.__file__), Path(bands.__file__))
    return digest(source.read_bytes() for source in sources)


def score_rows(
    method: Estimator, dataset: Dataset, outcome: Outcome, orders: Sequence[int]
) -> Iterator[Mapping[str, Any]]:
    """One row an order, whatever happened."""
    own = supported_orders(method, orders)
    scored = _scored(dataset, own, outcome.result) if outcome.status is Status.OK else {}
    for order in orders:
        row: dict[str, Any] = {"order": order, "oracle": method.oracle}
        if order not in own and outcome.status is not Status.UNSUPPORTED:
            row["status"] = str(Status.UNSUPPORTED)
            row["message"] = reason_too_high(method)
        yield {**row, **scored.get(order, {})}


def reason_too_high(method: Estimator) -> str:
    """Why a method has no estimate of an order."""
    return f"gives orders up to {method.max_order}"


def _scored(
    dataset: Dataset, orders: Sequence[int], estimate: Estimate
) -> dict[int, dict[str, Any]]:
    """By order: the estimate and its metrics, or why there are none."""
    exact, deviation = dataset.exact[list(orders)], estimate.standard_deviation
    settings = json.dumps(estimate.settings, sort_keys=True)
    finite = np.isfinite(estimate.values)
    # What is not finite is not scored: a stand-in keeps its row in place.
    values = np.where(np.all(finite, axis=1, keepdims=True), estimate.values, exact)
    scores = {**errors_of(values, exact), "correlation": correlation(values, exact)}
    if deviation is not None:
        scores |= band_scores(values, deviation, exact, estimate.quantiles)
    scored = {}
    for row, order in enumerate(orders):
        facts: dict[str, Any] = {"estimate": estimate.values[row], "settings": settings}
        if deviation is not None:
            facts["standard_deviation"] = deviation[row]
        if estimate.quantiles is not None:
            facts |= dict(zip(QUANTILES, estimate.quantiles[:, row], strict=True))
        count = int(np.count_nonzero(~finite[row]))
        if count:
            facts["status"] = str(Status.NON_FINITE)
            facts["message"] = f"{count} of {finite.shape[1]} values are not finite"
        else:
            facts |= {name: _known(name, float(values[row])) for name, values in scores.items()}
        scored[order] = facts
    return scored


def _known(name: str, value: float) -> float | None:
    """`value`, or nothing for a score that this estimate has none of; an error is always told."""
    return None if name not in ERRORS and math.isnan(value) else value
