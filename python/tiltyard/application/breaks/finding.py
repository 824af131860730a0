"""Everything that interrupts a record, under the model of the noise that explains it best."""

from __future__ import annotations

from itertools import pairwise

from tiltyard.application.breaks.confirmation import Evidence, confirmed
from tiltyard.application.breaks.noise_scale import noise_models
from tiltyard.application.breaks.search import Interventions, find_interventions
from tiltyard.application.noise.seeming_breaks import without_seeming_breaks
from tiltyard.studies.derivatives.contract import Array


def interventions(
    t: Array, y: Array, evidence: Evidence, deviation: Array | None = None
) -> Interventions:
    """Outliers and confirmed breaks of a record.

    What even noise takes for outliers may be noise that grows with the signal. Each model of the
    noise that could be right is tried, and the one counts under which samples, outliers and
    breaks together are most likely.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    evidence : callable
        See `confirmed`.
    deviation : (n,) array or None
        Relative standard deviations of the noise, where they are known: then no others are tried,
        and it is taken as independent.
    """
    found = find_interventions(t, y, deviation)
    if deviation is None and (found.outlying.any() or found.breaks):
        best = found.gain
        for gain, relative in noise_models(t, y):
            other = find_interventions(t, y, relative)
            if gain + other.gain > best:
                best, found = gain + other.gain, other
    found = confirmed(t, y, found, evidence)
    return found if deviation is not None else without_seeming_breaks(t, y, found)


def pieces_of(found: Interventions, n: int) -> list[tuple[int, int]]:
    """First and last-plus-one sample of each piece of a record of n samples."""
    edges = [0, *(one.after for one in found.breaks), n]
    return list(pairwise(edges))
