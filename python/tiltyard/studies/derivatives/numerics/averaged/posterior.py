"""Members, shapes of the noise and noise ratios, each with its posterior probability."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.averaged.contrasts import Contrasts, Scatter, Seen
from tiltyard.studies.derivatives.numerics.averaged.groups import Groups
from tiltyard.studies.derivatives.numerics.averaged.members import (
    Member,
    members_for,
    polynomial,
)
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import NoiseShape, Whitening
from tiltyard.studies.derivatives.numerics.averaged.weighing import (
    Parts,
    Ratios,
    View,
    usual_ratios,
    weigh,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples

FEWEST = 5  # samples
LOWEST_NOISE = 1e-9  # of the samples' spread: a known noise below it counts as this


@dataclass(frozen=True, eq=False)
class Posterior:
    """What samples say of members, shapes and noise ratios together.

    Attributes
    ----------
    start, duration : float
        First time, and length of the record [time].
    samples : UnitSamples
    members : sequence of Member
    views : sequence of View
        One for each shape of the noise.
    seen : mapping of int to Seen
        What counts of the members, under each shape, by the numbers of the parts.
    parts : Parts
    degrees : int or None
        Degrees of freedom of the parts' Student t distributions; None: they are normal, since the
        noise is known.
    """

    start: float
    duration: float
    samples: UnitSamples
    members: Sequence[Member]
    views: Sequence[View]
    seen: Mapping[int, Seen]
    parts: Parts
    degrees: int | None

    def inside(self, t: Array) -> Array:
        """Times [time] as times in [-1/2, 1/2]."""
        return (t - (self.start + 0.5 * self.duration)) / self.duration

    def unit(self, orders: Sequence[int]) -> Array:
        """What derivatives (orders,) of unit samples are in the units of the samples."""
        powers = -np.asarray(orders, dtype=float)
        return np.asarray(self.samples.spread * self.duration**powers)

    @property
    def noise(self) -> float:
        """Standard deviation of noise of the relative deviation 1 [signal]."""
        variance = float(self.parts.in_bands @ (self.parts.scale * self.parts.ratio))
        return self.samples.spread * math.sqrt(variance)

    @property
    def probabilities(self) -> tuple[tuple[str, ...], Array, Array]:
        """Names and probabilities of the members that count, and probabilities of the shapes."""
        size = len(self.views) * len(self.members)
        both = np.bincount(self.parts.member, self.parts.in_bands, size).astype(float)
        by_view, by_member = (both.reshape(len(self.views), -1).sum(axis=k) for k in (1, 0))
        counts = np.flatnonzero(by_member)
        return tuple(self.members[int(i)].name for i in counts), by_member[counts], by_view


def posterior(
    t: Array,
    y: Array,
    noise: float | None,
    members: Sequence[Member] | None,
    ratios: Array | None,
    shapes: Sequence[NoiseShape],
    scatter: Scatter | None,
) -> Posterior:
    """The posterior of samples that are not all equal; for the parameters see `average`.

    Raises
    ------
    ValueError
        If there are fewer than 5 samples.
    """
    if len(t) < FEWEST:
        raise ValueError(f"{len(t)} samples; at least {FEWEST} are needed")
    samples = unit_samples(y)
    duration = float(t[-1] - t[0])
    u = (t - (t[0] + 0.5 * duration)) / duration
    known = None if noise is None else _noise_variance(noise, samples)
    apart = _scaled(scatter, samples.spread)
    views = _views(u, samples, shapes, duration, apart)
    groups, degrees = views[0].contrasts.groups, views[0].contrasts.degrees
    if members is None:
        line = polynomial(1, u, 1.0)
        straight = not apart.degrees and views[0].rest_of(line) <= samples.floor
        members = [line] if straight else members_for(groups.centres)
    grid = usual_ratios(degrees, known)
    if ratios is not None:
        grid = Ratios(np.square(ratios), np.full(len(ratios), -math.log(len(ratios))))
    seen, parts = weigh(members, views, grid, known)
    degrees_of_parts = None if known else degrees
    start = float(t[0])
    return Posterior(start, duration, samples, members, views, seen, parts, degrees_of_parts)


def _views(
    u: Array,
    samples: UnitSamples,
    shapes: Sequence[NoiseShape],
    duration: float,
    scatter: Scatter,
) -> list[View]:
    """The samples seen under each shape of the noise; white noise if there is none."""
    if not shapes:
        white = Contrasts(Groups(u, np.ones(len(u)), len(u)), samples.z, scatter=scatter)
        return [View(white, samples.floor)]
    precisions = 1.0 / np.square(shapes[0].deviations)
    groups = Groups(u, precisions)
    floor = samples.floor * float(np.mean(precisions))
    found = []
    for shape in shapes:
        whitening = Whitening(groups, NoiseShape(shape.deviations, shape.time / duration))
        found.append(View(Contrasts(groups, samples.z, whitening, scatter), floor))
    return found


def _scaled(scatter: Scatter | None, spread: float) -> Scatter:
    if scatter is None:
        return Scatter()
    return Scatter(scatter.squares / spread**2, scatter.degrees)


def _noise_variance(noise: float, samples: UnitSamples) -> float:
    """Variance of a known noise [spread of the samples squared], not below that of rounding."""
    rounding = samples.floor / len(samples.z)
    return max((noise / samples.spread) ** 2, LOWEST_NOISE**2, rounding)
