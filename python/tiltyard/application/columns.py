"""Values as people hold them, as plain arrays of numbers, dates or durations.

pandas, polars and xarray are told by what their objects offer, never imported.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.sequence import UnusableData

#: What one says of values, by NumPy's letter for their kind, and what to do about them.
KINDS = {
    "b": ("truth values", "make numbers of them first, as .astype(float) does"),
    "c": ("complex numbers", "take their real and their imaginary part, each by itself"),
    "U": ("text", "convert it first, as pandas.to_numeric or pandas.to_datetime does"),
    "M": ("dates", "give numbers; dates are times, which come first"),
    "m": ("durations", "divide them by their unit, as in y / np.timedelta64(1, 's')"),
    "O": ("objects of another kind", "give numbers, or times as dates or durations"),
}


@dataclass(frozen=True)
class Column:
    """Values of one kind.

    Attributes
    ----------
    values : array of float64, datetime64 or timedelta64
        Missing ones are NaN or NaT; dates are in UTC if `utc`.
    name : str
        Of the column, if it has one.
    utc : bool
        Whether they are dates that say how far they are from UTC.
    zone : tzinfo or str, optional
        Of such dates.
    """

    values: NDArray[Any]
    name: str = ""
    utc: bool = False
    zone: tzinfo | str | None = None

    @property
    def kind(self) -> str:
        """One of f (numbers), M (dates) and m (durations)."""
        return self.values.dtype.kind


def column_of(values: Any, what: str, *, allowed: str = "fMm") -> Column:
    """Values as a column of an allowed kind.

    Parameters
    ----------
    values : array-like
        A list, an array, masked or not, a series or index of pandas or polars, an array of xarray.
    what : str
        What they are, for messages: the samples of a signal, say.
    allowed : str
        Kinds that may be: f (numbers), M (dates), m (durations).

    Raises
    ------
    UnusableData
        If they are of another kind, or of several; the message names the first such row, from 1.
    """
    own = getattr(values, "name", None)
    name = "" if own is None or callable(own) else str(own)
    values, zone = _without_zone(values, what)
    array = _array(values, what)
    if array.dtype.kind == "O":
        return _from_objects(array, what, allowed, name)
    array = _of_kind(array, what, allowed)
    if np.ma.isMaskedArray(values):
        array = array.copy()
        array[np.ma.getmaskarray(values)] = np.nan if array.dtype.kind == "f" else "NaT"
    return Column(array, name, zone is not None, zone)


def _without_zone(values: Any, what: str) -> tuple[Any, Any]:
    """The values, dates with a zone as those of UTC without one; and their zone."""
    dtype = getattr(values, "dtype", None)
    if type(dtype).__name__ == "PeriodDtype":
        raise UnusableData(f"{what} are periods; say which day of each, as .to_timestamp() does")
    zone = getattr(dtype, "tz", None)  # of pandas; polars gives dates in UTC by itself
    if zone is None:
        return values, getattr(dtype, "time_zone", None)
    return (values.dt if hasattr(values, "dt") else values).tz_convert(None), zone


def _of_kind(array: NDArray[Any], what: str, allowed: str) -> NDArray[Any]:
    """An array of an allowed kind: of floats, or of dates or durations."""
    kind = array.dtype.kind
    if kind not in allowed.replace("f", "fiu"):
        items = array.reshape(-1)
        place = int(np.argmax(items.imag != 0)) if kind == "c" and array.size else 0
        _refuse(what, kind, items[place] if array.size else None, place + 1)
    if "M" in allowed and kind in "iu":
        _check_digits(array, what)
    if kind in "fiu":
        return array.astype(np.float64)
    calendar = np.datetime_data(array.dtype)[0] in ("generic", "Y", "M")
    return _with_days(array, what) if calendar else array


def _array(values: Any, what: str) -> NDArray[Any]:
    """The values as an array, of objects where NumPy would make text of other things."""
    if np.ma.isMaskedArray(values):
        return np.asarray(values.filled(None) if values.dtype.kind == "O" else values.data)
    try:
        array = np.asarray(values)
        if array.dtype.kind in "US":
            array = np.asarray(values, dtype=object)
    except (TypeError, ValueError) as error:
        raise UnusableData(f"{what} are no list of numbers: {error}") from error
    return array


def _check_digits(array: NDArray[Any], what: str) -> None:
    """Refuse times that lose digits as floats, such as whole nanoseconds since 1970."""
    lost = np.flatnonzero(array.astype(np.float64).astype(array.dtype) != array)
    if lost.size:
        raise UnusableData(
            f"{what} are whole numbers of more digits than a float has (row {lost[0] + 1}: "
            f"{array[lost[0]]}): make dates of them, as pandas.to_datetime does, or count from the "
            "first"
        )


def _with_days(array: NDArray[Any], what: str) -> NDArray[Any]:
    """Dates by month or year as days; durations by month or year have no length."""
    if array.dtype.kind == "m":
        raise UnusableData(
            f"{what} are counted in months, years or nothing, which have no length in seconds; "
            "give them in days or shorter units"
        )
    return array.astype("datetime64[us]")


def _from_objects(array: NDArray[Any], what: str, allowed: str, name: str) -> Column:
    """A column from Python's own numbers, dates and durations."""
    items = list(array.reshape(-1))
    kinds = [_kind(item) for item in items]
    seen = dict.fromkeys(kind for kind in kinds if kind)
    for kind in seen:
        if kind not in allowed:
            row = kinds.index(kind)
            _refuse(what, kind, items[row], row + 1)
    if len(seen) > 1:
        one, other = (kinds.index(kind) for kind in list(seen)[:2])
        raise UnusableData(
            f"{what} are of several kinds: {items[one]!r} in row {one + 1}, {items[other]!r} in "
            f"row {other + 1}"
        )
    (kind,) = seen or ("f",)
    present = [item if own else None for item, own in zip(items, kinds, strict=True)]
    if kind == "f":
        floats = np.array([np.nan if item is None else float(item) for item in present])
        return Column(floats.reshape(array.shape), name)
    if kind == "m":
        spans = [np.timedelta64("NaT") if item is None else _exact(item) for item in present]
        return Column(np.array(spans).reshape(array.shape), name)
    zones = {getattr(item, "tzinfo", None) for item in present if item is not None} or {None}
    if None in zones and len(zones) > 1:
        raise UnusableData(f"{what} are dates some of which have a zone and some of which have not")
    stamps = [np.datetime64("NaT") if item is None else _exact(item) for item in present]
    (zone, *others) = zones
    same = None if others else zone
    return Column(np.array(stamps).reshape(array.shape), name, zone is not None, same)


