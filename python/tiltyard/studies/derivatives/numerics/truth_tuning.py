"""Choice of settings by the exact derivatives, for controls that bound what a choice can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate

REFINEMENTS = 2  # of the grid around the best parameters, each to a third of the step before
SHARES = (-2.0 / 3.0, -1.0 / 3.0, 1.0 / 3.0, 2.0 / 3.0)  # new parameters, in steps from the best


def scored(times: int) -> slice:
    """Which of so many times count in an error: all but the two ends, as in the study's errors."""
    return slice(1, -1) if times > 2 else slice(None)


class NearestToTruth:
    """Search for the candidate whose root mean square error is least, for each order separately.

    The first and last time do not count if there are others, as in the study's errors.

    Parameters
    ----------
    exact : (k, m) array
        The exact derivatives, one row an order.
    """

    def __init__(self, exact: Array) -> None:
        self._exact = exact
        self._inner = scored(exact.shape[1])
        self._values = np.full(exact.shape, np.nan)
        self._errors = np.full(len(exact), np.inf)
        self.settings: list[Mapping[str, Any]] = [{} for _ in exact]

    def offer(self, values: Array, **settings: Any) -> None:
        """Compare a candidate (k, m) with these settings; rows that are not finite never win."""
        with np.errstate(over="ignore", invalid="ignore"):
            differences = (values - self._exact)[:, self._inner]
            errors = np.sqrt(np.mean(differences**2, axis=1))
        for row in np.flatnonzero(errors < self._errors):
            self._errors[row] = errors[row]
            self._values[row] = values[row]
            self.settings[row] = settings

    def estimate(self) -> Estimate:
        """The best candidate of each order, with a list over orders for every setting.

        Raises
        ------
        RuntimeError
            If an order had no finite candidate.
        """
        if not np.isfinite(self._errors).all():
            raise RuntimeError("the oracle has no candidate with finite values for some order")
        names = self.settings[0]
        lists = {name: [row[name] for row in self.settings] for name in names}
        return Estimate(self._values, None, lists)


def tune(
    best: NearestToTruth,
    fit: Callable[[Array], Array],
    grid: Array,
    name: str,
    **settings: Any,
) -> None:
    """Offer `fit` at the evenly spaced parameters `grid`, then ever closer to each order's best.

    Parameters
    ----------
    best : NearestToTruth
        Receives the candidates.
    fit : callable
        Function from parameters (p,) to candidates (p, k, m).
    grid : (g,) array
        Evenly spaced, g >= 2.
    name : str
        Name of the parameter in the settings; `settings` are the others.
    """
    step = float(grid[1] - grid[0])
    offered: set[float] = set()

    def offer(parameters: Iterable[float]) -> None:
        new = sorted({p for p in parameters if grid[0] <= p <= grid[-1]} - offered)
        offered.update(new)
        if new:
            for parameter, values in zip(new, fit(np.array(new)), strict=True):
                best.offer(values, **{name: parameter}, **settings)

    offer(float(parameter) for parameter in grid)
    for _ in range(REFINEMENTS):
        found = {row[name] for row in best.settings if row.get(name) in offered}
        offer(centre + share * step for centre in sorted(found) for share in SHARES)
        step /= 3.0
