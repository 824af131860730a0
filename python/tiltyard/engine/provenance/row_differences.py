"""Differences between the rows of an evaluation in two tables.

A NaN equals a NaN, and a missing value a missing one; with a tolerance of 0 all other numbers have
to be the same doubles.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tiltyard.engine.outcome import COSTS
from tiltyard.engine.provenance.rows import places_in

#: Smallest relative change of a choice that explains a difference beyond the tolerance.
LEAST_MOVE = 1e-6


@dataclass(frozen=True)
class Tolerance:
    """Largest differences that do not count, and the columns that are compared.

    Attributes
    ----------
    relative : float
    absolute : float
        a and b are equal if abs(a - b) <= relative * max(abs(a), abs(b)) + absolute; lists by
        Euclidean norms, without `absolute`.
    columns : tuple of str or None
        Columns that are compared; None for all but costs.
    choices : str
        Column with the choices (JSON) that a method made from the data; "" for none. Rounding may
        decide between candidates that are nearly equal; numbers then cannot be compared.
    ignored : tuple of str
        Columns that are never compared, besides costs.
    """

    relative: float = 0.0
    absolute: float = 0.0
    columns: tuple[str, ...] | None = None
    choices: str = ""
    ignored: tuple[str, ...] = ()

    def among(self, names: Sequence[str]) -> list[str]:
        """The columns out of `names` that are compared."""
        if self.columns is None:
            return [name for name in names if name not in {*COSTS, *self.ignored}]
        return [name for name in names if name in self.columns]


#: Tolerance under which all numbers have to be the same doubles.
EXACT = Tolerance()


@dataclass(frozen=True)
class Difference:
    """A value that differs between two tables.

    Attributes
    ----------
    row : mapping
        Columns that identify the row within its evaluation, with their values; empty if there
        is one row, or a whole column is missing.
    column : str
    here, there : str
        Both values; for lists the first number that differs, with its position.
    size : float
        Relative difference of numbers, or of lists by norms; infinite for other values.
    """

    row: Mapping[str, Any]
    column: str
    here: str
    there: str
    size: float

    def to_dict(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "row": dict(self.row),
            "size": self.size if math.isfinite(self.size) else None,
        }


def differences(
    here: pa.Table, there: pa.Table, tolerance: Tolerance, within: Sequence[str]
) -> list[Difference]:
    """Differences between the rows of one evaluation in two tables.

    Rows with the same values of the columns `within` are compared with each other.
    """
    columns = tolerance.among(list(dict.fromkeys([*here.column_names, *there.column_names])))
    known = [name for name in columns if name in here.column_names and name in there.column_names]
    found = [
        Difference({}, name, _presence(here, name), _presence(there, name), math.inf)
        for name in columns
        if name not in known
    ]
    rows, others = (_by_place(table, known, within) for table in (here, there))
    for place in sorted({*rows, *others}):
        row = dict(zip(within, place, strict=True))
        if place in rows and place in others:
            found += _compare(row, rows[place], others[place], known, tolerance)
        else:
            words = ("a row", "no row") if place in rows else ("no row", "a row")
            found.append(Difference(row, "row", *words, math.inf))
    return found


def _by_place(
    table: pa.Table, names: Sequence[str], within: Sequence[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    values = table.select(list(names)).to_pylist() if names else [{}] * len(table)
    return dict(zip(places_in(table, within), values, strict=True))


def other_choices(here: pa.Table, there: pa.Table, column: str) -> bool:
    """Whether a choice in `column` (JSON) differs by more than rounding (`LEAST_MOVE`)."""
    pairs = zip(here[column].to_pylist(), there[column].to_pylist(), strict=True)
    return any(_moved(*(json.loads(text or "null") for text in pair)) for pair in pairs)


def _moved(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() != b.keys() or any(_moved(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) != len(b) or any(map(_moved, a, b))
    if isinstance(a, float) and isinstance(b, float) and not _same(a, b):
        return relative_difference(a, b) > LEAST_MOVE
    return not _same(a, b)


def _presence(table: pa.Table, name: str) -> str:
    return "a column" if name in table.column_names else "no column"


def _compare(
    row: Mapping[str, Any],
    here: dict[str, Any],
    there: dict[str, Any],
    names: list[str],
    tolerance: Tolerance,
) -> Iterator[Difference]:
    for name in names:
        a, b = here[name], there[name]
        if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            size, ok = _apart(np.array(a, dtype=float), np.array(b, dtype=float), tolerance)
            if not ok:
                at = next(i for i, pair in enumerate(zip(a, b, strict=True)) if not _same(*pair))
                yield Difference(row, name, f"{a[at]!r} at {at}", f"{b[at]!r} at {at}", size)
        elif isinstance(a, float) and isinstance(b, float):
            if not _same(a, b):
                size = relative_difference(a, b)
                bound = tolerance.relative * max(abs(a), abs(b)) + tolerance.absolute
                if not (math.isfinite(size) and abs(a - b) <= bound):
                    yield Difference(row, name, repr(a), repr(b), size)
        elif a != b:
            yield Difference(row, name, _short(a), _short(b), math.inf)


def _apart(
    a: np.ndarray[Any, np.dtype[np.float64]],
    b: np.ndarray[Any, np.dtype[np.float64]],
    tolerance: Tolerance,
) -> tuple[float, bool]:
    """Relative difference of two lists by their norms, and whether they count as the same."""
    if np.array_equal(a, b, equal_nan=True):
        return 0.0, True
    if not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return math.inf, False
    finite = np.isfinite(a)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return math.inf, False
    scale = max(np.linalg.norm(a[finite]), np.linalg.norm(b[finite]))
    size = float(np.linalg.norm(a[finite] - b[finite]) / scale)
    return size, size <= tolerance.relative


def _same(a: Any, b: Any) -> bool:
    return bool(a == b or (a != a and b != b))


def relative_difference(a: float, b: float) -> float:
    """Difference of two numbers as a share of the larger one; infinite where one is not finite."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / max(abs(a), abs(b))


def _short(value: Any) -> str:
    text = f"a list of {len(value)}" if isinstance(value, list) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
