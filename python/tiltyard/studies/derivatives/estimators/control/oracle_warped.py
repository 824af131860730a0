"""Oracle of the warped processes' pool: exact derivatives choose member and weights."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_warped import (
    fit_with_members,
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
    how much each one counts. Candidates are every member by itself, those that the pool leaves
    out too; what the pool made of them; and the blend of all these whose weights, none negative
    and of sum one, have the least error. The pool's estimate is among them since it is a median:
    its weights change along the record, and constant ones need not reach it.

    Returns
    -------
    Estimate
        In `settings`, for each order: ``weights``, pairs of a candidate's name and its weight, of
        those that have one; and ``best_member``, the member of least error by itself.
    """
    fitted = fit_with_members(t, y, t_eval, orders)
    with np.errstate(all="ignore"):  # members that the pool leaves out may be beyond all bounds
        candidates = {**fitted.members(), POOL: fitted.estimate.values}
    names, values = list(candidates), np.array(list(candidates.values()))
    alone, best = NearestToTruth(exact), NearestToTruth(exact)
    for name, own in candidates.items():
        best.offer(own, weights=[[name, 1.0]])
        if name != POOL:
            alone.offer(own, name=name)
    for row in range(len(orders)):
        with np.errstate(all="ignore"):
            errors = (values[:, row] - exact[row])[:, scored(len(t_eval))].T
        weights = convex_weights(errors)
        used = np.flatnonzero(weights)
        blend = np.full_like(exact, np.nan)
        blend[row] = weights[used] @ values[used, row]
        best.offer(blend, weights=[[names[i], float(weights[i])] for i in used])
    found = best.estimate()
    members = alone.estimate().settings["name"]
    return found._replace(settings={**found.settings, "best_member": members})
