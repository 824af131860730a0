"""Read measured series from a CSV, TSV or Parquet file: times or dates, and signal columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.series import FEWEST, Series, UnusableData
from tiltyard.application.times import UNITS, Times
from tiltyard.engine.extras import require
from tiltyard.engine.files.atomic import UnreadableFile

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = (",", ";", "\t")


def read_table(path: Path) -> pd.DataFrame:
    """The table in a CSV, TSV or Parquet file, told apart by the name's ending.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, of another kind, or not what its name says.
    MissingPackage
        If it is a Parquet file, and pyarrow is not installed.
    """
    import pandas as pd

    if not path.is_file():
        raise UnreadableFile(f"{path}: no such file")
    if path.suffix == ".parquet":
        require("pyarrow", f"reading {path}", "parquet")
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix in (".csv", ".tsv", ".txt"):
            separator, before = _layout(path)
            return pd.read_csv(path, sep=separator, skiprows=before, skip_blank_lines=True)
    except pd.errors.EmptyDataError as error:
        raise UnreadableFile(f"{path}: it is empty; a header and rows are needed") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path}: not readable: {error}; save it as UTF-8") from error
    except (ValueError, OSError, pd.errors.ParserError) as error:
        reason = " ".join(str(error).split())
        raise UnreadableFile(f"{path}: not readable: {reason}") from error
    raise UnreadableFile(
        f"{path}: its name ends in none of .csv, .tsv, .txt and .parquet; save the table as one "
        "of these"
    )


def _layout(path: Path) -> tuple[str, int]:
    """The separator, and how many lines stand before the header.

    Lines that begin with # are comments; but the last of them is the header where numbers follow
    it, as NumPy writes it.
    """
    comments, line = 0, ""
    with path.open(encoding="utf-8-sig") as file:
        for line in file:
            if not line.startswith("#"):
                break
            comments += 1
    separator = max(SEPARATORS, key=line.count)
    numbers_follow = any(map(_is_number, line.split(separator)))
    return separator, comments - (comments > 0 and numbers_follow)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_series(
    path: Path,
    time: str | None = None,
    signals: Sequence[str] = (),
    *,
    date_format: str = "",
    unit: str = "",
    sort: bool = False,
    average: bool = False,
) -> tuple[Times, list[Series]]:
    """Series of a file, ready to be differentiated.

    Parameters
    ----------
    path : Path
        CSV, TSV or Parquet file with a header.
    time : str, optional
        The column of the times, numbers or dates; the first one if absent.
    signals : sequence of str
        Columns to differentiate; all other columns of numbers, if they have any, if empty.
    date_format : str
        How dates are written, as in ``%Y%m%d``; ISO 8601 (2024-05-31 12:00) if empty. Nothing is
        guessed: 01/02/2024 needs it, and so do dates that are plain numbers.
    unit : str
        Unit of time between dates, a key of `UNITS`; chosen by their spacing if empty.
    sort, average : bool
        Whether to sort rows by time, and to average samples of the same time.

    Raises
    ------
    UnreadableFile
        If there is no such file, or it cannot be read.
    UnusableData
        If a column is missing or is no column of numbers, or times are missing, unsorted or
        repeated; the message names the row, the first below the header being row 1.
    """
    table = read_table(path)
    if table.empty:
        raise UnreadableFile(f"{path}: it has a header and no rows; at least {FEWEST} are needed")
    names = [str(name) for name in table.columns]
    table.columns = names
    time = names[0] if time is None else _known(path, time, names)
    times = read_times(table[time], date_format, unit)
    chosen = [_known(path, name, names) for name in signals] or [
        name
        for name in names
        if name != time and table[name].dtype.kind in "iuf" and table[name].notna().any()
    ]
    if not chosen:
        raise UnusableData(
            f"{path}: it has no column of numbers besides the times, {time!r}; name the column of "
            f"the times with --time, or what to differentiate with --signal; it has "
            f"{', '.join(names)}"
        )
    series = [
        Series.from_samples(times, _numbers(path, table[name]), name, sort=sort, average=average)
        for name in chosen
    ]
    return times, series


def _known(path: Path, name: str, names: Sequence[str]) -> str:
    if name not in names:
        raise UnusableData(f"{path}: it has no column {name!r}; it has {', '.join(names)}")
    return name


def _numbers(path: Path, column: pd.Series) -> NDArray[np.float64]:
    """The column as floats, NaN where a value is missing."""
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce")
    bad = np.flatnonzero(numbers.isna() & column.notna())
    if len(bad):
        raise UnusableData(
            f"{path}: column {column.name!r}, row {bad[0] + 1}: {column.iloc[bad[0]]!r} is no "
            "number; write a decimal point, no comma, and leave a missing value empty"
        )
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)


def read_times(column: pd.Series, date_format: str = "", unit: str = "") -> Times:
    """Times from a column of numbers or dates.

    Raises
    ------
    UnusableData
        If a time is missing, or is neither a number nor a date, or the unit is unknown.
    """
    import pandas as pd

    name = str(column.name)
    if len(missing := np.flatnonzero(column.isna())):
        raise UnusableData(f"row {missing[0] + 1} has no time in column {name!r}; remove the row")
    if unit and unit not in UNITS:
        raise UnusableData(f"unit of time {unit!r} is unknown; use one of {', '.join(UNITS)}")
    if column.dtype.kind in "iuf" and not date_format:
        return Times(column.to_numpy(dtype=np.float64), name)
    try:
        text = column.astype(str) if date_format else column
        form = date_format or "ISO8601"
        utc = pd.to_datetime(text.iloc[:1], format=form).dt.tz is not None
        dates = pd.to_datetime(text, format=form, utc=True).dt.tz_localize(None)
    except (ValueError, TypeError) as error:
        reason = str(error).partition(". ")[0].replace("\n", " ")
        raise UnusableData(
            f"column {name!r}: its times are neither numbers nor dates like 2024-05-31 ({reason}); "
            "say how they are written with --date-format, as in %d.%m.%Y"
        ) from error
    return Times.counted(dates.to_numpy(), name, unit, utc=utc)
