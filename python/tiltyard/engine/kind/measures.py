"""Columns of the results by their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Columns of the results by their meaning.

    Parameters
    ----------
    score : str
        The number by which methods are judged, smaller is better; empty unless the status is
        ``ok``.
    plain : float or None
        Score of an answer that uses no data, and of unsolved cells where costs are set against
        scores. None leaves unsolved cells out.
    unscaled : str
        Column of the score before its division by a scale that the replicates of a cell share;
        "" if it is not divided.
    series : str
        Column of lists of numbers that methods produced, equally long in all replicates of a
        cell; "" if there is none.
    ends : int
        Numbers at either end of that list that do not count in the score, >= 0.
    bound : str
        Column that names the control whose score divides this one to give the regret; "" without
        regret.
    size : str
        Axis of the problem's size; "" if there is none.
    medians : mapping
        Column of the summary -> column of the results whose median over replicates it holds.
    bands : mapping
        Column of the results with the share of the truth inside a method's band -> the share that
        would be right; empty without bands.
    band_score : str
        Column of the results with a score of a method's bands, smaller is better; "" without.
    beside : sequence of str
        Names in `medians` whose columns follow those of the score.
    comparable : sequence of str
        Columns that `tiltyard verify` compares across machines: they agree but for rounding.
    costs : sequence of str
        Further columns that differ from run to run, which `tiltyard verify` never compares.
    whole : mapping
        Column in which the rows of one evaluation differ -> its value in the row that `tiltyard
        verify` compares, where the other rows have costs alone; empty to compare every row.
    fleeting : sequence of str
        Statuses of the kind that another run may give or not, as limits do.
    counted : str
        Column that says whether a row counts: others are in the merged table, and in no statistic
        and no list of failures; "" if every row counts.
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
    bands: Mapping[str, float] = field(default_factory=dict)
    band_score: str = ""
    beside: Sequence[str] = ()
    comparable: Sequence[str] = ()
    costs: Sequence[str] = ()
    whole: Mapping[str, Any] = field(default_factory=dict)
    fleeting: Sequence[str] = ()
    counted: str = ""
    choices: str = ""
    timed: bool = False
    steps: Sequence[float] = ()

    @property
    def columns(self) -> list[str]:
        """Columns of numbers that the summary is computed from."""
        names = (self.score, self.unscaled, *self.medians.values())
        return list(dict.fromkeys(name for name in names if name))
