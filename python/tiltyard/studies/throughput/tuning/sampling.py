"""How large samples have to be: large enough to outweigh a start, small enough for the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Share of the work that is tried first, and by how much the next one is larger.
LEAST, GROWTH = 1 / 1024, 4.0
#: Share of the larger sample that the smaller one has.
SMALLER = 0.25
#: Wall time beyond that of the first sample at which a sample is large enough, as a share of the
#: time there is for everything.
ENOUGH = 1 / 40
#: Share of the time that is spent on finding the size.
SEARCH = 0.4


@dataclass(frozen=True)
class Sizes:
    """Shares of the work that are measured, the smaller one first; (1,) if all of it is small."""

    shares: tuple[float, ...]

    @property
    def whole(self) -> bool:
        """Whether the larger one is all of the work."""
        return self.shares[-1] >= 1.0


def find_sizes(wall_of: Callable[[float], float], budget: float) -> Sizes:
    """Sizes of samples whose differences can be measured.

    Parameters
    ----------
    wall_of : callable
        Function that launches a sample of a share of the work and returns its wall time [s].
    budget : float
        Time for the whole of the tuning [s].

    Raises
    ------
    ValueError
        If even the smallest sample takes more time than there is.
    """
    share = LEAST
    first = wall_of(share)
    spent = last = first
    while share < 1.0 and last - first < ENOUGH * budget:
        expected = first + GROWTH * max(last - first, 0.0)
        if spent + expected > SEARCH * budget:
            break
        share = min(1.0, GROWTH * share)
        last = wall_of(share)
        spent += last
    if share == LEAST and first > SEARCH * budget:
        raise ValueError(
            f"a thousandth of the work already takes {first:.0f} s: give more time with --budget"
        )
    if share >= 1.0 and last < 2 * ENOUGH * budget:
        return Sizes((1.0,))
    return Sizes((share * SMALLER, share))


def number_of_rounds(walls: Sequence[float], left: float, least: int, most: int) -> int:
    """Rounds for which the time that is `left` suffices, if one takes the sum of `walls` [s]."""
    return max(least, min(most, int(left / max(sum(walls), 1e-3))))
