"""Outcomes of no meaning that have the shape of real ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiltyard.engine.outcome import COSTS, Outcome, Status
from tiltyard.studies.derivatives.contract import Estimate, Estimator, supported_orders
from tiltyard.studies.derivatives.dataset import Dataset

#: Shares of the estimators that end so; the others end well.
SHARES = {Status.FAILED: 0.03, Status.TIMEOUT: 0.01, Status.CRASHED: 0.01}


def made_up(
    method: Estimator, dataset: Dataset, orders: Sequence[int], rng: np.random.Generator
) -> Outcome:
    """An outcome with errors of every magnitude, at those of `orders` that the estimator gives."""
    costs = dict(zip(COSTS, rng.uniform(0.1, 1.0, len(COSTS)), strict=True))
    draw = rng.uniform()
    for status, share in SHARES.items():
        if draw < share:
            return Outcome(status, f"made up: {status} in {method.name}", **costs)
        draw -= share
    exact = dataset.exact[list(supported_orders(method, orders))]
    spread = np.std(exact, axis=1, keepdims=True) * 10.0 ** rng.uniform(-6.0, 0.0, (len(exact), 1))
    deviation = np.broadcast_to(spread, exact.shape) if method.standard_deviation else None
    values = exact + spread * rng.standard_normal(exact.shape)
    return Outcome(Status.OK, "", Estimate(values, deviation, {"made_up": True}), **costs)
