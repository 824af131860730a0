"""The work of `tiltyard reads stats`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines import stages
from tiltyard.pipelines.reads.command.progress import bar
from tiltyard.pipelines.reads.command.running import Job, warner
from tiltyard.pipelines.reads.faults import ReadError
from tiltyard.pipelines.reads.files import Reader
from tiltyard.pipelines.reads.implementations import implementation
from tiltyard.pipelines.reads.report import Report
from tiltyard.pipelines.reads.summary import COLUMNS, Counts, Summary, counted

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.batch import Batch

#: Columns that are rounded in a table for people.
_DIGITS = 2


def summed(job: Job) -> tuple[list[dict[str, Any]], ReadError | None]:
    """Values of each file before the first damaged one, and what is wrong with that."""
    stages.begin("open")
    files = job.files
    summaries = [Summary(name) for name in files.names()]
    with bar(files.names(), job.quiet) as progress, _workers(job) as count:
        reader = Reader(
            way=implementation(job.way),
            threads=job.helpers,
            chunk=job.chunk,
            warn=warner(Report()),
            progress=progress,
        )
        stages.begin("compute")
        for number, (summary, entry) in enumerate(zip(summaries, files.entries, strict=True)):
            alone = replace(files, entries=(entry,), first=number)
            try:
                for found in count(reader.batches(alone)):
                    summary.add(found)
            except ReadError as error:
                return [each.plain() for each in summaries[:number]], error
    return [summary.plain() for summary in summaries], None


@contextmanager
def _workers(job: Job) -> Iterator[Callable[[Iterator[Batch]], Iterator[Counts]]]:
    """The function that counts batches, in workers if there are some."""
    if not job.helpers:
        yield partial(map, counted)
        return
    from tiltyard.pipelines.reads.parallel import mapped
    from tiltyard.pipelines.reads.workers.tasks import slim

    workers = job.workers()
    with workers.lent() as pool:

        def count(batches: Iterator[Batch]) -> Iterator[Counts]:
            given = map(slim, batches) if workers.apart else batches
            return mapped(counted, given, pool, workers.ahead)

        yield count


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
