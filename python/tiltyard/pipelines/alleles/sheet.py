"""Sheets of samples: a line each, with the file of its alignments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tiltyard.pipelines.alleles.faults import Faults, InputError, refuse

#: Columns of a sheet; the last may be missing, and so may its values.
COLUMNS = ("sample", "alignment", "index")


@dataclass(frozen=True)
class Entry:
    """A line of a sheet; `index` is None where the file beside the alignments is meant."""

    sample: str
    alignment: Path
    index: Path | None

    @property
    def specification(self) -> str:
        """The sample as ``--bam`` takes it."""
        return f"{self.sample}:{self.alignment}"


def read_sheet(path: Path) -> list[Entry]:
    """Entries of a sheet: tab-separated, a line of names first; paths from the working folder.

    Lines that are empty or begin with ``#`` are left out.

    Raises
    ------
    InputError
        If it cannot be read, lacks a column or a value, or names a sample twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    numbered = [
        (number, line.split("\t"))
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    if not numbered:
        raise InputError(f"{path} is empty; its first line has the names {_named(COLUMNS)}")
    (line, names), *rows = numbered
    names = [name.strip() for name in names]
    if missing := [name for name in COLUMNS[:2] if name not in names]:
        raise InputError(
            f"{path}, line {line}: no column called {' or '.join(missing)}; the first line has the "
            f"names {_named(COLUMNS)}, separated by tabs, and has {_named(names)}"
        )
    if foreign := [name for name in names if name not in COLUMNS]:
        raise InputError(
            f"{path}, line {line}: a sheet has no column {_named(foreign)}; known are "
            f"{_named(COLUMNS)}"
        )
    if not rows:
        raise InputError(f"{path} has no sample: no line behind the names of line {line}")
    return _entries(path, names, rows)


def _entries(path: Path, names: list[str], rows: list[tuple[int, list[str]]]) -> list[Entry]:
    short = Faults("Line without a sample or without its file", "separate columns by tabs")
    twice = Faults("Sample that has a line already", "samples are rows of the table: rename one")
    odd = Faults("Sample with a colon or a slash", "files of the workflow have the samples' names")
    found: dict[str, Entry] = {}
    for number, fields in rows:
        values = {name: value.strip() for name, value in zip(names, fields, strict=False)}
        sample, alignment = values.get("sample", ""), values.get("alignment", "")
        place = f"{path}, line {number}"
        if not (sample and alignment) or len(fields) > len(names):
            short.add(f"{place}: {fields}")
        elif sample in found:
            twice.add(f"{place}: {sample}")
        elif ":" in sample or "/" in sample:
            odd.add(f"{place}: {sample}")
        else:
            index = Path(values["index"]) if values.get("index") else None
            found[sample] = Entry(sample, Path(alignment), index)
    refuse(short, twice, odd)
    return list(found.values())


def _named(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)