def _kind(item: Any) -> str:
    """NumPy's letter for the kind of an object; "" for what is missing."""
    if item is None or item is np.ma.masked or type(item).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(item, (bool, np.bool_)):
        return "b"
    if isinstance(item, (str, bytes)):
        return "U"
    if isinstance(item, (date, np.datetime64)):
        return "" if item != item else "M"
    if isinstance(item, (timedelta, np.timedelta64)):
        return "" if item != item else "m"
    if isinstance(item, (numbers.Real, Decimal)):
        return "" if item != item else "f"
    return "c" if isinstance(item, numbers.Complex) else "O"


def _exact(item: Any) -> Any:
    """A date, in UTC if it has a zone, or a duration, as NumPy's, to its last digit."""
    for method in ("to_datetime64", "to_timedelta64"):  # pandas' are as fine as nanoseconds
        if hasattr(item, method):
            return getattr(item, method)()
    if isinstance(item, datetime) and item.tzinfo is not None:
        item = item.astimezone(UTC).replace(tzinfo=None)
    if isinstance(item, date):
        return np.datetime64(item, "us")
    return np.timedelta64(item) if isinstance(item, timedelta) else item


def _refuse(what: str, kind: str, value: Any, row: int) -> NoReturn:
    words, remedy = KINDS["U" if kind in "SU" else kind if kind in KINDS else "O"]
    if isinstance(value, np.generic):
        value = str(value) if kind in "Mm" else value.item()
    first = "" if value is None else f" (row {row}: {value!r})"
    raise UnusableData(f"{what} are {words}{first}; {remedy}")


def labels_of(frame: Any) -> Sequence[Any] | None:
    """Names of the columns of a table of pandas, polars or xarray; None of anything else."""
    if hasattr(frame, "data_vars"):
        return list(frame.data_vars)
    if hasattr(frame, "columns") and hasattr(frame, "__getitem__"):
        return list(frame.columns)
    return None
