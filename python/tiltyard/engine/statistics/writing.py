"""Writing of the tables that are computed from the summary of a whole study."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from tiltyard.engine.catalogue import catalogue_of
from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.files.csv import write_frame
from tiltyard.engine.statistics.alarms import Alarm, alarm_table, identical_scores
from tiltyard.engine.statistics.cost import cost_table
from tiltyard.engine.statistics.rank_tests import differences
from tiltyard.engine.statistics.ranks import robustness
from tiltyard.engine.statistics.tables import (
    COST,
    DIFFERENCES,
    read_rows,
    read_summary,
    statistics_of,
)
from tiltyard.engine.study import Study


def write_statistics(study: Study, into: Path | None = None) -> list[Alarm]:
    """Write the tables that are computed from `summary.csv`, and return the alarms.

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
        rows = [read_rows(study, table.results, folder)] if table.results else []
        write_frame(table.write(study, summary, *rows), folder / table.file)
    if kind.measures.size:
        costs = cost_table(summary, study.cell, kind.measures.size, kind.measures.plain)
        write_frame(costs, folder / COST)
    alarms = list(find_alarms(study, summary, folder))
    write_frame(alarm_table(alarms), folder / "alarms.csv")
    if into is None:
        files = [folder / name for name in statistics_of(kind)]
        study.receipts.write("statistics", files)
    return alarms


def find_alarms(study: Study, summary: pd.DataFrame, folder: Path | None = None) -> Iterator[Alarm]:
    """The engine's own alarms, then those of the kind, by the tables in `folder`."""
    methods = catalogue_of(study)
    same = {method.name: method.same_as for method in methods if method.same_as}
    yield from identical_scores(summary, study.cell, same)
    columns = study.kind.alarmed_by
    rows = [read_rows(study, columns, folder)] if columns else []
    yield from study.kind.alarms(study, summary, *rows)
