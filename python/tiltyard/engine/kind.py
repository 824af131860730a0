"""Which columns of a study's results mean what, so that the statistics need not know a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Columns of the results by their meaning.

    Parameters
    ----------
    error : str
        The error by which methods are judged; NaN wherever the status is not ``ok``.
    absolute : str
        The same before it was divided by a scale that the replicates of a cell share.
    estimate : str
        What the method estimated, a list of numbers as long in all replicates of a cell.
    ends : int
        Numbers at either end of that list that do not count in `error`.
    medians : mapping
        Column of the summary -> column of the results whose median over replicates it holds.
    """

    error: str
    absolute: str
    estimate: str = "estimate"
    ends: int = 0
    medians: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Columns with one number a row."""
        return list(dict.fromkeys([self.error, self.absolute, *self.medians.values()]))
