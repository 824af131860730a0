"""Gaussian processes and parametric members as one pool."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.parametric.parametric_member import ParametricMember
from tiltyard.studies.derivatives.numerics.parametric.parametric_members import tenable
from tiltyard.studies.derivatives.numerics.warped.members import Members
from tiltyard.studies.derivatives.numerics.warped.posterior import Posterior


class Joined(NamedTuple):
    """Members of a pool, of both kinds, in one sequence.

    Attributes
    ----------
    names : list of str
        Names of the members.
    posteriors : list of Posterior or ParametricMember
        Their derivatives given the samples.
    evidence, surprise : (members,) array
        Negative log evidences, and negative log densities of the samples left out; those of a
        parametric member are the best process's and what it is behind, see
        `ParametricMember.behind`.
    """

    names: list[str]
    posteriors: list[Posterior | ParametricMember]
    evidence: Array
    surprise: Array


def join(
    members: Members, processes: list[Posterior], others: dict[str, ParametricMember]
) -> Joined:
    """Join processes and those parametric members that explain the samples about as well."""
    left_out = [process.left_out() for process in processes]
    surprise = [one.surprise() for one in left_out]
    kept = tenable(others, float(members.evidence.min()), left_out)
    return Joined(
        [*members.optima, *kept],
        [*processes, *(member for member, _ in kept.values())],
        np.array([*members.evidence, *(member.evidence for member, _ in kept.values())]),
        np.array([*surprise, *(min(surprise) + behind for _, behind in kept.values())]),
    )
