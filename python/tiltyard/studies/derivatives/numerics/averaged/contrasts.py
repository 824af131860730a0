"""Samples seen without their level, and a member's function seen in them.

What is left of n samples without their mean are m = n - 1 contrasts. Their distribution does not
depend on the level, whose prior is flat: it is the restricted likelihood of Patterson & Thompson
(1971). One singular value decomposition of a member's functions in the space of contrasts gives
the likelihood of any noise ratio: the factor is decomposed, not the covariance, so that ratios of
variances down to 1e-26 keep their digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.averaged.members import Member


class Contrasts:
    """The samples without their level.

    Parameters
    ----------
    u, z : (n,) arrays
        Times in [-1/2, 1/2] and samples.

    Attributes
    ----------
    u : (n,) array
    degrees : int
        Degrees of freedom, n - 1.
    constant : (n,) array
        The constant of norm 1.
    basis : (n, n - 1) array
        An orthonormal basis of the contrasts.
    level : float
        Coordinate of the samples along the constant.
    across : (n - 1,) array
        Their coordinates in the basis.
    """

    def __init__(self, u: Array, z: Array) -> None:
        self.u, self.degrees = u, len(u) - 1
        Q, _ = np.linalg.qr(np.ones((len(u), 1)), mode="complete")
        self.constant, self.basis = np.full(len(u), len(u) ** -0.5), Q[:, 1:]
        self.level, self.across = float(self.constant @ z), self.basis.T @ z


class Likelihood(NamedTuple):
    """Of R noise ratios.

    Attributes
    ----------
    log : (R,) array
        Logarithm, up to a constant that all members share.
    scale : (R,) array
        Variance of the member's coefficients, or the square of the scale of Student's t.
    """

    log: Array
    scale: Array


class Seen:
    """A member's functions in the space of contrasts.

    Parameters
    ----------
    member : Member
    contrasts : Contrasts
    rounding : float
        Sum of squares of the samples' rounding errors, which counts as noise.

    Attributes
    ----------
    deviations : (r,) array
        Singular values: the prior deviation that the member has in each of r directions. In the
        other n - 1 - r directions there is noise alone.
    coordinates : (r,) array
        Of the samples, in these directions.
    rest : float
        Sum of squares of the samples in the others, and of rounding errors.
    """

    def __init__(self, member: Member, contrasts: Contrasts, rounding: float) -> None:
        self.member, self.contrasts = member, contrasts
        columns = member.features(contrasts.u, (0,))[0]
        V, self.deviations, self._directions = np.linalg.svd(
            contrasts.basis.T @ columns, full_matrices=False
        )
        self._levels = contrasts.constant @ columns
        self.coordinates = V.T @ contrasts.across
        left = contrasts.across - V @ self.coordinates
        self.rest = float(left @ left) + rounding

    def likelihood(self, ratios: Array, noise_variance: float | None) -> Likelihood:
        """Likelihood of ratios (R,) of the variances of noise and of the function.

        Without a known `noise_variance` the common variance has the prior density 1 / variance, and
        is integrated: what is left is a Student t distribution of n - 1 degrees of freedom.
        """
        degrees = self.contrasts.degrees
        total = np.square(self.deviations)[:, None] + ratios
        squares = (np.square(self.coordinates)[:, None] / total).sum(axis=0) + self.rest / ratios
        log_det = np.log(total).sum(axis=0) + (degrees - len(self.deviations)) * np.log(ratios)
        if noise_variance is None:
            return Likelihood(-0.5 * (log_det + degrees * np.log(squares)), squares / degrees)
        scale = noise_variance / ratios
        return Likelihood(-0.5 * (log_det + degrees * np.log(scale) + squares / scale), scale)

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
        for row, columns in enumerate(self.member.features(u, orders)):
            constant = self.contrasts.constant[0] if orders[row] == 0 else 0.0
            # What a coefficient does there, less what the estimated level takes of it.
            effect = columns - constant * self._levels
            seen = effect @ self._directions.T
            unseen = np.square(effect - seen @ self._directions).sum(axis=1)
            means[:, row] = constant * self.contrasts.level + (seen @ weights).T
            of_level = constant**2 * ratios[:, None]
            variances[:, row] = unseen + (np.square(seen) @ hidden).T + of_level
        return means, np.sqrt(scale[:, None, None] * variances)
