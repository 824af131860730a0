"""Rows of evaluations side by side: which numbers differ, and by how much.

A NaN equals a NaN, and a missing value a missing one; with a tolerance of 0 every other number
has to be the same double.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

#: What the same evaluation takes is another time each time.
COSTS = ("cpu_seconds", "wall_seconds", "warm_up_seconds", "peak_memory")


#: A choice that moved by less, relatively, explains no difference that exceeds a tolerance.
LEAST_MOVE = 1e-6


@dataclass(frozen=True)
class Tolerance:
    """How far numbers may be apart.

    Attributes
    ----------
    relative : float
        Of two numbers that are the same: at most so much of the larger one. For lists, of norms.
    absolute : float
        And this besides, for numbers; they are without units.
    columns : tuple of str or None
        What is compared; None for every column but costs.
    choices : str
        Column with the choices (JSON) that a method made from the data; "" for none. Rounding may
        tip one between candidates that are nearly equal, and then numbers say nothing.
    """

    relative: float = 0.0
    absolute: float = 0.0
    columns: tuple[str, ...] | None = None
    choices: str = ""

    def among(self, names: Sequence[str]) -> list[str]:
        """Those of the columns `names` that are compared."""
        if self.columns is None:
            return [name for name in names if name not in COSTS]
        return [name for name in names if name in self.columns]


#: The same double everywhere.
EXACT = Tolerance()


@dataclass(frozen=True)
class Difference:
    """A value that is not the same in two tables.

    Attributes
    ----------
    order : int or None
        The ``order`` of the row; None where a whole column is missing.
    column : str
    here, there : str
        Both values; of lists, the first that differs, with its position.
    size : float
        Relative difference of numbers, or of norms of lists; infinite for what is no number.
    """

    order: int | None
    column: str
    here: str
    there: str
    size: float

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "size": self.size if math.isfinite(self.size) else None}


def differences(here: pa.Table, there: pa.Table, tolerance: Tolerance) -> list[Difference]:
    """What differs between the rows of one evaluation in two tables."""
    columns = tolerance.among(list(dict.fromkeys([*here.column_names, *there.column_names])))
    known = [name for name in columns if name in here.column_names and name in there.column_names]
    found = [
        Difference(None, name, _presence(here, name), _presence(there, name), math.inf)
        for name in columns
        if name not in known
    ]
    rows = {row["order"]: row for row in here.select(_with_order(known)).to_pylist()}
    others = {row["order"]: row for row in there.select(_with_order(known)).to_pylist()}
    for order in sorted({*rows, *others}):
        if order in rows and order in others:
            found += _compare(order, rows[order], others[order], known, tolerance)
        else:
            words = ("a row", "no row") if order in rows else ("no row", "a row")
            found.append(Difference(order, "order", *words, math.inf))
    return found


def other_choices(here: pa.Table, there: pa.Table, column: str) -> bool:
    """Whether a choice in `column` (JSON) differs by more than what rounding does to a number."""
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


def _with_order(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(["order", *names]))


def _compare(
    order: int, here: dict[str, Any], there: dict[str, Any], names: list[str], tolerance: Tolerance
) -> Iterator[Difference]:
    for name in names:
        a, b = here[name], there[name]
        if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            size, ok = _apart(np.array(a, dtype=float), np.array(b, dtype=float), tolerance)
            if not ok:
                at = next(i for i, pair in enumerate(zip(a, b, strict=True)) if not _same(*pair))
                yield Difference(order, name, f"{a[at]!r} at {at}", f"{b[at]!r} at {at}", size)
        elif isinstance(a, float) and isinstance(b, float):
            if not _same(a, b):
                size = relative_difference(a, b)
                bound = tolerance.relative * max(abs(a), abs(b)) + tolerance.absolute
                if not (math.isfinite(size) and abs(a - b) <= bound):
                    yield Difference(order, name, repr(a), repr(b), size)
        elif a != b:
            yield Difference(order, name, _short(a), _short(b), math.inf)


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
