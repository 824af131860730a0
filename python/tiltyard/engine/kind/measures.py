"""Columns of the results by their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Columns of the results by their meaning.

    Parameters
    ----------
    score : str
        The number by which methods are judged, smaller is better; empty unless the status is
        ``ok``.
    plain : float or None
        Score of an answer that uses no data: what is not solved counts with it where costs are
        set against scores. None leaves those cells out.
    unscaled : str
        The score before it was divided by a scale that the replicates of a cell share; "" if it
        is not divided.
    series : str
        What a method produced, a list of numbers as long in all replicates of a cell; "" if
        nothing of the kind is kept.
    ends : int
        Numbers at either end of that list that do not count in the score.
    bound : str
        Column that names the control whose score divides this one: that is the regret. "" without.
    size : str
        Axis that says how large the problem is; "" if none does.
    medians : mapping
        Column of the summary -> column of the results whose median over replicates it holds.
    beside : sequence of str
        Names in `medians` that stand beside the score itself.
    comparable : sequence of str
        Columns that agree between machines but for rounding, for `tiltyard verify`.
    choices : str
        Column with the choices (JSON) that a method made from the data; "" without.
    timed : bool
        Whether the score is a time: jobs then have the machine alone, and the machine is part of
        what an evaluation is remembered by.
    steps : sequence of float
        Scores at which the colour of a map changes, increasing; from the data if empty.
    """

    score: str
    plain: float | None = None
    unscaled: str = ""
    series: str = ""
    ends: int = 0
    bound: str = ""
    size: str = ""
    medians: Mapping[str, str] = field(default_factory=dict)
    beside: Sequence[str] = ()
    comparable: Sequence[str] = ()
    choices: str = ""
    timed: bool = False
    steps: Sequence[float] = ()

    @property
    def columns(self) -> list[str]:
        """Columns with one number a row that the summary is made of."""
        names = (self.score, self.unscaled, *self.medians.values())
        return list(dict.fromkeys(name for name in names if name))
