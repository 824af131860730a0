"""How large samples have to be: large enough to outweigh a start, small enough for the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Share of the work that is tried first, and by how much the next one is larger.
LEAST, GROWTH = 1 / 1024, 4.0
#: Share of the larger sample that the smaller one has.
SMALLER = 0.25
#: Part of the first sample's CPU below which more is hidden in noise: then the next is larger yet.
HIDDEN = 0.1
#: CPU beyond that of the first sample at which a sample is large enough, as a share of the
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


def find_sizes(costs_of: Callable[[float], tuple[float, float]], budget: float) -> Sizes:
    """Sizes of samples whose differences can be measured.

    Whether a sample is large enough is judged by CPU, which others on the machine disturb least.

    Parameters
    ----------
    costs_of : callable
        Function that launches a sample of a share of the work and returns its wall time and CPU
        [s].
    budget : float
        Time for the whole of the tuning [s].

    Raises
    ------
    ValueError
        If even the smallest sample takes more time than there is.
    """
    share, growth = LEAST, GROWTH
    start_wall, start = costs_of(share)
    spent, gain = start_wall, 0.0
    while share < 1.0 and gain < ENOUGH * budget and start_wall <= SEARCH * budget:
        # As long as a sample hardly costs more than a start, the next one does not either.
        is_hidden = gain < HIDDEN * start
        if not is_hidden and spent + start_wall + growth * gain > SEARCH * budget:
            break
        share = min(1.0, growth * share)
        wall, cpu = costs_of(share)
        spent, gain = spent + wall, cpu - start
        growth = GROWTH**2 if gain < HIDDEN * start else GROWTH
    if share == LEAST and start_wall > SEARCH * budget:
        raise ValueError(
            f"a thousandth of the work already takes {start_wall:.0f} s: give more time with "
            "--budget"
        )
    if share >= 1.0 and gain < 2 * ENOUGH * budget:
        return Sizes((1.0,))
    return Sizes((share * SMALLER, share))


def number_of_rounds(walls: Sequence[float], left: float, least: int, most: int) -> int:
    """Rounds for which the time that is `left` suffices, if one takes the sum of `walls` [s]."""
    return max(least, min(most, int(left / max(sum(walls), 1e-3))))
