"""Controls that anchor the scale of every table: the truth, zero, and a constant.

They are given the exact derivatives; the conformance suite leaves them out.
"""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, estimator


@estimator(
    "truth",
    family="control",
    exact_degree=-1,
    min_samples=2,
    tags=("control",),
)
def truth(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array) -> Array:
    """The exact derivatives: nRMSE 0 if the scoring is right."""
    return exact.copy()


@estimator(
    "zero",
    family="control",
    exact_degree=-1,
    min_samples=2,
    tags=("control",),
)
def zero(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array) -> Array:
    """Zero at every order: nRMSE about 1 where the exact derivative has mean zero."""
    return np.zeros((len(orders), len(t_eval)))


@estimator(
    "constant",
    family="control",
    exact_degree=0,
    min_samples=2,
    tags=("control",),
)
def constant(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array) -> Array:
    """The samples' mean at order 0 and zero above: the error without information on the shape."""
    estimate = np.zeros((len(orders), len(t_eval)))
    for row, order in enumerate(orders):
        if order == 0:
            estimate[row] = np.mean(y)
    return estimate
