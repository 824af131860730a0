"""Estimates from a Gaussian process for samples in their own units: scale, predict, scale back."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_likelihood import (
    Data,
    Found,
    best,
    covering,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import Spectrum
from tiltyard.studies.derivatives.numerics.gaussian_processes.spectral_process import (
    fit,
    left_out,
    posterior,
    reduce,
)
from tiltyard.studies.derivatives.numerics.scaling import UnitTime, unit_time


class Scaled(NamedTuple):
    """Samples scaled to order one at times in [-1, 1], with the numbers that undo it.

    Attributes
    ----------
    time : UnitTime
        Sample and evaluation times in [-1, 1].
    data : Data
        Samples without their mean, or their straight line, divided by `scale`.
    mean, slope : float
        The line that was removed, ``mean + slope * x`` [signal].
    scale : float
        Power of two, so that division does not round [signal].
    exact : bool
        Whether the samples without the line are rounding errors only.
    """

    time: UnitTime
    data: Data
    mean: float
    slope: float
    scale: float
    exact: bool


def scaled(t: Array, y: Array, t_eval: Array, degree: int) -> Scaled:
    """Scale samples whose trend is a polynomial of `degree` 0 or 1."""
    time = unit_time(t, t_eval)
    middle = float(np.mean(time.x))
    x = time.x - middle
    mean, slope, left = 0.0, 0.0, y
    for _ in range(2):  # the second time removes the first's rounding errors
        mean += float(np.mean(left))
        left = y - mean - slope * x
        if degree:
            slope += float((x @ left) / (x @ x))
            left = y - mean - slope * x
    size = float(np.max(np.abs(left)))
    exact = bool(size <= 8.0 * np.finfo(float).eps * float(np.max(np.abs(y))))
    scale = 1.0 if exact else math.ldexp(1.0, math.frexp(size)[1])
    return Scaled(
        time, Data(time.x, left / scale, degree), mean - slope * middle, slope, scale, exact
    )


Prediction = tuple[Array, Array, Found]


def estimate_with(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    degree: int,
    predict: Callable[[Data, Array, tuple[int, ...]], Prediction],
    settings: Callable[[Array, float], dict[str, Any]],
) -> Estimate:
    """Scale, estimate with `predict`, and return to the units of the samples.

    Parameters
    ----------
    t, y, t_eval, orders
        Arguments of the estimator.
    degree : int
        Degree of the trend, 0 or 1.
    predict : callable
        ``predict(data, x_eval, orders)`` gives means, standard deviations and the fit.
    settings : callable
        ``settings(theta, half_width)`` names the parameters of the spectrum, lengths in [time].
    """
    samples = scaled(t, y, t_eval, degree)
    time, scale = samples.time, samples.scale
    values = np.zeros((len(orders), len(t_eval)))
    deviation = np.zeros_like(values)
    reported: dict[str, Any] = {"signal_sd": 0.0, "noise_sd": 0.0}
    if not samples.exact:
        values, deviation, found = predict(samples.data, time.x_eval, orders)
        model = found.model
        m = found.samples.grid.highest + 1
        signal_variance = model.signal_variance * float(np.square(model.a[:m]).sum())
        reported = {
            **settings(model.theta[:-1], time.half_width),
            "signal_sd": math.sqrt(signal_variance) * scale,
            "noise_sd": math.sqrt(model.noise_variance) * scale,
        }
    values = values * scale
    for row, order in enumerate(orders):
        if order == 0:
            values[row] += samples.mean + samples.slope * time.x_eval
        elif order == 1:
            values[row] += samples.slope
    values, deviation = time.to_time(values, orders), time.to_time(deviation * scale, orders)
    return Estimate(values, deviation, reported)


def predict_found(
    data: Data, spectrum: Spectrum, found: Found, x_eval: Array, orders: tuple[int, ...]
) -> Prediction:
    """Means and standard deviations from all of `data`, with the parameters of `found`.

    `found` may have been learned from some of the samples only. The deviations of rough processes
    include frequencies above the features' bandwidth, which the samples do not determine.
    """
    if len(found.data.x) < len(data.x):
        theta = found.model.theta
        samples = reduce(data.x, data.y, covering(spectrum, theta, len(data.x)), data.degree)
        found = Found(fit(samples, spectrum, theta), samples, data)
    model, grid = found.model, found.samples.grid
    mean, deviation = posterior(found.samples, model, data.x, data.y, x_eval, orders)
    if not spectrum.rough:
        return mean, deviation, found
    unseen = model.signal_variance * left_out(grid, spectrum, model.theta, orders)
    return mean, np.sqrt(np.square(deviation) + unseen[:, None]), found


def estimate_from(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    spectrum: Spectrum,
    settings: Callable[[Array, float], dict[str, Any]],
    degree: int = 0,
) -> Estimate:
    """Estimate with the process of maximal likelihood in `spectrum`.

    A parameter with equal bounds in `spectrum` is fixed. See `estimate_with` for the arguments.
    """

    def predict(data: Data, x_eval: Array, orders: tuple[int, ...]) -> Prediction:
        return predict_found(data, spectrum, best(data, spectrum), x_eval, orders)

    return estimate_with(t, y, t_eval, orders, degree, predict, settings)


def averaged(
    means: Sequence[Array], deviations: Sequence[Array], log_weights: Sequence[float]
) -> tuple[Array, Array]:
    """Mean and standard deviation of a mixture of estimates, by the law of total variance."""
    weights = np.exp(np.asarray(log_weights) - max(log_weights))
    weights /= weights.sum()
    mean = np.tensordot(weights, np.array(means), 1)
    variance = np.square(np.array(deviations)) + np.square(np.array(means) - mean)
    return mean, np.sqrt(np.tensordot(weights, variance, 1))
