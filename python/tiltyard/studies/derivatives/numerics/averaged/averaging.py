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

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import PROBABILITIES, Array
from tiltyard.studies.derivatives.numerics.averaged.contrasts import Scatter
from tiltyard.studies.derivatives.numerics.averaged.members import Member
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import NoiseShape
from tiltyard.studies.derivatives.numerics.averaged.posterior import Posterior, posterior
from tiltyard.studies.derivatives.numerics.averaged.student import student
from tiltyard.studies.derivatives.numerics.averaged.weighing import Indices
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.warped.mixture import mixture_quantile

#: Times that are handled together: memory grows with them.
TOGETHER = 2_000
#: Neighbouring noise ratios of a member are one distribution in the mixture, of their mean and
#: variance, until their probability is this.
ALIKE = 0.01


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

    Where the noise has a shape and samples are more than 240, means of neighbours are averaged.

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
    if unit_samples(y).spread == 0.0:
        return _all_equal(float(y[0]), len(t_eval), orders)
    return summarised(posterior(t, y, noise, members, ratios, shapes, scatter), t_eval, orders)


def summarised(found: Posterior, t_eval: Array, orders: Sequence[int]) -> Averaged:
    """Medians, deviations and quantiles of a posterior; for the parameters see `average`."""
    parts = [
        _Mixture(found, t_eval[first : first + TOGETHER], orders).summary()
        for first in range(0, len(t_eval), TOGETHER)
    ]
    values, deviations, quantiles = (
        np.concatenate(one, axis=-1) for one in zip(*parts, strict=True)
    )
    unit = found.unit(orders)[:, None]
    level = found.samples.mean * (np.asarray(orders) == 0)[:, None]
    return Averaged(
        unit * values + level,
        unit * deviations,
        np.sort(unit * quantiles + level, axis=0),
        found.noise,
        *found.probabilities,
    )


def _all_equal(level: float, times: int, orders: Sequence[int]) -> Averaged:
    """Of samples that have one value."""
    values = np.repeat(level * (np.asarray(orders) == 0)[:, None], times, axis=1)
    quantiles, one = np.tile(values, (len(PROBABILITIES), 1, 1)), np.ones(1)
    return Averaged(values, np.zeros_like(values), quantiles, 0.0, ("polynomial_0",), one, one)


class _Mixture:
    """What the parts say of derivatives (orders, q), as distributions of one shape."""

    def __init__(self, found: Posterior, t_eval: Array, orders: Sequence[int]) -> None:
        self.parts = parts = found.parts
        degrees, at = found.degrees, found.inside(t_eval)
        self.shape = student(degrees)
        #: Variance of a distribution of scale 1.
        self.variance = 1.0 if degrees is None else degrees / (degrees - 2.0)
        self.means = np.empty((len(parts.member), len(orders), len(at)))
        self.scales = np.empty_like(self.means)
        for number in np.unique(parts.member):
            own = parts.member == number
            self.means[own], self.scales[own] = found.seen[number].predict(
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
        begins = member[i] != member[i - 1] or together > ALIKE
        group[i] = group[i - 1] + begins
        if begins:
            together = float(probabilities[i])
    return group
