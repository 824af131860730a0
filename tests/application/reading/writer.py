"""Write a table in one of the many ways in which instruments and people write tables."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

ROWS = 24
START = datetime(2025, 2, 13, 22, 7)
#: Ways of writing times: name, step in seconds, the text of a time.
DATES = {
    "iso": "%Y-%m-%d %H:%M:%S",
    "iso T": "%Y-%m-%dT%H:%M:%S",
    "slashes": "%Y/%m/%d %H:%M:%S",
    "days first": "%d.%m.%Y %H:%M:%S",
    "days first, slashes": "%d/%m/%Y %H:%M",
    "months first": "%m/%d/%Y %I:%M:%S %p",
    "month's name": "%d-%b-%Y %H:%M:%S",
    "packed": "%Y%m%dT%H%M%S",
    "zone": "%Y-%m-%dT%H:%M:%S+02:00",
    "time of day": "%H:%M:%S",
}
COUNTS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
MISSING = ("", "NaN", "n/a", "OVL", "-", "---", "#N/A", "null", "ERR", "-9999", "<LOD")
PREAMBLES = (
    ["Instrument{s}Frame 12", "Operator{s}", "Rate{s}24"],
    ["Channel 3", "recorded on Tuesday"],
    ["[Data]"],
)
FOOTERS = (["End of record"], ["Mean{s}4.5{s}2.1"], ["Min{s}1{s}2", "Max{s}8{s}9"])


@dataclass
class Written:
    """A file, and what must be read of it.

    Attributes
    ----------
    raw : bytes
    seconds : (rows,) array
        Times from the first on, in the column's unit or in seconds.
    values : dict of (rows,) arrays
        NaN where a sample is missing.
    way : dict
        How it is written, for messages.
    """

    raw: bytes
    seconds: np.ndarray
    values: dict[str, np.ndarray]
    way: dict[str, object] = field(default_factory=dict)


def written(rng: np.random.Generator) -> Written:
    """A table of two signals in a random way of writing."""

    def any_of(*choices):
        return choices[rng.integers(len(choices))]

    sep = any_of(",", ",", ";", ";", "\t", "\t", "|", "  ", " ")
    blank = sep.isspace() and sep != "\t"
    quoted = not blank and rng.random() < 0.2
    decimal = any_of(".", ",") if sep != "," or quoted else "."
    thousands = "" if blank else any_of("", "", ".,"[decimal == "."], "\u202f", "\u00a0", "'")
    if thousands == sep and not quoted:
        thousands = ""
    minus = any_of("-", "-", "\u2212")
    form = any_of("fixed", "fixed", "E", "D")
    way = any_of("numbers", "numbers", *DATES, *COUNTS, "two columns")
    t = np.arange(ROWS) * any_of(0.5, 2.0, 60.0) * (2 if way == "s" else 1)
    size = any_of(0.3, 40.0, 6000.0)
    values = {
        "flow": np.round(size * (np.sin(np.arange(ROWS) / 4) - 0.2), 2),
        "level": np.round(size * (2 + np.cos(np.arange(ROWS) / 5)), 2),
    }
    gone = rng.choice(np.arange(2, ROWS - 2), 3, replace=False) if rng.random() < 0.4 else []
    marks = [any_of(*(MISSING if not blank else MISSING[1:])) for _ in gone]
    if any(mark == "-9999" for mark in marks) and size > 4000:
        marks = ["NaN"] * len(gone)  # it would be among the samples

    def number(value, places=2):
        text = f"{value:,.{places}f}" if form == "fixed" else f"{value:.6E}".replace("E", form)
        text = text.replace(",", "g").replace(".", decimal).replace("g", thousands)
        return text.replace("-", minus) if form == "fixed" else text

    names, times = _times(way, t, number, blank)
    if way in DATES or way in ("two columns",):
        t = np.arange(ROWS) * 60.0
    cells = [*times]
    for name, column in values.items():
        texts = [number(value) for value in column]
        if name == "flow":
            for place, mark in zip(gone, marks, strict=True):
                texts[place] = mark
                column[place] = np.nan
        cells.append(texts)
    names += list(values)
    unit = any_of("", "", "row", "name")
    units = ["s" if k == 0 and way == "numbers" else "mm" for k in range(len(names))]
    units[: len(cells) - 2] = [one if way == "numbers" else "-" for one in units[: len(cells) - 2]]
    if unit == "name" and way == "numbers" and not blank:
        names[0] += " [s]"
    if rng.random() < 0.15 and not blank:
        names, cells = ["", *names], [[str(k) for k in range(ROWS)], *cells]
        units = ["", *units]
    if rng.random() < 0.2:
        names.append("state")
        units.append("-")
        cells.append(["idle" if k < 9 else "run" for k in range(ROWS)])
    rows = [list(row) for row in zip(*cells, strict=True)]
    falling = rng.random() < 0.1 and way != "time of day"
    lines = [_line(row, sep, quoted) for row in (rows[::-1] if falling else rows)]
    trailing = sep in ",;" and rng.random() < 0.15
    if trailing:
        lines = [line + sep for line in lines]
    if rng.random() < 0.2:
        lines[7:7] = ["", "# valve opened" if not quoted else "# stopped"]
    header = [] if rng.random() < 0.15 and names[0] else [_line(names, sep, quoted)]
    if unit == "row" and header and not blank:
        header.append(_line(units, sep, quoted))
    above = [line.format(s=sep) for line in any_of([], [], *PREAMBLES)] if header else []
    below = [line.format(s=sep) for line in any_of([], [], *FOOTERS)]
    end = any_of("\n", "\n", "\r\n")
    text = end.join([*above, *header, *lines, *below]) + any_of("", end, end * 3)
    encoding = any_of("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252")
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:  # the minus, a narrow blank
        raw = text.encode()
    if rng.random() < 0.1:
        raw = gzip.compress(raw, mtime=0)
    if not header:
        shift = len(names) - 2 - (names[-1] == "state")
        values = {str(shift + 1 + k): column for k, column in enumerate(values.values())}
    said = {"sep": sep, "decimal": decimal, "thousands": thousands, "form": form, "way": way}
    return Written(raw, t, values, said | {"start": text[:300]})


def _times(way, t, number, blank):
    """Names and texts of the columns of times."""
    moments = [START + timedelta(minutes=k) for k in range(ROWS)]
    if way == "numbers":
        return ["time"], [[number(one) for one in t]]
    if way in COUNTS:
        first = 1_754_200_800
        return ["stamp"], [[str(round((first + one) * COUNTS[way])) for one in t]]
    if way == "two columns":
        return ["day", "clock"], [
            [one.strftime("%Y-%m-%d") for one in moments],
            [one.strftime("%H:%M:%S") for one in moments],
        ]
    texts = [one.strftime(DATES[way]) for one in moments]
    if blank and " " in DATES[way]:
        texts = [f'"{text}"' for text in texts]
    return ["when"], [texts]


def _line(cells, sep, quoted):
    return sep.join(f'"{cell}"' for cell in cells) if quoted else sep.join(cells)
