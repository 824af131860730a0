"""The parametric bootstrap: the fitted curve with new noise, estimated again and again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tiltyard.application.estimation import Fit, fit_series
from tiltyard.application.noise.shaping import ShapedNoise
from tiltyard.application.series import Series, UnusableData
from tiltyard.studies.derivatives.contract import Array, Estimator

#: ``progress(done, total)`` is called after each estimate.
Progress = Callable[[int, int], None]


def simulate(
    entry: Estimator,
    series: Series,
    t_eval: Array,
    orders: tuple[int, ...],
    fit: Fit,
    *,
    noise: float,
    draws: int,
    rng: np.random.Generator,
    known: bool = False,
    shaped: ShapedNoise | None = None,
    progress: Progress | None = None,
) -> tuple[Array, Array]:
    """Differences of estimates on simulated samples from the curve that is their truth.

    Parameters
    ----------
    entry : Estimator
    series : Series
        The samples.
    t_eval : (m,) array
        Evaluation times [time].
    orders : tuple of int
        With 0 among them.
    fit : Fit
        Its curve is the truth of the simulation.
    noise : float
        Standard deviation of the noise to add [signal].
    draws : int
        How often.
    known : bool
        Whether the estimator is told the noise.
    shaped : ShapedNoise or None
        What it is told of noise that is not white and equal.
    rng : numpy.random.Generator
        Source of the noise.
    progress : callable, optional

    Returns
    -------
    (draws, orders, n) array, (draws, orders, m) array
        Differences at the sample times and at the evaluation times [signal / time**k].

    Raises
    ------
    UnusableData
        If the estimator fails on simulated samples.
    """
    curve, t = fit.values[orders.index(0)], series.t
    more = {} if shaped is None else shaped.told
    at_samples, at_asked = [], []
    for draw in range(draws):
        if shaped is None:
            y = curve + noise * rng.standard_normal(len(t))
        else:
            y = shaped.drawn(series, fit, noise, rng)
        try:
            again = fit_series(entry, t, y, t_eval, orders, rng, noise if known else None, more)
        except UnusableData as error:
            reason = error.__cause__ or error
            raise UnusableData(
                f"{entry.name} fails on simulated samples like these ({reason}); take another "
                "estimator, or do without the simulation (--draws 0)"
            ) from error
        at_samples.append(again.values - fit.values)
        at_asked.append(again.asked - fit.asked)
        if progress is not None:
            progress(draw + 1, draws)
    return np.array(at_samples), np.array(at_asked)
