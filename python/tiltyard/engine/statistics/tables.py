"""The tables that follow from the summary of a whole study."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from tiltyard.engine.files.atomic import UnreadableFile, write_text
from tiltyard.engine.files.csv import write_frame
from tiltyard.engine.kind import Kind
from tiltyard.engine.methods.catalogue import read_catalogue
from tiltyard.engine.statistics.alarms import Alarm, alarm_table, identical_scores
from tiltyard.engine.statistics.cost import cost_table
from tiltyard.engine.statistics.rank_tests import differences
from tiltyard.engine.statistics.ranks import robustness
from tiltyard.engine.study import Study

SUMMARY, DIFFERENCES, COST = "summary.csv", "differences.json", "cost.csv"
COST_TITLE = "Cost of the methods, and the Pareto front of score against it"
#: Tables that the merge writes, and what they hold.
MERGED = {
    "results.parquet": "Every evaluation",
    "results.csv": "Every evaluation, without lists of numbers",
    SUMMARY: "Scores of each method in each cell",
    "ranks.csv": "Ranks of the methods",
    "failures.csv": "Evaluations without a result, by reason",
}


def statistics_of(kind: Kind) -> dict[str, str]:
    """Files that `write_statistics` writes for a study of `kind`, and what they hold."""
    return {
        "robustness.csv": f"Ranks without a {kind.words.axis(kind.subject)}, and by other means",
        DIFFERENCES: "Which methods differ significantly, over all cells",
        **{table.file: table.title for table in kind.tables},
        **({COST: COST_TITLE} if kind.measures.size else {}),
        "alarms.csv": "Quality alarms",
    }


def text_columns(study: Study) -> set[str]:
    """Columns of a study's tables with text, in which an empty one is no missing number."""
    own = {axis.name for axis in study.kind.grid.axes if axis.column == "string"}
    engine = "configuration study method language family tags status message kind where variant"
    texts = {text for table in study.kind.tables for text in table.texts}
    bound = {study.kind.measures.bound} - {""}
    return {*own, *engine.split(), *texts, *bound, "tie_rule", "reference"}


def read_table(study: Study, path: Path) -> pd.DataFrame:
    """A table of the study; a text that is empty stays one.

    Raises
    ------
    UnreadableFile
        If it is missing, with the command that writes it.
    """
    if not path.is_file():
        command = "statistics" if path.name in statistics_of(study.kind) else "merge"
        raise UnreadableFile(f"{path}: no such file; `tiltyard {command}` writes it")
    columns = list(pd.read_csv(path, nrows=0).columns)
    texts = text_columns(study)
    dtypes = {name: "str" for name in columns if name in texts}
    missing = {name: [""] for name in columns if name not in texts}
    return pd.read_csv(path, dtype=dtypes, keep_default_na=False, na_values=missing)


def read_summary(study: Study, folder: Path | None = None) -> pd.DataFrame:
    """The study's `summary.csv`, or that in `folder`.

    Raises
    ------
    UnreadableFile
        If it is missing, or an older version's.
    """
    path = (folder or study.folder) / SUMMARY
    table = read_table(study, path)
    if missing := {"method", "tags", "place"} - set(table):
        raise UnreadableFile(
            f"{path}: an older version's, without {', '.join(sorted(missing))}; "
            "`tiltyard merge` writes it again"
        )
    return table


def write_statistics(study: Study, into: Path | None = None) -> list[Alarm]:
    """Write the tables that follow from `summary.csv`, and return the alarms.

    Parameters
    ----------
    study : Study
    into : path or None
        Folder of `summary.csv` and of the tables; the study's own if None.
    """
    folder, kind = into or study.folder, study.kind
    summary = read_summary(study, folder)
    write_frame(robustness(summary, study.cell, kind.subject), folder / "robustness.csv")
    found = differences(summary, study.cell, study.group, kind.words)
    write_text(folder / DIFFERENCES, json.dumps(found, indent=1) + "\n")
    for table in kind.tables:
        write_frame(table.write(study, summary), folder / table.file)
    if kind.measures.size:
        costs = cost_table(summary, study.cell, kind.measures.size, kind.measures.plain)
        write_frame(costs, folder / COST)
    alarms = list(find_alarms(study, summary))
    write_frame(alarm_table(alarms), folder / "alarms.csv")
    return alarms


def find_alarms(study: Study, summary: pd.DataFrame) -> Iterator[Alarm]:
    """The engine's own alarms, then those of the kind."""
    methods = read_catalogue(study.kind, study.catalogue)
    same = {method.name: method.same_as for method in methods if method.same_as}
    yield from identical_scores(summary, study.cell, same)
    yield from study.kind.alarms(study, summary)
