"""The tables of a study: their names, what they hold, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.receipts import MERGED as RESULTS
from tiltyard.engine.kind import Kind
from tiltyard.engine.study import Study

if TYPE_CHECKING:  # the workflow asks for names alone
    import pandas as pd

SUMMARY, DIFFERENCES, COST = "summary.csv", "differences.json", "cost.csv"
COST_TITLE = "Cost of the methods, and the Pareto front of score against it"
#: Tables that the merge writes, with their titles.
MERGED = {
    RESULTS: "Every evaluation",
    "results.csv": "Every evaluation, without lists of numbers",
    SUMMARY: "Scores of each method in each cell",
    "ranks.csv": "Ranks of the methods",
    "failures.csv": "Evaluations without a result, by reason",
}


def statistics_of(kind: Kind) -> dict[str, str]:
    """Files that `write_statistics` writes for a study of `kind`, with their titles."""
    return {
        "robustness.csv": f"Ranks without a {kind.words.axis(kind.subject)}, and by other means",
        DIFFERENCES: "Which methods differ significantly, over all cells",
        **{table.file: table.title for table in kind.tables},
        **({COST: COST_TITLE} if kind.measures.size else {}),
        "alarms.csv": "Quality alarms",
    }


def text_columns(study: Study) -> set[str]:
    """Text columns of a study's tables, in which an empty field is an empty text, not a NaN."""
    own = {axis.name for axis in study.kind.grid.axes if axis.column == "string"}
    engine = "configuration study method language family tags status message kind where variant"
    texts = {text for table in study.kind.tables for text in table.texts}
    texts |= {f"{name}s" for name in study.kind.within}
    bound = {study.kind.measures.bound} - {""}
    return {*own, *engine.split(), *texts, *bound, "tie_rule", "reference"}


def read_table(study: Study, path: Path) -> pd.DataFrame:
    """A table of the study; empty fields of text columns are empty texts, all others NaN.

    Raises
    ------
    UnreadableFile
        If it is missing or damaged, with the command that writes it.
    """
    import pandas as pd

    if not path.is_file():
        command = "statistics" if path.name in statistics_of(study.kind) else "merge"
        raise UnreadableFile(f"{path}: no such file; `tiltyard {command}` writes it")
    study.receipts.check(path)
    texts = text_columns(study)
    try:
        columns = list(pd.read_csv(path, nrows=0).columns)
        dtypes = {name: "str" for name in columns if name in texts}
        missing = {name: [""] for name in columns if name not in texts}
        return pd.read_csv(path, dtype=dtypes, keep_default_na=False, na_values=missing)
    except ValueError as error:  # of pandas too, and of characters that are none
        raise UnreadableFile(f"{path}: no table of Tiltyard's: {error}") from error


def read_json(study: Study, path: Path) -> dict[str, Any]:
    """The object in a JSON file of the study.

    Raises
    ------
    UnreadableFile
        If it is missing or damaged.
    """
    study.receipts.check(path)
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: {error}") from error
    return found


def read_summary(study: Study, folder: Path | None = None) -> pd.DataFrame:
    """The study's `summary.csv`, or that in `folder`.

    Raises
    ------
    UnreadableFile
        If it is missing, or an older version made it.
    """
    path = (folder or study.folder) / SUMMARY
    table = read_table(study, path)
    if missing := {"method", "tags", "ranked", "place"} - set(table):
        raise UnreadableFile(
            f"{path}: made by an older version of Tiltyard: it lacks the columns "
            f"{', '.join(sorted(missing))}; `tiltyard merge` writes it again"
        )
    return table


def read_rows(study: Study, columns: Sequence[str], folder: Path | None = None) -> pd.DataFrame:
    """`columns` of all merged rows of the study, or of those in `folder`; texts as texts.

    Raises
    ------
    UnreadableFile
        If the file is missing or damaged, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = (folder or study.folder) / RESULTS
    study.receipts.check(path)
    try:
        with pq.ParquetFile(path) as file:
            if missing := sorted(set(columns) - set(file.schema_arrow.names)):
                raise UnreadableFile(
                    f"{path}: it lacks the columns {', '.join(missing)}; `tiltyard merge` writes "
                    "it again"
                )
            return file.read(list(columns)).to_pandas()
    except (OSError, pa.ArrowInvalid) as error:
        raise UnreadableFile(f"{path}: {error}") from error
