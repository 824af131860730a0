"""What the user says of a file, where it cannot be seen in the file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wishes:
    """What to read of a file, and how; what is empty is looked for in the file.

    Attributes
    ----------
    time : tuple of str
        Column of the times; two for a date and a time of day.
    signals : tuple of str
        Columns to differentiate; all other columns of numbers if empty.
    by : tuple of str
        Columns whose values tell the records of a long table apart.
    date_format : str
        How dates are written, as in ``%d.%m.%Y``, or a word of `counted.COUNTS`, or ``number``:
        times are plain numbers.
    unit : str
        Unit of time in which derivatives are counted, a key of `application.times.UNITS`.
    zone : str
        Zone of a local clock, as in ``Europe/Berlin``.
    decimal, separator, encoding, sheet : str
        The decimal sign; what stands between cells; how the text is encoded; of a workbook.
    missing : tuple of str
        Cells that stand for a missing sample. ``none``: no number does.
    header : int or None
        Line of the names, from 1; 0: there is none.
    sort, average : bool
        Whether to sort rows by time, and to average samples of the same time.
    noise, weights : tuple of str
        Columns with standard errors, or with weights, of the samples: one for all signals, or one
        for each.
    replicates : bool
        Whether the signals repeat one measurement.
    """

    time: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    date_format: str = ""
    unit: str = ""
    zone: str = ""
    decimal: str = ""
    separator: str = ""
    encoding: str = ""
    sheet: str = ""
    missing: tuple[str, ...] = ()
    header: int | None = None
    sort: bool = False
    average: bool = False
    noise: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    replicates: bool = False
