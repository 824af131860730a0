"""Parquet files of data frames, with their index."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from tiltyard.application.reading.table import Column, Table
from tiltyard.engine.extras import require
from tiltyard.engine.files.atomic import UnreadableFile

if TYPE_CHECKING:
    import pandas as pd


def parquet_table(raw: bytes, name: str) -> Table:
    """The table in a Parquet file; an index of the frame that it was comes first.

    Raises
    ------
    UnreadableFile
        If it is damaged.
    MissingPackage
        If pyarrow is not installed.
    """
    require("pyarrow", f"reading {name}", "parquet")
    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(raw))
    except (ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise UnreadableFile(f"{name}: not readable: {reason}") from error
    return table_of(frame)


def table_of(frame: pd.DataFrame) -> Table:
    """The table that a frame is; an index that only counts the rows is none of its columns."""
    import pandas as pd

    if not isinstance(frame.index, pd.RangeIndex):
        names = [
            f"index{k or ''}" if name is None else str(name)
            for k, name in enumerate(frame.index.names)
        ]
        frame = frame.reset_index(names=names)
    columns = [_column(str(name), frame.iloc[:, k]) for k, name in enumerate(frame.columns)]
    return Table(columns, np.zeros(len(frame), dtype=np.intp))


def _column(name: str, column: pd.Series[Any]) -> Column:
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.DatetimeTZDtype):
        naive = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return Column(name, naive.to_numpy(dtype="datetime64[ns]"), "UTC")
    if kind.kind in "mM":
        return Column(
            name, column.to_numpy(dtype=f"{'datetime' if kind.kind == 'M' else 'timedelta'}64[ns]")
        )
    if kind.kind == "f":
        return Column(name, column.to_numpy(dtype=np.float64, na_value=np.nan))
    if kind.kind in "iu" and not column.isna().any():
        return Column(name, column.to_numpy())
    return Column(name, [None if pd.isna(cell) else cell for cell in column.tolist()])
