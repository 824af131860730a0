"""Weights of least error, none negative and of sum one: the best blend of given candidates."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from tiltyard.studies.derivatives.contract import Array

HOPELESS = 1e100  # times the least error: the square would overflow, and no weight is left anyway
MOST_STEPS = 30  # of the active set, for each candidate


def convex_weights(errors: Array) -> Array:
    """The w that minimises ``|errors @ w|`` with ``w >= 0`` and ``sum(w) = 1``.

    Since the weights add up to one, an error of the blend is the blend of the errors. The
    constraint of the sum needs no penalty: for ``w = s v`` with ``sum(v) = 1`` the least of
    ``|E w|**2 + (sum(w) - 1)**2`` over s is ``|E v|**2 / (1 + |E v|**2)``, which grows with
    ``|E v|``. So the minimum over ``w >= 0``, divided by its sum, is the solution (the device of
    least distance programming: Lawson & Hanson 1974, chapter 23).

    Parameters
    ----------
    errors : (n, candidates) array
        Errors of each candidate, at least one of them finite throughout. A candidate with an error
        that is not finite has no weight.

    Returns
    -------
    (candidates,) array
        If a candidate has no error at all, all weight is on the first such one.

    Raises
    ------
    ValueError
        If there is no candidate with finite errors.
    """
    size = np.max(np.abs(errors), axis=0, initial=0.0)
    least = float(np.min(size, where=np.isfinite(size), initial=np.inf))
    if not least < np.inf:
        raise ValueError("no candidate has finite errors: there is nothing to weigh")
    weights = np.zeros(errors.shape[1])
    if least == 0.0:
        weights[np.argmin(np.where(np.isfinite(size), size, np.inf))] = 1.0
        return weights
    usable = np.flatnonzero(size <= HOPELESS * least)
    # In units of the best candidate's error both terms are of size one at the minimum.
    E = errors[:, usable] / least
    E /= np.linalg.norm(E, axis=0).min()
    # Columns of size one: candidates differ by many powers of ten.
    scale = np.sqrt(np.square(E).sum(axis=0) + 1.0)
    stacked = np.vstack([E, np.ones(len(usable))]) / scale
    target = np.zeros(len(stacked))
    target[-1] = 1.0
    found = nnls(stacked, target, maxiter=MOST_STEPS * len(usable))[0] / scale
    weights[usable] = found / found.sum()
    return weights
