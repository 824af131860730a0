"""The noise of one piece of a record, as an estimator is told it and as a report says it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tiltyard.application.estimation import evidence_of
from tiltyard.application.noise.correlation import is_correlated
from tiltyard.application.noise.models import NoiseModel, settled_counts
from tiltyard.application.noise.sample_noise import SampleNoise
from tiltyard.application.options import NOISE_MODEL
from tiltyard.application.series import Series
from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.averaged.groups import MOST, Groups
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import NoiseShape, Whitening

if TYPE_CHECKING:
    from tiltyard.application.estimation import Fit

#: Ratio of two estimates of the noise from which it is said that they differ.
DOUBTFUL = 1.5
#: Correlation times over which the estimate is averaged, beside 0: how many, the shortest in usual
#: steps, at which neighbours correlate by 0.3, and the longest in records.
TIMES, SHORTEST, LONGEST = 9, 0.83, 2.0


@dataclass(frozen=True, eq=False)
class ShapedNoise:
    """Noise that is not known to be white and equal.

    Attributes
    ----------
    shapes : tuple of NoiseShape
        Those that it may have, of one set of deviations of the root mean square 1.
    noise : float or None
        Standard deviation at the relative deviation 1 [signal], if it is known.
    words : str
        Where that is from, for the report.
    asked : bool
        Whether the user has asked for it, or the samples show it.
    sample_noise : SampleNoise or None
        What was known of each sample.
    proportional : bool
        Whether the noise is in proportion to the signal; then there are no shapes.
    """

    shapes: tuple[NoiseShape, ...]
    noise: float | None
    words: str
    asked: bool = True
    sample_noise: SampleNoise | None = None
    proportional: bool = False

    @property
    def correlated(self) -> bool:
        return len(self.shapes) > 1

    @property
    def told(self) -> dict[str, Any]:
        """What an estimator that takes shapes is told besides the noise."""
        if self.proportional:
            return {"proportional": True}
        known = self.sample_noise
        scatter = None if known is None else known.scatter
        if scatter is not None and known is not None:
            # The shapes' deviations have the root mean square 1, the scatter's have not.
            scatter = scatter._replace(squares=scatter.squares * _size(known.deviations) ** 2)
        return {"shapes": self.shapes, "scatter": scatter}

    def level(self, curve: Array, settings: dict[str, Any]) -> float:
        """Standard deviation of the noise, the root mean square over the samples [signal]."""
        if self.proportional:
            return float(settings["noise_share"] * _size(curve))
        return float(settings["noise_sd"])

    def residuals(self, series: Series, curve: Array, settings: dict[str, Any]) -> Array:
        """Samples less the curve (n,), made white and equal by the most probable shape [signal]."""
        left = series.y - curve
        if self.proportional:
            return left / np.abs(curve) * _size(curve)
        groups = Groups(series.t, np.ones(len(left)), len(left))
        return Whitening(groups, self._likeliest(settings))(left)

    def drawn(self, series: Series, fit: Fit, level: float, rng: np.random.Generator) -> Array:
        """Samples (n,) that are the fit's curve with new noise of this level."""
        curve, normal = fit.values[0], rng.standard_normal(len(series.t))
        if self.proportional:
            share = fit.settings["noise_share"]
            return np.asarray(curve * np.exp(share * normal - 0.5 * share**2))
        return np.asarray(curve + level * self._likeliest(fit.settings).drawn(series.t, normal))

    def _likeliest(self, settings: dict[str, Any]) -> NoiseShape:
        return self.shapes[int(np.argmax(settings["correlation_probabilities"]))]

    def notes(self, series: Series, fit: Fit) -> list[str]:
        """What is to be known about it, in plain words."""
        found = []
        if self.proportional:
            found.append(
                f"the noise is {100 * fit.settings['noise_share']:.2g} % of the signal: the "
                "samples' logarithms were estimated, and their derivatives turned into the signal's"
            )
        else:
            found += self._doubts(series, fit)
        if self.correlated:
            found.append(_correlation_note(self, series, fit.settings))
        if len(series.t) > MOST:
            found.append(
                f"with this noise the means of {MOST} groups of neighbours stand for the "
                f"{len(series.t)} samples: detail that is quicker is not looked for"
            )
        return found

    def _doubts(self, series: Series, fit: Fit) -> list[str]:
        """Where the samples scatter about the curve otherwise than is known of them."""
        known = self.noise
        told = self.told["scatter"]
        if told is not None:
            known = math.sqrt(told.squares / told.degrees)
        if not known or fit.deviations is None:
            return []
        left = self.residuals(series, fit.values[0], fit.settings)
        hidden = fit.deviations[0] / self._likeliest(fit.settings).deviations
        ratio = float(np.sqrt(np.mean(np.square(left) + np.square(hidden)))) / known
        if 1.0 / DOUBTFUL < ratio < DOUBTFUL:
            return []
        if told is not None:
            return [
                f"the means of repeated samples scatter about the curve {ratio:.2g} times as much "
                "as their own scatter lets expect: samples of the same time share an error, or the "
                "signal is quicker than they show"
            ]
        return [
            f"the samples scatter about the curve {ratio:.2g} times as much as the noise that is "
            "known lets expect: it is believed, and bands may be too "
            + ("narrow" if ratio > 1.0 else "wide")
        ]


