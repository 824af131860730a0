"""From a file to records of series, ready to be differentiated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.noise.sample_noise import SampleNoise
from tiltyard.application.reading.encoding import decoded
from tiltyard.application.reading.layout import laid_out
from tiltyard.application.reading.markers import is_marker_file, marker_table
from tiltyard.application.reading.missing import is_numeric, samples_of
from tiltyard.application.reading.moments import Moments, counts_rows, read_moments
from tiltyard.application.reading.numerals import Numerals, numerals_of, without_units
from tiltyard.application.reading.records import Part, groups, rising, runs, telling_columns
from tiltyard.application.reading.sample_noise import columns_of, noise_of_signals
from tiltyard.application.reading.separators import SEPARATORS, rows_of
from tiltyard.application.reading.sequence import checked_sequence
from tiltyard.application.reading.shapes import is_empty
from tiltyard.application.reading.source import Source, read_source
from tiltyard.application.reading.table import Said, Table, listed, plural
from tiltyard.application.reading.taken import Reading, Record
from tiltyard.application.reading.units import checked_unit
from tiltyard.application.reading.wishes import Wishes
from tiltyard.application.reading.zones import in_zone, running_on
from tiltyard.application.series import FEWEST, Series, UnusableData
from tiltyard.application.times import UNITS, Times, natural_unit

#: Rows without a time are left out if they are no larger a share; else the column is a wrong one.
TIMELESS = 0.1


def read_records(path: Path, wishes: Wishes | None = None) -> Reading:
    """Read records of series from a file, or from the standard input if the path is ``-``.

    Parameters
    ----------
    path : Path
        A text with a row for each time (CSV and its kin), a workbook (.xlsx), JSON, Parquet, or
        marker trajectories (.trc); compressed or not. What it is, its content says.
    wishes : Wishes, optional
        What the user says of it.

    Returns
    -------
    Reading

    Raises
    ------
    UnreadableFile
        If there is no such file, or it cannot be read.
    UnusableData
        If nothing in it can be differentiated, or it cannot be seen what it means. The message
        names the row, the first below the header being row 1, the value and an option.
    """
    wishes = Wishes() if wishes is None else wishes
    source = read_source(path)
    try:
        return _read(source, wishes)
    except UnusableData as error:
        raise UnusableData(f"{source.name}: {error}") from error


def read_table(source: Source, wishes: Wishes, said: Said) -> tuple[Table, str]:
    """The table in a file, and what stands between its cells, if it is a text."""
    if source.kind == "parquet":
        from tiltyard.application.reading.parquet import parquet_table

        return parquet_table(source.raw, source.name), ""
    if source.kind == "workbook":
        from tiltyard.application.reading.workbooks import workbook_rows

        rows = workbook_rows(source.raw, source.name, wishes.sheet, said)
        return laid_out(rows, header=wishes.header, said=said), ""
    text, encoding = decoded(source.raw, source.name, wishes.encoding)
    if encoding != "utf-8":
        said.layout.append(f"the encoding {encoding}")
    if source.kind == "json":
        from tiltyard.application.reading.objects import json_table

        return json_table(text, source.name), ""
    if is_marker_file(text):
        return marker_table(text, said), "\t"
    rows, comments, separator = rows_of(text, wishes.separator)
    if not rows:
        raise UnusableData("it has only comments; rows of times and samples are needed")
    if separator != ",":
        said.layout.append(SEPARATORS.get(separator, repr(separator)) + " between cells")
    return laid_out(rows, comments, separator, wishes.header, said), separator


@dataclass(frozen=True, eq=False)
class _Samples:
    """Rows with a time, and the numbers in their columns."""

    table: Table
    moments: Moments
    signals: dict[str, NDArray[np.float64]]
    noise: dict[str, SampleNoise]


def _read(source: Source, wishes: Wishes) -> Reading:
    said = Said()
    checked_unit(wishes.unit)
    table, separator = read_table(source, wishes, said)
    table = without_units(table, said)
    numerals = numerals_of(table, (), wishes.decimal, separator, said)
    moments = read_moments(table, numerals, wishes, said)
    table, moments = _with_time(table, moments, said)
    for name in wishes.by:
        table.column(name)
    signals = _signals(table, moments, numerals, wishes, said)
    parts, by, tellers = _parts(table, moments, wishes, said)
    for name in tellers:
        signals.pop(name, None)
    if not signals:
        raise UnusableData(_no_signal(table, moments))
    signals, noise = noise_of_signals(table, numerals, signals, wishes, said)
    samples = _Samples(table, moments, signals, noise)
    records = tuple(_records(samples, parts, wishes, said))
    if not any(record.series for record in records):
        (reason, *_) = [text for record in records for text in record.failures.values()]
        raise UnusableData(reason)
    units = {name: table.column(name).unit if name in table.names else "" for name in signals}
    return Reading(source.name, len(table), tuple(signals), units, records, by, said)


def _with_time(table: Table, moments: Moments, said: Said) -> tuple[Table, Moments]:
    """Only the rows that have a time."""
    good = np.isfinite(moments.values)
    if good.all():
        return table, moments
    gone = np.flatnonzero(~good)
    cells = [table.column(name).cells for name in moments.columns]
    shown = [" ".join("" if is_empty(one[row]) else str(one[row]) for one in cells) for row in gone]
    texts = [f"{table.place(row)}, {text!r}" for row, text in zip(gone, shown, strict=True)]
    if len(gone) > max(TIMELESS * len(table), 1):
        raise UnusableData(
            f"{len(gone)} of {len(table)} rows have no time in column {moments.name!r}, the first "
            f"being {texts[0]}; name another column with --time, or remove the rows"
        )
    said.left_out.append(f"{plural(len(gone), 'row')} without a time: {listed(texts)}")
    kept = np.flatnonzero(good)
    return table.taken(kept), moments.taken(kept)


def _signals(
    table: Table,
    moments: Moments,
    numerals: Mapping[str, Numerals],
    wishes: Wishes,
    said: Said,
) -> dict[str, NDArray[np.float64]]:
    """Samples of each column that is differentiated, NaN where one is missing."""
    for name in wishes.signals:
        if not is_numeric(table.column(name).cells, numerals[name]):
            row, cell = _first_word(table, name, numerals[name])
            raise UnusableData(
                f"column {name!r}, {table.place(row)}: {cell!r} is no number; name a column of "
                "numbers with --signal"
            )
    apart = (*moments.columns, *wishes.by, *columns_of(wishes)[0])
    found = {}
    for column in table.columns:
        name = column.name
        if name in apart or (wishes.signals and name not in wishes.signals):
            continue
        if not wishes.signals and (reason := _no_numbers(table, name, numerals[name])):
            said.left_out.append(f"the column {name!r}: {reason}")
            continue
        values = samples_of(table, column, numerals[name], wishes.missing, said)
        count = int(np.isfinite(values).sum())
        if count < FEWEST and not wishes.signals and len(table) >= FEWEST:
            said.left_out.append(
                f"the column {name!r}: {plural(count, 'number')} in {len(table)} rows, and "
                f"{FEWEST} are needed"
            )
            continue
        found[name] = values
    return {name: found[name] for name in wishes.signals or found}


def _no_numbers(table: Table, name: str, numerals: Numerals) -> str:
    """Why a column is no signal of its own accord; empty if it may be one."""
    column = table.column(name)
    if isinstance(column.cells, np.ndarray) and column.cells.dtype.kind in "mM":
        return "it has dates"
    if not isinstance(column.cells, np.ndarray) and all(map(is_empty, column.cells)):
        return "it is empty"
    if not is_numeric(column.cells, numerals):
        return "it has words"
    return "it counts the rows" if counts_rows(column, numerals) else ""


def _first_word(table: Table, name: str, numerals: Numerals) -> tuple[int, object]:
    cells = table.column(name).cells
    numbers = numerals.column(cells) if not isinstance(cells, np.ndarray) else np.zeros(0)
    row = next((k for k in np.flatnonzero(np.isnan(numbers)) if not is_empty(cells[k])), 0)
    return int(row), cells[row]


def _no_signal(table: Table, moments: Moments) -> str:
    return (
        f"it has no column of {FEWEST} numbers or more besides the times, {moments.name!r}; name "
        "the column of the times with --time, or what to differentiate with --signal; it has "
        f"{', '.join(table.names)}"
    )


def _parts(
    table: Table, moments: Moments, wishes: Wishes, said: Said
) -> tuple[list[Part], str, list[str]]:
    """Rows of each record, what tells them apart, and which columns only do that."""
    grouped = groups(table, wishes.by) if wishes.by else [("", np.arange(len(table)))]
    parts = []
    for label, rows in grouped:
        values = _running_on(moments.taken(rows), wishes, Said()).values
        found = runs(values)
        for number, (start, stop) in enumerate(found, 1):
            inside, falling = rising(rows[start:stop], moments.values)
            own = f"{label}, {number}" if label and len(found) > 1 else label or str(number)
            parts.append(Part(inside, own, falling))
    if len(parts) == 1 and not wishes.by:
        return [Part(parts[0].rows, "", parts[0].falling)], "", []
    tellers = telling_columns(table, [part.rows for part in parts], moments.columns)
    if wishes.by:
        return parts, ", ".join(wishes.by), [name for name in tellers if name not in wishes.by]
    first = table.place(int(parts[1].rows.min()))
    said.guessed.append(
        f"its times start again, or turn, in {first}: each of the {len(parts)} parts is a record"
    )
    if tellers:
        cells = table.column(tellers[0]).cells
        parts = [Part(part.rows, str(cells[part.rows[0]]), part.falling) for part in parts]
        return parts, tellers[0], tellers
    return parts, "record", []


def _running_on(moments: Moments, wishes: Wishes, said: Said) -> Moments:
    """Times of a clock that was never changed; in UTC if the user names the zone."""
    if moments.stamps is None or moments.utc:
        return moments
    if wishes.zone:
        stamps = in_zone(moments.stamps, wishes.zone, moments.name)
    else:
        stamps = running_on(moments.stamps, moments.name, said)
    values = (stamps - stamps[0]) / np.timedelta64(1, "s")
    return replace(moments, stamps=stamps, values=values, utc=bool(wishes.zone))


def _records(
    samples: _Samples, parts: Sequence[Part], wishes: Wishes, said: Said
) -> Iterator[Record]:
    if any(part.falling for part in parts):
        said.guessed.append(
            f"{samples.moments.name} falls: the rows are taken from the last to the first"
        )
    unit = wishes.unit or _natural(samples.moments, parts)
    for part in parts:
        table = samples.table.taken(part.rows)
        moments = samples.moments.taken(part.rows)
        ends = int(table.rows.min()), int(table.rows.max())
        try:
            moments = _running_on(moments, wishes, said)
            sequence = checked_sequence(table, moments, wishes)
        except UnusableData as error:
            if len(parts) == 1:
                raise
            times = _times(moments, unit)
            failed = dict.fromkeys(samples.signals, str(error))
            yield Record(part.label, ends, times, (), failed)
            continue
        times = _times(moments.taken(sequence), unit)
        yield _record(
            part.label,
            ends,
            times,
            {name: values[part.rows][sequence] for name, values in samples.signals.items()},
            {name: one.taken(part.rows[sequence]) for name, one in samples.noise.items()},
            wishes,
        )


def _natural(moments: Moments, parts: Sequence[Part]) -> str:
    """The unit of dates and clocks by the spacing of the longest record; that of numbers."""
    if moments.stamps is None and not moments.clock:
        return moments.unit
    longest = max(parts, key=lambda part: len(part.rows))
    return natural_unit(moments.values[longest.rows])


def _times(moments: Moments, unit: str) -> Times:
    """Times in this unit; plain numbers of a known unit are converted into it."""
    own = 1.0 if moments.stamps is not None or moments.clock else UNITS.get(moments.unit, 0.0)
    values = moments.values
    if moments.stamps is not None:
        values = (moments.stamps - moments.stamps[0]) / np.timedelta64(1, "s")
    if own and UNITS.get(unit, own) != own:
        values = values * own / UNITS[unit] if own < 1 else values / (UNITS[unit] / own)
    return Times(values, moments.name, unit, moments.stamps, moments.utc, clock=moments.clock)


def _record(
    label: str,
    rows: tuple[int, int],
    times: Times,
    signals: Mapping[str, NDArray[np.float64]],
    noise: Mapping[str, SampleNoise],
    wishes: Wishes,
) -> Record:
    """A record of the signals that have enough samples; others are failures, with the reason."""
    series, failures = [], {}
    for name, values in signals.items():
        present = np.isfinite(values)
        own = noise[name].taken(present) if name in noise else None
        try:
            one = Series.from_samples(
                times.values[present], values[present], name, average=wishes.average, noise=own
            )
        except UnusableData as error:
            failures[name] = str(error)
        else:
            series.append(replace(one, times=times))
    return Record(label, rows, times, tuple(series), failures)
