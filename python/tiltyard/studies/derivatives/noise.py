"""Noise models: how samples stray from the signal, at a level relative to the signal's spread.

A noise level is dimensionless. The model `proportional` refers it to ``|x|``, all others to
``sigma = level * sd(x)``, where sd is the sample standard deviation (n - 1) of the clean samples.
No model's draws depend on the level: the same generator gives the same standardised noise, only
larger.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tiltyard.studies.derivatives.contract import Array

#: Correlation of neighbouring samples in the model `ar1`.
AR1_COEFFICIENT = 0.8
#: Factor by which the model `heteroscedastic` increases its standard deviation.
HETEROSCEDASTIC_GROWTH = 10.0
#: Degrees of freedom of the model `student_t`: the fewest whole ones with a finite variance.
STUDENT_T_FREEDOM = 3

#: ``function(x, level, rng) -> (y, standard deviation)``.
NoiseFunction = Callable[[Array, float, np.random.Generator], tuple[Array, float | Array]]


@dataclass(frozen=True)
class NoiseModel:
    """A noise model: its name, its explanation and the function that applies it."""

    name: str
    explanation: str
    function: NoiseFunction


#: Every noise model by name.
NOISE_MODELS: dict[str, NoiseModel] = {}


def noise_model(function: NoiseFunction) -> NoiseFunction:
    """Register `function` under its name, explained by its docstring.

    Raises
    ------
    ValueError
        If the name is taken.
    """
    name = function.__name__
    if name in NOISE_MODELS:
        raise ValueError(f"noise model {name!r} is registered twice; names must be unique")
    NOISE_MODELS[name] = NoiseModel(name, inspect.getdoc(function) or "", function)
    return function


def find_noise_model(name: str) -> NoiseModel:
    """The noise model called `name`.

    Raises
    ------
    ValueError
        If there is none; the message lists the known ones.
    """
    if name not in NOISE_MODELS:
        known = ", ".join(sorted(NOISE_MODELS))
        raise ValueError(f"noise model {name!r} is unknown; known are {known}")
    return NOISE_MODELS[name]


def add_noise(
    model: str, x: Array, level: float, rng: np.random.Generator
) -> tuple[Array, float | Array]:
    """Samples of the clean signal `x` under the noise model `model`.

    Parameters
    ----------
    model : str
        Name of a noise model, a key of `NOISE_MODELS`.
    x : (n,) array
        Clean samples at evenly spaced times [signal], n >= 2.
    level : float
        Noise level, >= 0; 0 gives `x` itself.
    rng : numpy.random.Generator
        Source of the noise.

    Returns
    -------
    (n,) array, float or (n,) array
        The noisy samples, and the noise's expected standard deviation [signal].

    Raises
    ------
    ValueError
        If the model is unknown, the level is negative or not finite, or `x` has fewer than 2
        samples or one that is not finite.
    """
    found = find_noise_model(model)
    if not (math.isfinite(level) and level >= 0):
        raise ValueError(f"noise level {level}: it must be finite and at least 0")
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(
            f"clean samples of shape {x.shape}: noise model {model} needs at least 2 finite ones"
        )
    return found.function(x, level, rng)


def _sigma(x: Array, level: float) -> float:
    """``level * sd(x)`` [signal].

    Raises
    ------
    ValueError
        If `x` is constant: a level relative to no spread means nothing.
    """
    if np.ptp(x) == 0:
        raise ValueError(
            f"all {len(x)} clean samples equal {x[0]}: a noise level relative to their standard "
            "deviation means nothing; use the noise model proportional"
        )
    return float(level * np.std(x, ddof=1))


@noise_model
def gaussian(x: Array, level: float, rng: np.random.Generator) -> tuple[Array, float]:
    """Independent and normal, with standard deviation sigma."""
    sigma = _sigma(x, level)
    return x + sigma * rng.standard_normal(len(x)), sigma


@noise_model
def proportional(x: Array, level: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Independent and normal, with standard deviation level * |x|: zeros are exact."""
    sigma = level * np.abs(x)
    return x + sigma * rng.standard_normal(len(x)), sigma


@noise_model
def heteroscedastic(x: Array, level: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Independent and normal; its deviation grows tenfold, linearly in time, with rms sigma."""
    ramp = np.linspace(1.0, HETEROSCEDASTIC_GROWTH, len(x))
    sigma = _sigma(x, level) * ramp / np.sqrt(np.mean(ramp**2))
    return x + sigma * rng.standard_normal(len(x)), sigma


@noise_model
def ar1(x: Array, level: float, rng: np.random.Generator) -> tuple[Array, float]:
    """Stationary autoregression: normal with deviation sigma, neighbours correlate by 0.8."""
    sigma = _sigma(x, level)
    noise = rng.standard_normal(len(x))
    innovation = math.sqrt(1 - AR1_COEFFICIENT**2)
    for i in range(1, len(x)):
        noise[i] = AR1_COEFFICIENT * noise[i - 1] + innovation * noise[i]
    return x + sigma * noise, sigma


@noise_model
def student_t(x: Array, level: float, rng: np.random.Generator) -> tuple[Array, float]:
    """Independent with outliers: Student's t of 3 degrees of freedom, scaled to deviation sigma."""
    sigma = _sigma(x, level)
    unit = math.sqrt((STUDENT_T_FREEDOM - 2) / STUDENT_T_FREEDOM)
    return x + sigma * unit * rng.standard_t(STUDENT_T_FREEDOM, len(x)), sigma


@noise_model
def quantised(x: Array, level: float, rng: np.random.Generator) -> tuple[Array, float]:
    """Rounding to a grid of step sqrt(12) sigma, whose uniform error has deviation sigma.

    The grid's offset is drawn once per trial, so that trials differ; over the draws every
    sample's error is exactly uniform.
    """
    sigma = _sigma(x, level)
    step, offset = math.sqrt(12) * sigma, rng.random()
    if step == 0:
        return x.copy(), sigma
    return step * (np.rint(x / step - offset) + offset), sigma
