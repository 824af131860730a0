"""What is known of the noise of each sample: standard errors, weights, and samples that repeat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.options import NOISE_COLUMN, WEIGHTS
from tiltyard.application.sequence import UnusableData
from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.averaged.contrasts import Scatter


@dataclass(frozen=True, eq=False)
class SampleNoise:
    """Noise of n samples.

    Attributes
    ----------
    deviations : (n,) array
        Standard deviations, all positive: in the signal's unit if `absolute`, else relative to each
        other.
    absolute : bool
    scatter : Scatter or None
        What repeated samples say of the noise, at the relative deviation 1 [signal²].
    words : str
        Where it is from, for the report.
    """

    deviations: Array
    absolute: bool
    words: str
    scatter: Scatter | None = None

    def taken(self, rows: NDArray[Any]) -> SampleNoise:
        """That of some samples."""
        return replace(self, deviations=self.deviations[rows])


def from_standard_errors(errors: Array, samples: Array, name: str) -> SampleNoise:
    """The noise as standard errors (n,) of samples (n,), whose missing ones need none.

    Raises
    ------
    UnusableData
        If there is not one for each sample, or one is not positive and finite.
    """
    _check(errors, samples, name, f"standard error ({NOISE_COLUMN})")
    return SampleNoise(errors, absolute=True, words="as you gave it for each sample")


def from_weights(weights: Array, samples: Array, name: str) -> SampleNoise:
    """The noise as weights (n,), to which the variances are inversely proportional.

    Raises
    ------
    UnusableData
        As of `from_standard_errors`.
    """
    _check(weights, samples, name, f"weight ({WEIGHTS})")
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = 1.0 / np.sqrt(weights)
    return SampleNoise(deviations, absolute=False, words="under the weights that you gave")


def _check(values: Array, samples: Array, name: str, what: str) -> None:
    if values.shape != samples.shape:
        raise UnusableData(
            f"{name}: {len(np.atleast_1d(samples))} samples, and for the {what} an array of shape "
            f"{values.shape}: give one for each sample"
        )
    bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)) & ~np.isnan(samples))
    if bad.size:
        raise UnusableData(
            f"{name}: the {what} of row {bad[0] + 1} is {values[bad[0]]:g}, and has to be above 0 "
            "and finite; remove the row, or make its sample missing"
        )


#: Share of repeated times below which means count as single samples: it changes little, and leaves
#: the choice of the estimator.
FEW = 0.1


def averaged(
    place: NDArray[np.intp], y: Array, noise: SampleNoise | None
) -> tuple[Array, SampleNoise | None]:
    """Means of samples that repeat one another, and the noise of the means.

    The mean of k samples has 1/sqrt(k) of their noise; under different deviations it is weighted.
    How samples of the same time scatter about their mean tells the noise by itself. Where they are
    all equal, they are copies, and where few times are repeated, little changes: then the noise is
    that of single samples.

    Parameters
    ----------
    place : (n,) array of int
        Which mean each sample belongs to, from 0.
    y : (n,) array
        Samples [signal].
    noise : SampleNoise or None
        Of the samples; None: all have the same.
    """
    precision = np.ones(len(y)) if noise is None else 1.0 / np.square(noise.deviations)
    total, count = np.bincount(place, precision), np.bincount(place)
    middle = np.bincount(place, y) / count  # so that differences keep their digits
    means = middle + np.bincount(place, precision * (y - middle[place])) / total
    deviations = 1.0 / np.sqrt(total)
    if noise is not None and noise.absolute:
        words = f"{noise.words}, and less for means of several"
        return means, SampleNoise(deviations, absolute=True, words=words)
    left = y - means[place]
    if noise is None and (np.mean(count > 1) < FEW or not np.any(left)):
        return means, None
    scatter = Scatter(float(precision @ np.square(left)), len(y) - len(total))
    return means, SampleNoise(
        deviations, absolute=False, words="of the means of repeated samples", scatter=scatter
    )


def repeated_notes(rows: int, times: int, noise: SampleNoise | None) -> list[str]:
    """What was done with samples of the same time, in plain words.

    Parameters
    ----------
    rows, times : int
        Number of samples, and of different times.
    noise : SampleNoise or None
        Of the means.
    """
    said = f"{rows - times} samples were averaged with others of the same time"
    if noise is None or noise.scatter is None:
        return [said]
    deviation = np.sqrt(noise.scatter.squares / noise.scatter.degrees)
    usual = "" if np.ptp(noise.deviations) else f", each of {rows / times:g}"
    return [
        f"{said}: {times} means{usual}; samples of the same time scatter by {deviation:.3g} "
        f"({noise.scatter.degrees} degrees of freedom), and the mean of k of them has 1/√k of that"
    ]
