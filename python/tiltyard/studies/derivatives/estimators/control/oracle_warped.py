"""Oracle of the warped processes' pool: exact derivatives choose member and weights."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_warped import (
    predict_members,
)
from tiltyard.studies.derivatives.numerics.convex_weights import convex_weights
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth, scored

#: Name of the pool's own estimate among the candidates, which are its members otherwise.
POOL = "pool"


@estimator(
    "oracle_warped",
    family="control",
    exact_degree=1,
    min_samples=20,
    tags=("control", "oracle"),
    cites=("lawson1974solving",),
)
def oracle_warped(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """`gaussian_process_warped` with the members' weights of least error, for each order.

    The members, their clocks and their noise are as the samples decide them; the truth decides
    how much each one counts. Candidates are every member by itself, what the pool made of them,
    and the blend of all these with weights of least error that add up to one and are not
    negative. The pool's estimate is among them since it is a median, whose weights change along
    the record, so that constant weights need not reach it.

    Returns
    -------
    Estimate
        In `settings`, for each order: ``weights``, pairs of a member's name and its weight, of
        those that have one; and ``best_member``, the member of least error by itself.
    """
    pool = predict_members(t, y, t_eval, orders)
    names = [*pool.names, POOL]
    candidates = np.concatenate([pool.means, pool.estimate.values[None]])
    alone, best = NearestToTruth(exact), NearestToTruth(exact)
    for name, values in zip(pool.names, pool.means, strict=True):
        alone.offer(values, name=name)
    for name, values in zip(names, candidates, strict=True):
        best.offer(values, weights=[[name, 1.0]])
    inner = scored(len(t_eval))
    for row in range(len(orders)):
        with np.errstate(over="ignore", invalid="ignore"):
            errors = (candidates[:, row] - exact[row])[:, inner].T
        w = convex_weights(errors)
        used = np.flatnonzero(w)
        blend = np.full_like(exact, np.nan)
        blend[row] = w[used] @ candidates[used, row]
        best.offer(blend, weights=[[names[i], float(w[i])] for i in used])
    estimate = best.estimate()
    members = alone.estimate().settings["name"]
    return estimate._replace(settings={**estimate.settings, "best_member": members})
