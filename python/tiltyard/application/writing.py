"""Write estimates as a table: one row a time, six columns an order, records one below the other."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tiltyard.application.derived.table import feature_frame
from tiltyard.engine.extras import require
from tiltyard.engine.files.atomic import atomic_path, special_fault
from tiltyard.studies.derivatives.contract import PROBABILITIES, Array

if TYPE_CHECKING:
    import pandas as pd

    from tiltyard.application.estimates import Estimates
    from tiltyard.application.reading import Record
    from tiltyard.application.times import Times

#: What columns of quantiles end with: three decimals of the probability.
ENDINGS = tuple(f"q{1000 * p:03.0f}" for p in PROBABILITIES)
SEPARATOR = {".csv": ",", ".tsv": "\t", ".txt": "\t"}


def frame_of(found: Estimates, times: Times, lost: bool = False) -> pd.DataFrame:
    """Times, estimates, standard deviations and quantiles of one series.

    Columns are the time's name, then for each order k ``<signal>_d<k>`` and ``<signal>_d<k>_sd``
    (`Quantity.column` has others' names),
    then for each order its quantiles, ``<signal>_d<k>_q025`` to ``<signal>_d<k>_q975``; orders that
    are not recoverable are left out unless `lost`: from the times of a piece, or altogether.
    """
    import pandas as pd

    return pd.DataFrame(_columns(found, times, lost))


def _columns(found: Estimates, times: Times, lost: bool) -> dict[str, Any]:
    """The columns of `frame_of` by their names."""
    columns: dict[str, Any] = {times.name: times.index(found.t_eval)}
    quantiles: dict[str, Any] = {}
    for row, (order, shown) in enumerate(zip(found.orders, found.shown(lost), strict=True)):
        if shown.any():
            name = found.series.quantity.column(found.series.name, order)
            columns[name] = np.where(shown, found.estimate[row], np.nan)
            columns[f"{name}_sd"] = np.where(shown, found.standard_deviation[row], np.nan)
            names = (f"{name}_{ending}" for ending in ENDINGS)
            ends = np.where(shown, found.quantiles[:, row], np.nan)
            quantiles |= dict(zip(names, ends, strict=True))
    return columns | quantiles


def write_estimates(
    estimates: Sequence[Estimates], times: Times, path: Path, lost: bool = False
) -> None:
    """Write estimates of several series side by side, as CSV, TSV or Parquet by the ending.

    Raises
    ------
    ValueError
        If the ending is another.
    """
    _write(_side_by_side(estimates, times, lost), path)


def write_records(
    records: Sequence[tuple[Record, Sequence[Estimates]]], by: str, path: Path, lost: bool = False
) -> None:
    """Write estimates of several records one below the other, with a column that says which.

    Parameters
    ----------
    records : sequence of pairs
        A record, and the estimates of its series.
    by : str
        Name of that column, the second one; empty if there is one record, and no such column.
    path : Path
        CSV, TSV or Parquet by the ending.
    lost : bool
        Whether to write orders that are not recoverable.

    Raises
    ------
    ValueError
        If the ending is another.
    """
    if (
        len(records) == 1
        and len(records[0][1]) == 1
        and not by
        and path.suffix.lower() in SEPARATOR
    ):
        (record, (found,)) = records[0]
        if record.times.stamps is None and not record.times.clock:
            _write_numbers(_columns(found, record.times, lost), path)
            return
    import pandas as pd

    frames = []
    for record, estimates in records:
        frame = _side_by_side(estimates, record.times, lost)
        if by:
            frame.insert(1, by if by not in frame else f"{by} (record)", record.label)
        frames.append(frame)
    _write(pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0], path)


def write_features(
    records: Sequence[tuple[Record, Sequence[Estimates]]], by: str, path: Path, lost: bool = False
) -> None:
    """Write what was found, a row a place, with the signal's name and, if `by`, the record's.

    See `write_records`.
    """
    import pandas as pd

    frames = []
    for record, estimates in records:
        for found in estimates:
            frame = feature_frame(found, record.times, lost)
            frame.insert(0, "signal", found.series.name)
            if by:
                frame.insert(0, by if by not in frame else f"{by} (record)", record.label)
            frames.append(frame)
    # One without a row has no types that others would have to take.
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    _write(pd.concat(filled, ignore_index=True), path)


def _side_by_side(estimates: Sequence[Estimates], times: Times, lost: bool) -> pd.DataFrame:
    """Estimates of the series of one record, in the sequence of its times."""
    import pandas as pd

    frames = [frame_of(found, times, lost) for found in estimates]
    joined = reduce(lambda a, b: pd.merge(a, b, on=times.name, how="outer", sort=False), frames)
    # Clock times are text, which sorts otherwise than they run.
    every = np.unique(np.concatenate([found.t_eval for found in estimates]))
    place = {time: k for k, time in enumerate(times.index(every))}
    return joined.sort_values(
        times.name, key=lambda column: column.map(place), ignore_index=True, kind="stable"
    )


def _write_numbers(columns: dict[str, Array], path: Path) -> None:
    """Write columns of numbers as pandas does, which takes longer to load than most estimates."""
    cells = [["" if np.isnan(x) else repr(x) for x in own.tolist()] for own in columns.values()]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=SEPARATOR[path.suffix.lower()], lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*cells, strict=True))


def _write(table: pd.DataFrame, path: Path) -> None:
    ending = path.suffix.lower()
    with atomic_path(path) as temporary:
        if ending == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.Table.from_pandas(table, preserve_index=False), temporary)
        else:
            table.to_csv(temporary, sep=SEPARATOR[ending], index=False)


def check_endings(table: Path | None, plot: Path | None) -> None:
    """Refuse the names of files early, before anything is computed.

    Raises
    ------
    ValueError
        If the table's ending is none of .csv, .tsv, .txt and .parquet, or the plot's none of
        .png, .svg and .pdf.
    MissingPackage
        If the table is to be Parquet, and pyarrow is not installed.
    """
    if table is not None and table.suffix.lower() not in (*SEPARATOR, ".parquet"):
        raise ValueError(f"--output {table}: use a name that ends in .csv, .tsv, .txt or .parquet")
    if table is not None and table.suffix.lower() == ".parquet":
        require("pyarrow", f"writing {table}", "parquet")
    if plot is not None and plot.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise ValueError(f"--plot {plot}: use a name that ends in .png, .svg or .pdf")


def check_targets(data: Path, table: Path | None, plot: Path | None, *, force: bool) -> None:
    """Refuse files that must not be written, before anything is computed.

    Parameters
    ----------
    data : Path
        The input.
    table, plot : Path or None
        What is to be written.
    force : bool
        Whether files that are there already may be replaced; the input never.

    Raises
    ------
    ValueError
        If an ending is unknown, or a file is the input or both, or is there already.
    MissingPackage
        If the table is to be Parquet, and pyarrow is not installed.
    """
    check_endings(table, plot)
    for option, path in (("--output", table), ("--plot", plot)):
        if path is None or not path.exists():
            continue
        if data.exists() and path.samefile(data):
            raise ValueError(f"{option} {path}: that is the input; name another file")
        if fault := special_fault(path):
            raise ValueError(f"{option} {fault}")
        if not force:
            raise ValueError(
                f"{option} {path}: it is there already; name another file, or replace it with "
                "--force"
            )
    if table is not None and plot is not None and table.absolute() == plot.absolute():
        raise ValueError(f"--output and --plot are both {table}: name two files")
