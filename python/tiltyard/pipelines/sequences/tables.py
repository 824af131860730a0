"""Tables of text: columns separated by tabs, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.pipelines.sequences.faults import InputError

CHUNKS = ("chunk_id", "contig", "chunk", "start", "end")
FRAMES = ("sequence_id", "contig", "chunk", "frame", "start", "end", "strand", "residues")
#: Columns of a table of predictions that the steps behind it need.
PREDICTED = ("sequence_id", "prediction", "score_others", "score_virus")
MISSING = ("id", "step", "reason")
_BUFFER = 1 << 20


class Table:
    """A table that rows are added to."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def add(self, *values: Any) -> None:
        """Add a row; None is an empty field, and numbers that are no integers have nine digits."""
        self._file.write("\t".join(map(cell, values)) + "\n")


def cell(value: Any) -> str:
    """A value as it is written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.9g}" if isinstance(value, float) else str(value)


@contextmanager
def table(path: Path, columns: Sequence[str]) -> Iterator[Table]:
    """A table with a header, which is there when all of it is written."""
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n", buffering=_BUFFER) as file,
    ):
        found = Table(file)
        found.add(*columns)
        yield found


def rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """Rows of a table as mappings, of which at least `columns` are there.

    Raises
    ------
    InputError
        If it cannot be read, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            header = file.readline().rstrip("\n").split("\t")
            missing = [name for name in columns if name not in header]
            if missing:
                raise InputError(f"{path}: it has no column {', '.join(missing)}")
            for number, line in enumerate(file, start=2):
                cells = line.rstrip("\n").split("\t")
                if len(cells) != len(header):
                    raise InputError(
                        f"{path}: line {number} has {len(cells)} fields, and the header "
                        f"{len(header)}; make it again"
                    )
                yield dict(zip(header, cells, strict=True))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
