"""Parquet of counts: typed columns, null where a table of text is empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tiltyard.pipelines.alleles.output.columns import COLUMNS, GROUP, RATIOS, WHOLE, Column


def schema(*, grouped: bool) -> Any:
    """Names and types of the columns."""
    import pyarrow as pa

    names = [COLUMNS[0], *([GROUP] if grouped else []), *COLUMNS[1:]]
    number = {**dict.fromkeys(WHOLE, pa.int64()), **dict.fromkeys(RATIOS, pa.float64())}
    return pa.schema([(name, number.get(name, pa.string())) for name in names])


def write(tables: Iterable[Mapping[str, Column]], path: Path, *, grouped: bool) -> None:
    """Write tables below each other, a row group each.

    Parameters
    ----------
    tables : iterable of mappings
        Columns as of `columns.columns_of`.
    path : path
    grouped : bool
        Whether there is a column of groups.

    Notes
    -----
    A sample or a group without a name is null, as an empty field of text is read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = schema(grouped=grouped)
    texts = [field.name for field in types if pa.types.is_string(field.type)]
    with pq.ParquetWriter(path, types, use_dictionary=texts, write_page_checksum=True) as file:
        for columns in tables:
            arrays = [_array(columns[field.name], field.type) for field in types]
            file.write_table(pa.Table.from_arrays(arrays, schema=types))


def _array(column: Column, kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_string(kind):
        return pa.array([value or None for value in column.values], kind)
    # A mask in place of NaN, which is a number in Parquet.
    return pa.array(column.values, kind, mask=column.empty)
