"""Tables, figures and panels that a kind adds to the ones of every study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd

    from tiltyard.engine.study import Study


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Methods without a rank that show what a score is worth.

    Parameters
    ----------
    name, title : str
        Name in addresses and files, and title as in "lower bound".
    rows : callable
        Function from a summary to whether each row is of such a method, whatever its score.
    note : str
        Sentence for the page on what its methods know or do.
    row, line : bool
        Whether it has a row in maps, and a line beside the methods' lines.
    blind : bool
        Whether its methods use no data: a method that is no better has no result.
    """

    name: str
    title: str
    rows: Callable[[pd.DataFrame], pd.Series[bool]]
    note: str = ""
    row: bool = True
    line: bool = False
    blind: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table that only this kind has, written by the rule `statistics`.

    Parameters
    ----------
    name : str
        Name of the file in the study's folder, without ``.csv``.
    title : str
        Title, for people.
    write : callable
        Function that makes the table from the study and its summary, and, with `results`, from
        the merged rows.
    results : sequence of str
        Columns of the merged results that `write` is given as a third argument; if empty, none.
    texts : sequence of str
        Text columns, in which an empty field is an empty text, not a missing number.
    caption : path or None
        Caption in Snakemake's report.
    """

    name: str
    title: str
    write: Callable[..., pd.DataFrame]
    results: Sequence[str] = ()
    texts: Sequence[str] = ()
    caption: Path | None = None

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Static figures of one name.

    Parameters
    ----------
    name : str
    draw : str
        Function that draws them, as ``module:function``. Given a study's `Tables`, it yields the
        name of a file, without ending, and its Matplotlib figure.
    files : callable
        Function from the checked configuration to the names of those files.
    caption : path or None
        Caption in Snakemake's report.
    unranked : bool
        Whether they are drawn even if no method is ranked.
    """

    name: str
    draw: str
    files: Callable[[Mapping[str, Any]], Sequence[str]]
    caption: Path | None = None
    unranked: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A section of the interactive page.

    Parameters
    ----------
    name : str
    script : path
        ECMAScript module that draws it: it calls ``addPanel`` of the page's ``panels.js``. It may
        import the page's own modules and those beside it.
    html : path
        The section.
    after : str
        The page's own section that it follows, one of `SECTIONS`.
    pack : callable or None
        Called with the study, the ids of the configurations that the page shows (the first
        replicate of each cell) and a number of characters, it returns packs of data by name that
        fit into that number, and sentences on what was left out. The script reads a pack as
        ``<panel>:<name>``.
    """

    name: str
    script: Path
    html: Path
    after: str
    pack: Callable[[Study, Sequence[str], int], tuple[Mapping[str, str], Sequence[str]]] | None = (
        None
    )

    #: Sections of the page that a panel may follow.
    SECTIONS: ClassVar = ("answer", "table", "map", "levels", "cost", "ranks", "alarms")
