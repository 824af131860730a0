"""Samples seen without their level, and a member's function seen in them.

What is left of n samples without their mean are m = n - 1 contrasts. Their distribution does not
depend on the level, whose prior is flat: it is the restricted likelihood of Patterson & Thompson
(1971). One singular value decomposition of a member's functions in the space of contrasts gives
the likelihood of any noise ratio: the factor is decomposed, not the covariance, so that ratios of
variances down to 1e-26 keep their digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.averaged.groups import Groups
from tiltyard.studies.derivatives.numerics.averaged.members import Member
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import Whitening

#: Added to correlations of 1, that they have factors.
JITTER = 1e-9


class Scatter(NamedTuple):
    """What samples say of the noise by themselves, such as those that repeat one another.

    Attributes
    ----------
    squares : float
        Sum of squares, in the unit of the whitened samples.
    degrees : int
        Its degrees of freedom.
    """

    squares: float = 0.0
    degrees: int = 0


class Contrasts:
    """Samples with white noise, without their level.

    Parameters
    ----------
    groups : Groups
        Of the samples, with times in [-1/2, 1/2].
    z : (n,) array
        Samples.
    whitening : Whitening or None
        What makes the noise of the groups' means white; None where it is.
    scatter : Scatter
        What else is known of the noise.

    Attributes
    ----------
    groups : Groups
    scatter : Scatter
    degrees : int
        Degrees of freedom, those of the scatter included.
    size : float
        Norm of the constant 1, made white.
    level : float
        The samples' coordinate along it.
    across : (m - 1,) array
        Their coordinates in an orthonormal basis of the contrasts.
    measure : float
        Logarithm of the ratio of the likelihoods of the samples and of these coordinates.
    """

    def __init__(
        self,
        groups: Groups,
        z: Array,
        whitening: Whitening | None = None,
        scatter: Scatter | None = None,
    ) -> None:
        self.groups, self._whitening = groups, whitening
        self.scatter = scatter or Scatter()
        self.degrees = len(groups) - 1 + self.scatter.degrees
        one = self._white(np.ones(len(groups)))
        self.size = float(np.linalg.norm(one))
        # The reflection that takes the constant to the first axis.
        self._mirror = one / self.size
        self._mirror[0] += 1.0
        self._mirror /= math.sqrt(self._mirror[0])
        self.level, self.across = self.divided(groups.means(z))
        log_det = 0.0 if whitening is None else whitening.log_det
        self.measure = log_det - math.log(self.size)

    def divided(self, means: Array) -> tuple[Array, Array]:
        """Coordinates (...) along the constant, and (m - 1, ...) across it, of means (m, ...)."""
        white = self._white(means)
        turned = white - np.multiply.outer(self._mirror, self._mirror @ white)
        return -turned[0], turned[1:]

    def _white(self, means: Array) -> Array:
        return means if self._whitening is None else self._whitening(means)


class Likelihood(NamedTuple):
    """Of R noise ratios.

    Attributes
    ----------
    log : (R,) array
        Logarithm, up to a constant that all members and whitenings share.
    scale : (R,) array
        Variance of the member's coefficients, or the square of the scale of Student's t.
    """

    log: Array
    scale: Array


class Spanned:
    """A member's functions at the samples, combined so that as few as needed are left.

    Combinations that no sample sees to its last digit are left out. It is worth its while where
    the samples are made white in several ways.

    Attributes
    ----------
    member : Member
    means : (m, r) array
        Means of the combinations over the groups of samples.
    combinations : (r, f) array
        Orthonormal ones of the member's f functions; None: all as they are.
    """

    def __init__(self, member: Member, groups: Groups, *, combined: bool = False) -> None:
        self.member = member
        self.means = groups.means_of_functions(member.features(groups.places, (0,))[0])
        self.combinations: Array | None = None
        if combined and self.means.shape[1]:
            V, sizes, rows = np.linalg.svd(self.means, full_matrices=False)
            kept = sizes > np.finfo(float).eps * sizes[0]
            self.means, self.combinations = V[:, kept] * sizes[kept], rows[kept]


class Seen:
    """A member's functions in the space of contrasts.

    Parameters
    ----------
    spanned : Spanned
        Of the member.
    contrasts : Contrasts
    rounding : float
        Sum of squares of the samples' rounding errors, which counts as noise.

    Attributes
    ----------
    deviations : (r,) array
        Singular values: the prior deviation that the member has in each of r directions. In the
        others there is noise alone.
    coordinates : (r,) array
        Of the samples, in these directions.
    rest : float
        Sum of squares of the samples in the others, of their scatter and of rounding errors.
    """

    def __init__(self, spanned: Spanned, contrasts: Contrasts, rounding: float) -> None:
        self.member, self.contrasts = spanned.member, contrasts
        self._levels, across = contrasts.divided(spanned.means)
        V, self.deviations, self._directions = np.linalg.svd(across, full_matrices=False)
        if spanned.combinations is not None:
            self._directions = self._directions @ spanned.combinations
            self._levels = self._levels @ spanned.combinations
        self.coordinates = V.T @ contrasts.across
        left = contrasts.across - V @ self.coordinates
        self.rest = float(left @ left) + rounding + contrasts.scatter.squares

    def likelihood(self, ratios: Array, noise_variance: float | None) -> Likelihood:
        """Likelihood of ratios (R,) of the variances of noise and of the function.

        Without a known `noise_variance` the common variance has the prior density 1 / variance, and
        is integrated: what is left is a Student t distribution of as many degrees of freedom as
        the contrasts have.
        """
        degrees = self.contrasts.degrees
        total = np.square(self.deviations)[:, None] + ratios
        squares = (np.square(self.coordinates)[:, None] / total).sum(axis=0) + self.rest / ratios
        log_det = np.log(total).sum(axis=0) + (degrees - len(self.deviations)) * np.log(ratios)
        if noise_variance is None:
            log = -0.5 * (log_det + degrees * np.log(squares))
            return Likelihood(log + self.contrasts.measure, squares / degrees)
        scale = noise_variance / ratios
        log = -0.5 * (log_det + degrees * np.log(scale) + squares / scale)
        return Likelihood(log + self.contrasts.measure, scale)

    def predict(
        self, u: Array, orders: Sequence[int], ratios: Array, scale: Array
    ) -> tuple[Array, Array]:
        """Means and scales (R, orders, q) of derivatives at times u (q,), given noise ratios.

        Parameters
        ----------
        u : (q,) array
        orders : sequence of int
        ratios, scale : (R,) arrays
            Noise ratios, and the scale that `likelihood` gave for each.
        """
        shown = np.square(self.deviations)[:, None]
        weights = self.deviations[:, None] / (shown + ratios) * self.coordinates[:, None]
        hidden = ratios / (shown + ratios)
        means = np.empty((len(ratios), len(orders), len(u)))
        variances = np.empty_like(means)
        for row, (constant, seen, unseen) in enumerate(self._effects(u, orders)):
            means[:, row] = constant * self.contrasts.level + (seen @ weights).T
            of_level = constant**2 * ratios[:, None]
            known_apart = np.square(unseen).sum(axis=1)
            variances[:, row] = known_apart + (np.square(seen) @ hidden).T + of_level
        return means, np.sqrt(scale[:, None, None] * variances)

    def predict_jointly(
        self, u: Array, orders: Sequence[int], ratios: Array, scale: Array
    ) -> Iterator[tuple[Array, Array]]:
        """For each noise ratio means (orders, q), and scales (q, orders, orders) of all orders.

        The scales are matrices whose products with their transposes are the covariances at each
        time. Parameters as of `predict`.
        """
        shown = np.square(self.deviations)
        effects = list(self._effects(u, orders))
        constants = np.array([constant for constant, _, _ in effects])
        seen, unseen = (np.array([one[k] for one in effects]) for k in (1, 2))
        apart = np.einsum("kqf,jqf->qkj", unseen, unseen)
        for ratio, size in zip(ratios, scale, strict=True):
            weights = self.deviations / (shown + ratio) * self.coordinates
            means = constants[:, None] * self.contrasts.level + seen @ weights
            roots = seen * np.sqrt(ratio / (shown + ratio))
            covariance = apart + np.einsum("kqd,jqd->qkj", roots, roots)
            covariance += ratio * np.multiply.outer(constants, constants)
            yield means, math.sqrt(size) * _factors(covariance)

    def _effects(self, u: Array, orders: Sequence[int]) -> Iterator[tuple[float, Array, Array]]:
        """For each order what the level does, and coefficients (q, ...) seen and unseen, at u."""
        for order, columns in zip(orders, self.member.features(u, orders), strict=True):
            constant = 1.0 / self.contrasts.size if order == 0 else 0.0
            # What a coefficient does there, less what the estimated level takes of it.
            effect = columns - constant * self._levels
            seen = effect @ self._directions.T
            yield constant, seen, effect - seen @ self._directions


def _factors(covariance: Array) -> Array:
    """Lower triangular factors (q, k, k) of covariances, whose scales may differ widely."""
    sizes = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 1e-300))
    correlation = covariance / (sizes[:, :, None] * sizes[:, None, :])
    correlation += JITTER * np.eye(covariance.shape[1])
    return np.asarray(sizes[:, :, None] * np.linalg.cholesky(correlation))
