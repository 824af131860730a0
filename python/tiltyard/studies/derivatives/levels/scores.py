"""Scores of a study as text: what has to be equal however many jobs and threads there are."""

from __future__ import annotations

import hashlib
from itertools import zip_longest
from pathlib import Path

import pyarrow.parquet as parquet

#: Columns that tell rows apart, and those that have to be equal bit for bit.
KEY = ("configuration", "method", "language", "order")
SCORES = ("status", "rmse", "mae", "nrmse", "nrmse_interior", "nrmse_edge")


def write_scores(results: Path, output: Path) -> int:
    """Write the scores of a merged table, sorted, numbers as hexadecimal; return their number."""
    table = parquet.read_table(results, columns=[*KEY, *SCORES])
    rows = sorted(
        tuple(_text(value) for value in row)
        for row in zip(*table.to_pydict().values(), strict=True)
    )
    lines = ["\t".join(row) for row in [(*KEY, *SCORES), *rows]]
    output.write_text("\n".join(lines) + "\n", "utf-8")
    return len(rows)


def _text(value: str | int | float | None) -> str:
    if value is None:
        return ""
    return value.hex() if isinstance(value, float) else str(value)


def digest_of(output: Path) -> str:
    """SHA-256 of a file of scores."""
    return hashlib.sha256(output.read_bytes()).hexdigest()


def first_difference(expected: Path, output: Path) -> str:
    """The first difference between two files of scores in words; "" if there is none."""
    pairs = zip_longest(*(path.read_text("utf-8").splitlines() for path in (expected, output)))
    for right, got in pairs:
        if right == got:
            continue
        if right is None or got is None:
            what = "is missing" if got is None else "is one too many"
            return f"the row of {_name(got or right)} {what}"
        if right.split("\t")[: len(KEY)] != got.split("\t")[: len(KEY)]:
            return f"there is a row of {_name(got)} where {_name(right)} is expected"
        return _column(right, got)
    return ""


def _column(right: str, got: str) -> str:
    for name, wanted, value in zip(
        (*KEY, *SCORES), right.split("\t"), got.split("\t"), strict=True
    ):
        if wanted != value:
            return f"{_name(right)}: {name} is {_number(value)}, expected {_number(wanted)}"
    return ""


def _name(line: str) -> str:
    configuration, method, language, order = line.split("\t")[: len(KEY)]
    return f"{method} ({language}), order {order}, on {configuration}"


def _number(text: str) -> str:
    return repr(float.fromhex(text)) if "0x" in text else text or "empty"
