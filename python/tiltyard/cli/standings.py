"""Tables of `tiltyard compare`: methods against a reference, and one against all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tiltyard.engine.statistics import calibration, contest, rivals

if TYPE_CHECKING:
    import pandas as pd

    from tiltyard.engine.study import Study


@dataclass(frozen=True)
class Asked:
    """Options of `tiltyard compare`, as given; empty texts may be left out."""

    method: str
    against: str
    by: str
    where: Sequence[str]
    worst: int
    bands: bool


def compared(study: Study, asked: Asked) -> dict[str, tuple[pd.DataFrame, str]]:
    """The tables that are asked for by name, each with its title.

    Raises
    ------
    ValueError
        If there is no such column, cell or method, or options do not go together.
    """
    reference = contest.reference_of(study, asked.against)
    name = f"{reference[0]} ({reference[1]})"
    by = _columns(study, asked.by)
    if not asked.method:
        if asked.worst or asked.bands or len(by) > 1:
            raise ValueError(
                "--worst, --bands, and --by with several columns are about one method: name it "
                "with --method"
            )
        found = contest.read_contest(study, asked.where)
        table = contest.score_ratios(found, reference, study.cell, by[0])
        title = f"geometric mean of {study.kind.words.score} relative to {name}, by {by[0]}"
        return {"ratios": (table, title)}
    method = contest.key_of(study, asked.method)
    cells, others = rivals.cells_of(study, method, reference, asked.where)
    title = f"{asked.method} against {name}, and against the best of {others} others in each cell"
    tables = {"standing": (rivals.standing(cells, by), title)}
    if asked.bands:
        table = calibration.of_study(study, method, reference, by, asked.where)
        tables["bands"] = (table, f"how often the bands of {asked.method} hold the truth")
    if asked.worst:
        table = rivals.worst_first(cells, study.cell).head(asked.worst)
        shown = [*contest.columns_of(study), *rivals.SHOWN]
        tables["worst"] = (table[shown], f"where {asked.method} loses most to {name}")
    return tables


def _columns(study: Study, text: str) -> list[str]:
    """The columns that `text` names, with commas; the kind's subject if it is empty."""
    names = text.split(",") if text else [study.kind.subject]
    known = contest.columns_of(study)
    for name in names:
        if name not in known:
            raise ValueError(
                f"--by {name}: no such column of a cell; use one of {', '.join(known)}"
            )
    return names
