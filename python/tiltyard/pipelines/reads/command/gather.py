"""`tiltyard reads gather`: one table of the reports of several jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.reads.command import options as given
from tiltyard.pipelines.reads.command.ending import in_order


def gather(
    reports: Annotated[
        list[Path],
        argument(metavar="REPORT…", help="What --json wrote, of each job."),
    ],
    output: Annotated[
        Path,
        option("--output", "-o", help="The table; - is standard output.", panel=given.OUTPUT),
    ] = Path("-"),
) -> None:
    """Make one table of the reports of jobs that filtered a file or a pair of files each.

    It is refused if a job is missing or there twice, or if two were not asked for the same.
    """
    with in_order():
        from tiltyard.pipelines.reads.gathering import read_reports, table_of

        text = table_of(read_reports(reports))
        if str(output) == "-":
            print(text, end="")
        else:
            from tiltyard.engine.files.atomic import write_text

            write_text(output, text)
