"""Reports of jobs, each of some files, as one table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tiltyard.pipelines.reads.faults import InputError

#: What all jobs of one table were asked for.
_ASKED = ("unit", "steps", "pair_rule", "seed", "epoch")
#: Columns of the table before those of reasons.
_COLUMNS = ("job", "files", "unit", "read", "kept", "bases_kept")
_ALL = "all"


def read_reports(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Job -> report, in the order of the files' numbers; a job has the name of its report's file.

    Raises
    ------
    InputError
        If one cannot be read, two are of the same files or were asked for different things, or a
        file's number is missing.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            found[path.stem] = {name: report[name] for name in (*_ASKED, *_NEEDED)}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path} is no report: {error!r}; write it anew: tiltyard reads filter --json"
            ) from None
    if len(found) < len(paths):
        raise InputError("two reports have the same name, which is that of a row; rename one")
    ordered = dict(sorted(found.items(), key=lambda item: int(item[1]["first_file"])))
    _check(ordered)
    return ordered


_NEEDED = ("files", "first_file", "read", "kept", "dropped", "bases_kept")


def _check(reports: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse jobs that are no parts of one whole."""
    first = next(iter(reports))
    number = 0
    for job, report in reports.items():
        for name in _ASKED:
            if report[name] != reports[first][name]:
                raise InputError(
                    f"{job} has {name} {report[name]!r}, and {first} {reports[first][name]!r}: "
                    "filter both in the same way"
                )
        if report["first_file"] != number:
            what = "is missing" if report["first_file"] > number else "is there twice"
            raise InputError(
                f"file number {min(number, report['first_file'])} {what}: {job} begins with "
                f"number {report['first_file']} (--first-file), and {number} is next"
            )
        number += len(report["files"])


def table_of(reports: Mapping[str, Mapping[str, Any]]) -> str:
    """A row for each job, one for all, and a column for each reason."""
    reasons = sorted({reason for report in reports.values() for reason in report["dropped"]})
    rows = [("\t".join((*_COLUMNS, *(f"dropped_{reason}" for reason in reasons))))]
    sums = dict.fromkeys(("read", "kept", "bases_kept", *reasons), 0)
    for job, report in reports.items():
        numbers = {name: report[name] for name in ("read", "kept", "bases_kept")}
        numbers |= {reason: report["dropped"].get(reason, 0) for reason in reasons}
        for name, value in numbers.items():
            sums[name] += value
        rows.append(_row(job, len(report["files"]), report["unit"], numbers))
    files = sum(len(report["files"]) for report in reports.values())
    rows.append(_row(_ALL, files, next(iter(reports.values()))["unit"], sums))
    return "\n".join(rows) + "\n"


def _row(job: str, files: int, unit: str, numbers: Mapping[str, int]) -> str:
    return "\t".join((job, str(files), unit, *map(str, numbers.values())))