def shaped_noise(
    model: NoiseModel,
    series: Series,
    noise: float | None,
    curve_with: Callable[[ShapedNoise], Array],
) -> ShapedNoise | None:
    """The noise of a piece, None if it is white and equal.

    Parameters
    ----------
    model : NoiseModel
    series : Series
        The samples of the piece.
    noise : float or None
        Standard deviation [signal], if it is known.
    curve_with : callable
        The curve (n,) that is estimated with a noise.
    """
    if series.noise is not None:
        return _of_samples(series.noise, noise)
    if model is NoiseModel.PROPORTIONAL:
        return ShapedNoise((), None, "in proportion to the signal", proportional=True)
    if model is NoiseModel.POISSON:
        return _of_counts(settled_counts(series.y, lambda d: curve_with(_of_counts(d))))
    if model is NoiseModel.CORRELATED:
        return _correlated(series.t, noise, asked=True)
    if model is NoiseModel.AUTO and is_correlated(series.t, series.y, evidence_of):
        return _correlated(series.t, noise, asked=False)
    return None


def _size(deviations: Array) -> float:
    return float(np.sqrt(np.mean(np.square(deviations))))


def _of_samples(known: SampleNoise, noise: float | None) -> ShapedNoise:
    """Noise of each sample; `noise` is that of the relative deviation 1, if it is known."""
    size = _size(known.deviations)
    level = 1.0 if known.absolute else noise
    shape = NoiseShape(known.deviations / size)
    return ShapedNoise(
        *((shape,), None if level is None else level * size, known.words), sample_noise=known
    )


def _of_counts(deviations: Array) -> ShapedNoise:
    size = _size(deviations)
    words = "in each sample the root of its mean, as counts have it"
    return ShapedNoise((NoiseShape(deviations / size),), size, words)


def _correlated(t: Array, noise: float | None, *, asked: bool) -> ShapedNoise:
    usual, one = float(np.median(np.diff(t))), np.ones(len(t))
    times = [0.0, *np.geomspace(SHORTEST * usual, LONGEST * (t[-1] - t[0]), TIMES).tolist()]
    words = "correlated, as you said" if asked else "correlated, as the samples show"
    return ShapedNoise(tuple(NoiseShape(one, time) for time in times), noise, words, asked)


def _correlation_note(noise: ShapedNoise, series: Series, settings: dict[str, Any]) -> str:
    weights = np.asarray(settings["correlation_probabilities"])
    times = np.asarray(settings["correlation_times"])
    usual = float(np.median(np.diff(series.t)))
    low, middle, high = (_quantile(times, weights, p) for p in (0.1, 0.5, 0.9))
    unit = f" {series.time_unit}" if series.time_unit else ""
    groups = Groups(series.t, np.ones(len(series.t)), len(series.t))
    white = Whitening(groups, NoiseShape(np.ones(len(series.t)), middle))(np.ones(len(series.t)))
    independent = max(round(float(white @ white)), 1)
    why = "as you said"
    if not noise.asked:
        why = (
            "noise that remembers explains the samples better than any smooth signal with white "
            f"noise; {NOISE_MODEL.set_to('equal')} takes it as white"
        )
    return (
        f"the noise is correlated ({why}): over about {middle:.2g}{unit} or {middle / usual:.2g} "
        f"steps, {low:.2g} to {high:.2g}{unit} being possible; of a level, the {len(series.t)} "
        f"samples say as much as {independent} independent ones; bands and verdicts take that "
        "into account, and that slow noise looks like signal"
    )


def _quantile(times: Sequence[float] | Array, weights: Array, share: float) -> float:
    place = int(np.searchsorted(np.cumsum(weights), share * float(np.sum(weights))))
    return float(times[min(place, len(times) - 1)])
