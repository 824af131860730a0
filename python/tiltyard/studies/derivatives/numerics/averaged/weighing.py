"""How much each member counts with each of its noise ratios.

Likelihoods are tempered in the bands (Grünwald & van Ommen 2017): no member is quite right, and
likelihoods would exclude too many. The power, like the priors, was chosen by the coverage of the
bands on development signals, see `members`. Noise ratios have a Cauchy prior in their logarithm:
they are around two percent, and exact samples are not excluded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.averaged.contrasts import Contrasts, Seen, Spanned
from tiltyard.studies.derivatives.numerics.averaged.members import Member

Indices = NDArray[np.intp]

#: Centre, and half width of the logarithm, of the prior of ratios of the deviations of noise and
#: function.
NOISE = (0.02, 2.0)
LEAST, MOST = 1e-9, 10.0  # of these ratios
#: Largest and smallest deviation of the function where noise is known: logs, of the samples' own.
AROUND = (9.0, 7.0)
STEP = 0.5  # between logs of ratios, at most
STANDARD_ERRORS = 1.75  # and at most so many standard errors of them
IN_ESTIMATE, IN_BANDS = 1.2, 0.8  # powers of the likelihood
NEGLIGIBLE = 0.003  # probability that is left out, as of the least probable parts
FAR = 20.0  # nats by which a member may be behind another, at most


class Ratios(NamedTuple):
    """Ratios (R,) of the variances of noise and function, and logs of prior probabilities."""

    values: Array
    log_prior: Array


class View(NamedTuple):
    """The samples under one shape of their noise.

    Attributes
    ----------
    contrasts : Contrasts
        Of samples of deviation 1.
    rounding : float
        Sum of squares of their rounding errors, made white as they are.
    """

    contrasts: Contrasts
    rounding: float

    def rest_of(self, member: Member) -> float:
        """Sum of squares of what the member leaves of the samples."""
        return Seen(Spanned(member, self.contrasts.groups), self.contrasts, 0.0).rest


class Parts(NamedTuple):
    """Members under one shape of the noise, with one of their noise ratios each.

    Attributes
    ----------
    member : (parts,) array of int
        Which member it is; under the second shape, numbers go on.
    ratio, scale : (parts,) arrays
        Its ratio of variances, and its scale as of `Likelihood`.
    in_estimate, in_bands : (parts,) arrays
        Its probabilities, each of sum 1.
    """

    member: Indices
    ratio: Array
    scale: Array
    in_estimate: Array
    in_bands: Array


def usual_ratios(degrees: int, noise_variance: float | None) -> Ratios:
    """The grid of ratios for samples of deviation 1 with these degrees of freedom."""
    high, low = math.log(MOST), math.log(LEAST)
    if noise_variance is not None:
        noise = 0.5 * math.log(noise_variance)
        low, high = noise - AROUND[0], noise + AROUND[1]
    step = min(STEP, STANDARD_ERRORS / math.sqrt(degrees))
    logs = np.linspace(low, high, math.ceil((high - low) / step) + 1)
    prior = 1.0 / (1.0 + np.square((logs - math.log(NOISE[0])) / NOISE[1]))
    return Ratios(np.exp(2.0 * logs), np.log(prior / prior.sum()))


#: A constant alone has noise, and nothing to compare it with.
ALONE = Ratios(np.ones(1), np.zeros(1))


def weigh(
    members: Sequence[Member],
    views: Sequence[View],
    ratios: Ratios,
    noise_variance: float | None,
) -> tuple[dict[int, Seen], Parts]:
    """What can count of the members, by their numbers, and its parts in ascending order of these.

    Parameters
    ----------
    members : sequence of Member
    views : sequence of View
        The samples under each shape that the noise may have, all equally probable.
    ratios : Ratios
    noise_variance : float or None
        Variance of the noise, if it is known.
    """
    remembered: dict[int, Seen] = {}
    found, highest = [], -math.inf
    several = len(views) > 1
    for place, member in enumerate(members):
        spanned = Spanned(member, views[0].contrasts.groups, combined=several)
        for shape, view in enumerate(views):
            number = shape * len(members) + place
            seen = Seen(spanned, view.contrasts, view.rounding)
            own = ratios if len(seen.deviations) else ALONE
            likelihood = seen.likelihood(own.values, noise_variance)
            prior = own.log_prior + math.log(member.probability)
            best = float((prior + IN_BANDS * likelihood.log).max())
            if best > highest - FAR:
                highest = max(highest, best)
                remembered[number] = seen
                numbers = np.full(len(prior), number, dtype=np.intp)
                found.append((numbers, own.values, likelihood.scale, prior, likelihood.log))
    found.sort(key=lambda one: int(one[0][0]))
    which, ratio, scale, prior, log = (np.concatenate(part) for part in zip(*found, strict=True))
    in_bands = _probabilities(prior + IN_BANDS * log)
    kept = _probable(in_bands)
    in_estimate = _probabilities((prior + IN_ESTIMATE * log)[kept])
    in_bands = in_bands[kept] / in_bands[kept].sum()
    return remembered, Parts(which[kept], ratio[kept], scale[kept], in_estimate, in_bands)


def _probabilities(log: Array) -> Array:
    weights = np.exp(log - log.max())
    return np.asarray(weights / weights.sum())


def _probable(probabilities: Array) -> Indices:
    """Indices, ascending, of the parts without the least probable ones."""
    ascending = np.argsort(probabilities, kind="stable")
    return np.asarray(
        np.sort(ascending[np.cumsum(probabilities[ascending]) >= NEGLIGIBLE]), dtype=np.intp
    )
