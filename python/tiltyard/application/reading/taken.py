"""What was taken of a file: its records, and in words what was read, left out and guessed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tiltyard.application.reading.table import Said, listed, plural
from tiltyard.application.series import Series
from tiltyard.application.times import Times

#: Letters of a line: those of a narrow terminal.
WIDTH = 80


@dataclass(frozen=True, eq=False)
class Record:
    """Samples of one run, or of one group of a long table.

    Attributes
    ----------
    label : str
        What tells it from others; empty if it is the only one.
    rows : tuple of int
        Its first and its last row, from 1 for the first below the header.
    times : Times
        Of all its rows, whether or not a signal has a sample there.
    series : tuple of Series
        One for each signal that can be differentiated.
    failures : mapping of str to str
        Signals that cannot, and why.
    """

    label: str
    rows: tuple[int, int]
    times: Times
    series: tuple[Series, ...]
    failures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read of a file.

    Attributes
    ----------
    file : str
    rows : int
        Rows with a time.
    signals : tuple of str
        Columns that are differentiated.
    units : mapping of str to str
        Units of signals, where the file has them apart from the names.
    records : tuple of Record
    by : str
        What tells records apart: a column's name, or ``record``; empty if there is one.
    said : Said
        How the file is written, what was left out and what was guessed.
    """

    file: str
    rows: int
    signals: tuple[str, ...]
    units: Mapping[str, str]
    records: tuple[Record, ...]
    by: str
    said: Said

    def words(self) -> str:
        """What was taken, for the head of a report."""
        lines = [f"read {self.file}: {plural(self.rows, 'row')} of {self._signals()}"]
        lines.append(f"times: {self._times()}")
        if self.said.layout:
            lines.append(f"written with {'; '.join(dict.fromkeys(self.said.layout))}")
        if self.by:
            lines.append(f"{plural(len(self.records), 'record')} by {self.by}: {self._records()}")
        lines += [f"left out: {text}" for text in dict.fromkeys(self.said.left_out)]
        lines += [f"guessed: {text}" for text in dict.fromkeys(self.said.guessed)]
        return "\n".join(
            part for line in lines for part in textwrap.wrap(line, WIDTH, subsequent_indent="  ")
        )

    def facts(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        times = self.records[0].times
        return {
            "file": self.file,
            "rows": self.rows,
            "signals": list(self.signals),
            "units": dict(self.units),
            "time": times.name,
            "time_unit": times.unit,
            "records": [
                {
                    "record": one.label,
                    "rows": list(one.rows),
                    "from": one.times.ends()[0],
                    "to": one.times.ends()[1],
                }
                for one in self.records
            ],
            "by": self.by,
            "written_with": list(dict.fromkeys(self.said.layout)),
            "left_out": list(dict.fromkeys(self.said.left_out)),
            "guessed": list(dict.fromkeys(self.said.guessed)),
        }

    def _signals(self) -> str:
        return listed(
            f"{name} [{self.units[name]}]" if self.units.get(name) else name
            for name in self.signals
        )

    def _times(self) -> str:
        times = self.records[0].times
        ends = [one.times.ends() for one in self.records]
        spans = listed(f"{first} to {last}" for first, last in ends)
        if times.stamps is not None or times.clock:
            return f"{times.name}, {spans}; derivatives are per {times.unit}"
        unit = f" {times.unit}" if times.unit else ", in a unit that the file does not name"
        return f"{times.name}, {spans}{unit}"

    def _records(self) -> str:
        return listed(f"{one.label} (rows {one.rows[0]} to {one.rows[1]})" for one in self.records)
