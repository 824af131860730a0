"""The work of `tiltyard reads stats`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tiltyard.pipelines import stages
from tiltyard.pipelines.reads.command.progress import bar
from tiltyard.pipelines.reads.command.running import warner
from tiltyard.pipelines.reads.faults import ReadError
from tiltyard.pipelines.reads.files import Files, Reader
from tiltyard.pipelines.reads.implementations import implementation
from tiltyard.pipelines.reads.report import Report
from tiltyard.pipelines.reads.summary import COLUMNS, Summary

#: Columns that are rounded in a table for people.
_DIGITS = 2


def summed(
    files: Files, threads: int, way: str, quiet: bool
) -> tuple[list[dict[str, Any]], ReadError | None]:
    """Values of each file before the first damaged one, and what is wrong with that."""
    stages.begin("open")
    summaries = [Summary(name) for name in files.names()]
    with bar(files.names(), quiet) as progress:
        reader = Reader(
            way=implementation(way),
            threads=threads - 1,
            warn=warner(Report()),
            progress=progress,
        )
        stages.begin("compute")
        for number, (summary, entry) in enumerate(zip(summaries, files.entries, strict=True)):
            alone = replace(files, entries=(entry,), first=number)
            try:
                for batch in reader.batches(alone):
                    summary.add(batch)
            except ReadError as error:
                return [each.plain() for each in summaries[:number]], error
    return [summary.plain() for summary in summaries], None


def print_table(rows: Sequence[dict[str, Any]], output: Path, form: str) -> None:
    """Write the table, atomically if it is a file."""
    stages.begin("write")
    if form == "json":
        from tiltyard.engine.files.json import json_text

        text = json_text(list(rows)) + "\n"
    else:
        lines = [COLUMNS, *(tuple(_cell(row[name]) for name in COLUMNS) for row in rows)]
        text = "".join("\t".join(line) + "\n" for line in lines)
    if str(output) == "-":
        sys.stdout.write(text)
    else:
        from tiltyard.engine.files.atomic import write_text

        write_text(output, text)
    stages.begin("close")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.{_DIGITS}f}" if isinstance(value, float) else str(value)
