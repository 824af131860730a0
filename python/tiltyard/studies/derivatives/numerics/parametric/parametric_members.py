"""The parametric members of a pool, as far as they can be had."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.parametric.exponential_terms import exponential_fits
from tiltyard.studies.derivatives.numerics.parametric.parametric_fit import Indices, ParametricFit
from tiltyard.studies.derivatives.numerics.parametric.parametric_member import ParametricMember
from tiltyard.studies.derivatives.numerics.parametric.rational_terms import rational_fits
from tiltyard.studies.derivatives.numerics.warped.left_out import LeftOut

Fits = Callable[[Array, Array, Indices], tuple[ParametricFit, ParametricFit]]

KINDS: dict[str, Fits] = {"rational": rational_fits, "exponentials": exponential_fits}
FAR_WORSE = 40.0  # nats behind the best process at which a member is left out


def parametric_members(
    x: Array, y: Array, few: Indices, noise_variance: float | None
) -> dict[str, ParametricMember]:
    """Members of all kinds whose least squares do not fail numerically.

    A fit without places is a polynomial, whatever its kind: of such members one is enough.

    Parameters
    ----------
    x, y : (n,) arrays
        Unit times in [-1/2, 1/2], and samples of mean 0 and variance 1.
    few : (m,) array
        Increasing indices of the samples that decide terms and evidence, both ends among them.
    noise_variance : float or None
        Noise variance of the samples; None if it is unknown.
    """
    members: dict[str, ParametricMember] = {}
    polynomials: set[int] = set()
    for name, fits in KINDS.items():
        try:
            with np.errstate(all="ignore"):
                decided, fit = fits(2.0 * x, y, few)
                if not len(fit.density):
                    if fit.parameters in polynomials:
                        continue
                    polynomials.add(fit.parameters)
                members[name] = ParametricMember(decided, fit, y[few], noise_variance)
        except np.linalg.LinAlgError:
            continue
    return members


def tenable(
    members: dict[str, ParametricMember], evidence: float, left_out: Sequence[LeftOut]
) -> dict[str, tuple[ParametricMember, float]]:
    """Members that explain the samples, each with the nats that it is `behind` the processes.

    A member is left out if its own evidence, or its density of samples left out, is `FAR_WORSE`
    than that of the best process. Evidence alone does not see that a record is undersampled: then
    a few tones can go through all samples, and predict none of those left out.

    Parameters
    ----------
    members : dict
        Members by name.
    evidence : float
        Least negative log evidence of the processes.
    left_out : sequence of LeftOut
        What each process expects of the same samples left out.
    """
    close = {n: m for n, m in members.items() if m.evidence - evidence <= FAR_WORSE}
    rated = {name: (member, member.behind(left_out)) for name, member in close.items()}
    return {name: pair for name, pair in rated.items() if pair[1] <= FAR_WORSE}
