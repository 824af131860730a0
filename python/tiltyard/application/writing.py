"""Write estimates as a table: one row a time, six columns an order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.extras import require
from tiltyard.engine.files.atomic import atomic_path
from tiltyard.studies.derivatives.contract import PROBABILITIES

if TYPE_CHECKING:
    import pandas as pd

    from tiltyard.application.estimates import Estimates
    from tiltyard.application.times import Times

#: What columns of quantiles end with: three decimals of the probability.
ENDINGS = tuple(f"q{1000 * p:03.0f}" for p in PROBABILITIES)
SEPARATOR = {".csv": ",", ".tsv": "\t", ".txt": "\t"}


def frame_of(found: Estimates, times: Times, lost: bool = False) -> pd.DataFrame:
    """Times, estimates, standard deviations and quantiles of one series.

    Columns are the time's name, then for each order k ``<signal>_d<k>`` and ``<signal>_d<k>_sd``,
    then for each order its quantiles, ``<signal>_d<k>_q025`` to ``<signal>_d<k>_q975``; orders that
    are not recoverable are left out unless `lost`.
    """
    import pandas as pd

    columns: dict[str, Any] = {times.name: times.index(found.t_eval)}
    quantiles: dict[str, Any] = {}
    for row, (order, keep) in enumerate(zip(found.orders, found.recoverable, strict=True)):
        if keep or lost:
            name = f"{found.series.name}_d{order}"
            columns[name] = found.estimate[row]
            columns[f"{name}_sd"] = found.standard_deviation[row]
            names = (f"{name}_{ending}" for ending in ENDINGS)
            quantiles |= dict(zip(names, found.quantiles[:, row], strict=True))
    return pd.DataFrame(columns | quantiles)


def write_estimates(
    estimates: Sequence[Estimates], times: Times, path: Path, lost: bool = False
) -> None:
    """Write estimates of several series side by side, as CSV, TSV or Parquet by the ending.

    Raises
    ------
    ValueError
        If the ending is another.
    """
    import pandas as pd

    frames = [frame_of(found, times, lost) for found in estimates]
    table = reduce(lambda a, b: pd.merge(a, b, on=times.name, how="outer"), frames)
    with atomic_path(path) as temporary:
        if path.suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.Table.from_pandas(table, preserve_index=False), temporary)
        else:
            table.to_csv(temporary, sep=SEPARATOR[path.suffix], index=False)


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
    if table is not None and table.suffix not in (*SEPARATOR, ".parquet"):
        raise ValueError(f"--output {table}: use a name that ends in .csv, .tsv, .txt or .parquet")
    if table is not None and table.suffix == ".parquet":
        require("pyarrow", f"writing {table}", "parquet")
    if plot is not None and plot.suffix not in (".png", ".svg", ".pdf"):
        raise ValueError(f"--plot {plot}: use a name that ends in .png, .svg or .pdf")
