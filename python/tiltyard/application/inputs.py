"""What `tiltyard.differentiate` is given, as series: arrays, series, tables, labelled arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tiltyard.application.columns import Column, column_of, labels_of
from tiltyard.application.noise.given import (
    GivenNoise,
    mean_of_replicates,
    named_columns,
    refuse_both,
)
from tiltyard.application.options import UNIT
from tiltyard.application.sequence import UnusableData
from tiltyard.application.series import Series
from tiltyard.application.times import UNITS, Times

#: How a signal is called that has no name.
UNNAMED = "signal"
#: The unit of times that are the numbers of the samples.
SAMPLE = "sample"


@dataclass(frozen=True)
class Given:
    """Times and samples of one signal, as they were given.

    Attributes
    ----------
    t, y : array-like
    name : str
        Of the signal; the samples' own if empty.
    counted : bool
        Whether the times only count the samples.
    noise : GivenNoise
        Of the samples.
    """

    t: Any
    y: Any
    name: str = ""
    counted: bool = False
    noise: GivenNoise = field(default_factory=GivenNoise)


def series_of(
    t: Any,
    y: Any = None,
    time: Any = None,
    *,
    unit: str | None = None,
    sort: bool = False,
    average: bool = False,
    noise: GivenNoise | None = None,
    replicates: bool = False,
) -> Series | dict[Any, Series]:
    """The series in what was given, checked; several with their labels if a table has several.

    Parameters
    ----------
    t, y, time, unit, sort, average, replicates
        As of `tiltyard.differentiate`.
    noise : GivenNoise, optional
        What is known of the noise of each sample.

    Raises
    ------
    UnusableData
        If times or samples cannot be used as they are, or there are none where they should be.
    """
    check_unit(unit)
    noise = GivenNoise() if noise is None else noise
    if replicates:
        refuse_both(noise)
        return _replicates(t, y, time, unit=unit, sort=sort)
    kept: dict[str, Any] = {"unit": unit, "sort": sort, "average": average}
    labels = labels_of(t)
    if labels is None:
        if time is not None:
            raise UnusableData(f"time={time!r} names a column of a table: give a table first")
        return _series(replace(_single(t, y), noise=noise), **kept)
    if not _is_label(y, labels):
        chosen = [label for label in labels if label != time] if y is None else _list(y, labels)
        columns, noises = named_columns(noise, t, chosen)
        chosen = [label for label in chosen if label not in columns]
        if not chosen:
            raise UnusableData("the table has no column to differentiate")
        given = {
            label: Given(*_of_table(t, label, time, labels), str(label), noise=noises[label])
            for label in chosen
        }
        try:
            return {label: _series(one, **kept) for label, one in given.items()}
        except NoNumbers as error:
            if y is not None:
                raise
            raise UnusableData(
                f"{error}; or name the columns that are signals, as in differentiate(table, "
                f"{list(_of_numbers(t, chosen))!r})"
            ) from error
    _, noises = named_columns(noise, t, [y])
    return _series(Given(*_of_table(t, y, time, labels), str(y), noise=noises[y]), **kept)


def _replicates(t: Any, y: Any, time: Any, *, unit: str | None, sort: bool) -> Series:
    """The series of the means of columns that repeat one measurement."""
    labels = labels_of(t)
    if labels is None:
        columns = np.asarray(column_of(y, "the replicates", allowed="f").values)
        names: list[str] = [str(label) for label in labels_of(y) or ()]
        times = t
    else:
        chosen = [label for label in labels if label != time] if y is None else _list(y, labels)
        names = [str(label) for label in chosen]
        pairs = [_of_table(t, label, time, labels) for label in chosen]
        parts = [column_of(y, name, allowed="f") for (_, y), name in zip(pairs, names, strict=True)]
        columns, times = np.stack([part.values for part in parts], axis=1), pairs[0][0]
    samples, noise, name, note = mean_of_replicates(columns, names)
    counted = times_of(column_of(times, f"{name}: the times"), name, unit)
    if len(samples) != len(counted.values):
        raise UnusableData(
            f"{name}: {len(counted.values)} times and {len(samples)} rows of replicates: give a "
            "row for each time, and a column for each replicate"
        )
    series = Series.from_samples(counted, samples, name, sort=sort, noise=noise)
    return replace(series, notes=(note, *series.notes))


class NoNumbers(UnusableData):
    """The samples are no numbers."""


def check_unit(unit: str | None) -> None:
    """Refuse an unknown unit of time."""
    if unit is not None and unit not in UNITS:
        raise UnusableData(f"unit of time {unit!r} is unknown; use one of {', '.join(UNITS)}")


def times_of(column: Column, what: str, unit: str | None) -> Times:
    """Times from a column of numbers, dates or durations; of the latter in seconds or `unit`."""
    name = column.name or "time"
    if column.kind == "f":
        if unit is not None:
            raise UnusableData(
                f"{UNIT.set_to(unit)} is for dates and durations; the times are numbers, which are "
                "counted as they are: leave it out"
            )
        return Times(column.values, name)
    if column.values.ndim != 1 or not column.values.size:
        raise UnusableData(f"{what}: times of shape {column.values.shape}: give a list of them")
    if (missing := np.flatnonzero(np.isnat(column.values))).size:
        raise UnusableData(f"{what}: row {missing[0] + 1} has no time; remove the row")
    return Times.counted(column.values, name, unit or "s", utc=column.utc, zone=column.zone)


def _series(given: Given, *, unit: str | None, sort: bool, average: bool) -> Series:
    """The series of one signal."""
    own = given.name or getattr(given.y, "name", None) or UNNAMED
    name = own if isinstance(own, str) else UNNAMED if callable(own) else str(own)
    try:
        samples = column_of(given.y, f"{name}: the samples", allowed="f")
    except UnusableData as error:
        raise NoNumbers(str(error)) from error
    times = times_of(column_of(given.t, f"{name}: the times"), name, unit)
    if given.counted:
        times = replace(times, unit=SAMPLE)
    noise = given.noise.of(samples.values, name)
    series = Series.from_samples(
        times, samples.values, name, sort=sort, average=average, noise=noise
    )
    if not given.counted:
        return series
    note = "the index only counts the samples: derivatives are per sample"
    return replace(series, notes=(note, *series.notes))


def _single(t: Any, y: Any) -> Given:
    """Times and samples, or a series that has its times."""
    if y is not None:
        if isinstance(y, str):
            raise UnusableData(f"{y!r} names a column of a table: give a table first")
        _check_labels(t, y)
        return Given(t, y)
    if hasattr(t, "dims") and hasattr(t, "coords"):
        return Given(_coordinate(t), t)
    index = getattr(t, "index", None)
    if index is None or callable(index):  # lists have a method of that name
        raise UnusableData(
            "samples without times: give both, differentiate(t, y), or a series with its times in "
            "its index"
        )
    return Given(_times_in(index), t, counted=_counts(index))


def _is_label(y: Any, labels: Sequence[Any]) -> bool:
    """Whether `y` names one column."""
    return isinstance(y, (str, int, tuple)) and y in labels


def _list(y: Any, labels: Sequence[Any]) -> list[Any]:
    """The columns that were asked for."""
    chosen = list(y) if isinstance(y, (list, tuple)) else [y]
    for label in chosen:
        if not isinstance(label, (str, int, tuple)) or label not in labels:
            listed = ", ".join(map(str, labels))
            shown = repr(label) if isinstance(label, (str, int, tuple)) else type(label).__name__
            raise UnusableData(f"the table has no column {shown}; it has {listed}")
    return chosen


def _of_table(table: Any, label: Any, time: Any, labels: Sequence[Any]) -> tuple[Any, Any]:
    """Times and samples of one column of a table."""
    samples = table[label]
    if labels_of(samples) is not None:
        raise UnusableData(f"several columns are called {label!r}; give each a name of its own")
    if time is not None:
        known = [*labels, *getattr(table, "coords", ())]
        index = getattr(table, "index", None)
        if index is not None and time not in known and time == getattr(index, "name", None):
            return index, samples
        if time not in known:
            raise UnusableData(
                f"the table has no column {time!r}; it has {', '.join(map(str, known))}"
            )
        return table[time], samples
    if hasattr(samples, "dims"):
        return _coordinate(samples), samples
    index = getattr(table, "index", None)
    if index is None or _counts(index):
        raise UnusableData(
            "the table's rows have no times but their numbers; name the column of the times, as in "
            f"time={labels[0]!r}, or make it the index"
        )
    return _times_in(index), samples


def _coordinate(array: Any) -> Any:
    """The coordinate along the only dimension of an array of xarray."""
    if len(array.dims) != 1:
        raise UnusableData(
            f"an array with the dimensions {', '.join(map(str, array.dims)) or 'none'}: select one "
            "signal, as .sel() and .isel() do"
        )
    (dimension,) = array.dims
    if dimension not in array.coords:
        raise UnusableData(
            f"the dimension {dimension!r} has no coordinate: give the times, differentiate(t, y), "
            "or .assign_coords() them"
        )
    return array.coords[dimension]


def _times_in(index: Any) -> Any:
    if getattr(index, "nlevels", 1) > 1:
        raise UnusableData(
            f"an index of {index.nlevels} levels: choose one record, as .xs() does, so that the "
            "times are left"
        )
    return index


def _counts(index: Any) -> bool:
    """Whether an index of pandas only counts the rows from 0."""
    start, step = getattr(index, "start", None), getattr(index, "step", None)
    return (start, step) == (0, 1) and getattr(index, "name", None) is None


def _check_labels(t: Any, y: Any) -> None:
    """Refuse two series whose rows have the same labels in another order."""
    one: Any = getattr(t, "index", None)
    other: Any = getattr(y, "index", None)
    if not (hasattr(one, "equals") and hasattr(other, "equals")):
        return
    if not one.equals(other) and one.sort_values().equals(other.sort_values()):
        raise UnusableData(
            "the rows of times and samples have the same labels in another order; bring them into "
            "one, as y.reindex(t.index) does"
        )


def _of_numbers(table: Any, labels: Sequence[Any]) -> Iterator[Any]:
    """Labels of the columns of numbers."""
    for label in labels:
        try:
            column_of(table[label], str(label), allowed="f")
        except UnusableData:
            continue
        yield label
