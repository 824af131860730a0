"""Canonical form of a written table: its digest, and where two tables differ first, in words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from tiltyard.pipelines.alleles.inputs.bgzf import inflated
from tiltyard.pipelines.alleles.output.columns import RATIOS, WHOLE, Column, text_of

#: Columns by which a record is called, as far as a table has them.
NAMED_BY = (
    *("sample", "group", "contig", "#CHROM", "Chromosome", "position", "POS", "Start_Position"),
    *("ref", "REF", "Reference_Allele", "alt", "ALT", "Tumor_Seq_Allele2"),
)


def digest_of(path: Path) -> str:
    """SHA-256 of a table's canonical form: the same for all files that say the same.

    The canonical form is the text of the table, whether it is compressed or not; of a Parquet file
    what it would be as TSV; of a VCF without the lines of its header that begin with ``##``.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read as what its name says.
    """
    total = hashlib.sha256()
    for line in _lines(path):
        total.update(line.encode("utf-8", "surrogateescape") + b"\n")
    return total.hexdigest()


def difference(expected: Path, found: Path) -> str:
    """The first difference of two tables in words: record, column, both values; "" if none."""
    names: list[str] = []
    record = 0
    for right, own in zip_longest(_lines(expected), _lines(found)):
        if not names:
            if right != own:
                return _of_header(right, own)
            if right.startswith("#CHROM") or not right.startswith("#"):
                names = right.split("\t")
            continue
        record += 1
        if own is None:
            return f"record {record} ({_called(names, right)}) is missing: the table has ended"
        if right is None:
            return f"record {record} ({_called(names, own)}) is one too many"
        if right != own:
            return _of_values(names, record, right, own)
    return ""


def _of_header(right: str | None, own: str | None) -> str:
    if not own or not right:
        return f"the {'table' if not own else 'expected table'} is empty"
    expected, found = right.split("\t"), own.split("\t")
    if len(expected) != len(found):
        return f"{len(found)} columns in place of {len(expected)}"
    column = next(place for place in range(len(found)) if expected[place] != found[place])
    return f"column {column + 1} is called {found[column]!r} in place of {expected[column]!r}"


def _of_values(names: list[str], record: int, expected_line: str, found_line: str) -> str:
    expected, found = expected_line.split("\t"), found_line.split("\t")
    called = f"record {record} ({_called(names, expected_line)})"
    if len(expected) != len(found):
        return f"{called} has {len(found)} values in place of {len(expected)}"
    column = next(place for place in range(len(found)) if expected[place] != found[place])
    name = names[column] if column < len(names) else f"column {column + 1}"
    return (
        f"{called}: {name} is {found[column] or 'empty'} in place of {expected[column] or 'empty'}"
    )


def _called(names: list[str], line: str | None) -> str:
    fields = dict(zip(names, (line or "").split("\t"), strict=False))
    return " ".join(fields[name] for name in NAMED_BY if fields.get(name))


def _lines(path: Path) -> Iterator[str]:
    """Lines of the canonical form."""
    with path.open("rb") as file:
        first = file.read(4)
    if first == b"PAR1":
        yield from _lines_of_parquet(path)
        return
    with inflated(path) as lines:
        for line in lines:
            if not line.startswith(b"##"):
                yield line.removesuffix(b"\n").decode("utf-8", "surrogateescape")


def _lines_of_parquet(path: Path) -> Iterator[str]:
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    yield "\t".join(table.column_names)
    texts = []
    for name in table.column_names:
        values = table.column(name).to_pylist()
        empty = np.array([value is None for value in values], bool)
        text = text_of(name) if name in RATIOS else str if name in WHOLE else None
        nothing = "" if text is None else 0
        values = [nothing if value is None else value for value in values]
        texts.append(Column(values, empty, text).texts())
    yield from map("\t".join, zip(*texts, strict=True))
