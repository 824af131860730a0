"""How the noise depends on the signal: models that a user may know, and deviations under them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from tiltyard.application.options import NOISE, NOISE_COLUMN, NOISE_MODEL
from tiltyard.application.series import Series, UnusableData
from tiltyard.studies.derivatives.contract import Array

#: Samples whose median is the first guess of the curve.
AROUND = 9
#: Most rounds in which curve and deviations follow from each other, and the largest change of the
#: deviations, as a share of them, that ends it.
ROUNDS, CHANGE = 6, 0.01
#: Share of the curve's median below which proportional noise does not go on shrinking.
LEAST = 1e-3
#: Fewest counts whose variance is taken as their mean: what is below that is no normal noise.
FEWEST_COUNTS = 1.0


class NoiseModel(StrEnum):
    """What is assumed of the noise."""

    AUTO = "auto"
    EQUAL = "equal"
    CORRELATED = "correlated"
    PROPORTIONAL = "proportional"
    POISSON = "poisson"

    @property
    def follows_the_curve(self) -> bool:
        """Whether deviations depend on the signal."""
        return self in (NoiseModel.PROPORTIONAL, NoiseModel.POISSON)

    @property
    def shaped(self) -> bool:
        """Whether the user says that the noise is not white and equal."""
        return self.follows_the_curve or self is NoiseModel.CORRELATED


def checked_noise_model(name: str) -> NoiseModel:
    """The model of this name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in list(NoiseModel):
        raise ValueError(f"{NOISE_MODEL.set_to(name)}: use one of {', '.join(NoiseModel)}")
    return NoiseModel(name)


def check_noise(model: NoiseModel, series: Series, noise: float | None) -> None:
    """Refuse two different words on the noise, and samples that cannot have it.

    Raises
    ------
    UnusableData
        If something else is known of each sample's noise, or of its size; if a sample is 0 or
        negative where the noise is proportional to the signal, or is no count.
    """
    known, asked = series.noise, NOISE_MODEL.set_to(str(model))
    if known is not None and known.absolute and noise is not None:
        raise UnusableData(
            f"{series.name}: {NOISE.set_to(noise)} and the noise of each sample ({NOISE_COLUMN}) "
            "are both given; leave one out"
        )
    if known is not None and model is not NoiseModel.AUTO:
        raise UnusableData(
            f"{series.name}: {asked}, and the noise is {known.words}: leave one of both out"
        )
    if model.follows_the_curve and noise is not None:
        raise UnusableData(
            f"{series.name}: {NOISE.set_to(noise)} is of all samples, and {asked} says that the "
            "noise is not the same in all; leave one of both out"
        )
    other = f"give standard errors ({NOISE_COLUMN}), or another model"
    y, told = series.y, series.told
    if model is NoiseModel.PROPORTIONAL and (bad := np.flatnonzero(y <= 0)).size:
        raise UnusableData(
            f"{series.name}: {asked} is for samples above 0, and that at "
            f"{told(series.t[bad[0]])} is {y[bad[0]]:g}: where the signal is 0 it would have no "
            f"noise; {other}"
        )
    if model is NoiseModel.POISSON and (bad := np.flatnonzero((y < 0) | (y != np.round(y)))).size:
        raise UnusableData(
            f"{series.name}: {asked} is for counts, and the sample at {told(series.t[bad[0]])} is "
            f"{y[bad[0]]:g}: counts are whole numbers, 0 or more, and neither rates nor means; "
            f"give the counts themselves, or {other[5:]}"
        )


def first_deviations(model: NoiseModel, y: Array) -> Array | None:
    """Rough deviations (n,) under a model that follows the curve, relative to each other.

    They are those of running medians; None under other models.
    """
    if not model.follows_the_curve:
        return None
    curve = _first_curve(y)
    if model is NoiseModel.POISSON:
        return _of_counts(curve)
    return np.asarray(np.maximum(curve, LEAST * float(np.median(curve))))


def settled_counts(y: Array, curve_with: Callable[[Array], Array]) -> Array:
    """Deviations (n,) of counts that follow from the curve that they lead to.

    They are the roots of the curve, not of the samples: weights from these are too large where a
    sample is small by chance, which pulls the curve down (McCullagh & Nelder 1989, section 2.5:
    iteratively reweighted least squares).

    Parameters
    ----------
    y : (n,) array
        Counts.
    curve_with : callable
        The curve (n,) under given deviations (n,).
    """
    deviations = _of_counts(_first_curve(y))
    for _ in range(ROUNDS):
        before, deviations = deviations, _of_counts(curve_with(deviations))
        if np.max(np.abs(deviations / before - 1.0)) < CHANGE:
            break
    return deviations


def _of_counts(curve: Array) -> Array:
    return np.sqrt(np.maximum(curve, FEWEST_COUNTS))


def _first_curve(y: Array) -> Array:
    """Medians of neighbours."""
    from scipy.ndimage import median_filter  # here: loading it takes longer than to use it

    return np.asarray(median_filter(y, min(AROUND, len(y)), mode="nearest"))
