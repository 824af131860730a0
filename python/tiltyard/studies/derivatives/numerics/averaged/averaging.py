"""Derivatives averaged over what is unknown: arrays in, arrays out.

With 8 samples a likelihood hardly tells noise from a fast signal, and its maximum is often at one
of the extremes. So nothing is maximised: each member (a polynomial, or a process of a length scale)
with each of its noise ratios counts by its posterior probability. The common variance is integrated
in closed form, and what a member says is then a Student t distribution of n - 1 degrees of freedom.
The answer is the mixture of these: its median, and its quantiles.

Noise that is not white is made white first. Where its shape is one of several, each of them counts
with each member in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import PROBABILITIES, Array
from tiltyard.studies.derivatives.numerics.averaged.contrasts import Contrasts, Scatter, Seen
from tiltyard.studies.derivatives.numerics.averaged.groups import Groups
from tiltyard.studies.derivatives.numerics.averaged.members import (
    Member,
    members_for,
    polynomial,
)
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import NoiseShape, Whitening
from tiltyard.studies.derivatives.numerics.averaged.student import student
from tiltyard.studies.derivatives.numerics.averaged.weighing import (
    Indices,
    Parts,
    Ratios,
    View,
    usual_ratios,
    weigh,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples
from tiltyard.studies.derivatives.numerics.warped.mixture import mixture_quantile

FEWEST = 5  # samples
LOWEST_NOISE = 1e-9  # of the samples' spread: a known noise below it counts as this
#: Neighbouring noise ratios of a member are one distribution in the mixture, of their mean and
#: variance, until their probability is this.
TOGETHER = 0.01


class Averaged(NamedTuple):
    """An average over members, shapes of the noise and noise ratios.

    Attributes
    ----------
    values, deviations : (orders, q) arrays
        Medians of the derivatives, and root mean square deviations from them [signal / time**k].
    quantiles : (4, orders, q) array
        At `PROBABILITIES`.
    noise : float
        Standard deviation of noise of the relative deviation 1 [signal].
    members : tuple of str
        Names of the members that count.
    probabilities : (members,) array
        Their probabilities in the bands, of sum 1.
    shapes : (shapes,) array
        Probabilities of the shapes of the noise in the bands, of sum 1.
    """

    values: Array
    deviations: Array
    quantiles: Array
    noise: float
    members: tuple[str, ...]
    probabilities: Array
    shapes: Array


def average(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: Sequence[int],
    noise: float | None = None,
    members: Sequence[Member] | None = None,
    ratios: Array | None = None,
    shapes: Sequence[NoiseShape] = (),
    scatter: Scatter | None = None,
) -> Averaged:
    """Average derivatives over members and their noise ratios.

    Of more than 300 samples, means of neighbours are averaged.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time] and samples [signal], n >= 5.
    t_eval : (q,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : sequence of int
        Orders of the derivatives, 0 to 7.
    noise : float or None
        Standard deviation of the noise [signal], if it is known, of samples of the relative
        deviation 1; 0 interpolates, to 1e-9 of the samples' spread, or to their rounding errors.
    members : sequence of Member or None
        For times in [-1/2, 1/2]; `members_for` these times if None.
    ratios : (R,) array or None
        Ratios of the deviations of noise and function, equally probable; those of `usual_ratios` if
        None.
    shapes : sequence of NoiseShape
        Shapes that the noise may have, equally probable, of one set of deviations; white if empty.
    scatter : Scatter or None
        What samples say of the noise besides, with the relative deviation 1 [signal²].

    Returns
    -------
    Averaged

    Raises
    ------
    ValueError
        If there are fewer than 5 samples.
    """
    if len(t) < FEWEST:
        raise ValueError(f"{len(t)} samples; at least {FEWEST} are needed")
    samples = unit_samples(y)
    if samples.spread == 0.0:
        return _all_equal(samples.mean, len(t_eval), orders)
    duration = float(t[-1] - t[0])
    centre = t[0] + 0.5 * duration
    u, at = (t - centre) / duration, (t_eval - centre) / duration
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
    mixture = _Mixture(seen, parts, at, orders, None if known else degrees)
    values, deviations, quantiles = mixture.summary()
    unit = samples.spread * duration ** -np.asarray(orders, dtype=float)[:, None]
    level = samples.mean * (np.asarray(orders) == 0)[:, None]
    by_both = np.bincount(parts.member, parts.in_bands, len(views) * len(members))
    by_view, by_member = (by_both.reshape(len(views), -1).sum(axis=k) for k in (1, 0))
    counts = np.flatnonzero(by_member)
    return Averaged(
        unit * values + level,
        unit * deviations,
        np.sort(unit * quantiles + level, axis=0),
        samples.spread * math.sqrt(float(parts.in_bands @ (parts.scale * parts.ratio))),
        tuple(members[int(number)].name for number in counts),
        by_member[counts],
        by_view,
    )


def _views(
    u: Array,
    samples: UnitSamples,
    shapes: Sequence[NoiseShape],
    duration: float,
    scatter: Scatter,
) -> list[View]:
    """The samples seen under each shape of the noise; white noise if there is none."""
    if not shapes:
        white = Contrasts(Groups(u, np.ones(len(u))), samples.z, scatter=scatter)
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


def _all_equal(level: float, times: int, orders: Sequence[int]) -> Averaged:
    """Of samples that have one value."""
    values = np.repeat(level * (np.asarray(orders) == 0)[:, None], times, axis=1)
    quantiles, one = np.tile(values, (len(PROBABILITIES), 1, 1)), np.ones(1)
    return Averaged(values, np.zeros_like(values), quantiles, 0.0, ("polynomial_0",), one, one)


def _noise_variance(noise: float, samples: UnitSamples) -> float:
    """Variance of a known noise [spread of the samples squared], not below that of rounding."""
    rounding = samples.floor / len(samples.z)
    return max((noise / samples.spread) ** 2, LOWEST_NOISE**2, rounding)


class _Mixture:
    """What the parts say of derivatives (orders, q), as distributions of one shape.

    `degrees` are those of Student's t, or None: the distributions are normal.
    """

    def __init__(
        self,
        seen: Mapping[int, Seen],
        parts: Parts,
        at: Array,
        orders: Sequence[int],
        degrees: int | None,
    ) -> None:
        self.parts = parts
        self.shape = student(degrees)
        #: Variance of a distribution of scale 1.
        self.variance = 1.0 if degrees is None else degrees / (degrees - 2.0)
        self.means = np.empty((len(parts.member), len(orders), len(at)))
        self.scales = np.empty_like(self.means)
        for number in np.unique(parts.member):
            own = parts.member == number
            self.means[own], self.scales[own] = seen[number].predict(
                at, orders, parts.ratio[own], parts.scale[own]
            )

    def summary(self) -> tuple[Array, Array, Array]:
        """Medians, root mean square deviations from them, and quantiles at `PROBABILITIES`."""
        parts = self.parts
        group = grouped(parts.member, parts.in_bands)
        median = mixture_quantile(*self._merged(group, parts.in_estimate), self.shape, 0.5)
        squares = self.variance * np.square(self.scales) + np.square(self.means - median)
        merged = self._merged(group, parts.in_bands)
        quantiles = [mixture_quantile(*merged, self.shape, p) for p in PROBABILITIES]
        deviations = np.sqrt(np.tensordot(parts.in_bands, squares, 1))
        return median, deviations, np.array(quantiles)

    def _merged(self, group: Indices, weights: Array) -> tuple[Array, Array, Array]:
        """Means, scales and weights of the groups' distributions, by the law of total variance."""
        total = np.bincount(group, weights).astype(float)
        share = np.zeros((len(total), len(group)))
        # A group that has no weight has the mean of its parts.
        share[group, np.arange(len(group))] = np.where(total[group] > 0.0, weights, 1.0)
        share /= share.sum(axis=1, keepdims=True)
        means = np.tensordot(share, self.means, 1)
        squares = np.square(self.scales) + np.square(self.means - means[group]) / self.variance
        return means, np.sqrt(np.tensordot(share, squares, 1)), total[:, None, None]


def grouped(member: Indices, probabilities: Array) -> Indices:
    """Group (parts,) of each part: neighbours of one member whose probability is little together.

    Parts come in ascending order of their members, and groups are numbered from 0.
    """
    group = np.zeros(len(member), dtype=np.intp)
    together = float(probabilities[0])
    for i in range(1, len(member)):
        together += float(probabilities[i])
        begins = member[i] != member[i - 1] or together > TOGETHER
        group[i] = group[i - 1] + begins
        if begins:
            together = float(probabilities[i])
    return group
