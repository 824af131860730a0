"""Reads as Arrow, which polars, pandas and Parquet take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.texts import Texts

#: Bytes from which offsets of 32 bits would not do.
_LARGE = 1 << 31


def arrow_of(batch: Batch) -> pa.RecordBatch:
    """Columns ``id``, ``name``, ``sequence`` and ``quality``; of pairs also ``mate_…``.

    Raises
    ------
    InputError
        If a name is no UTF-8, or the texts of a column have 2 GiB or more.
    """
    columns = _columns(batch)
    if batch.mate is not None:
        columns |= {f"mate_{name}": column for name, column in _columns(batch.mate).items()}
    return pa.RecordBatch.from_pydict(columns)


def _columns(batch: Batch) -> dict[str, Any]:
    names = _strings(batch.names)
    try:
        names.validate(full=True)
    except pa.ArrowInvalid:
        rows = [row for row, name in enumerate(batch.names) if not _is_text(name)]
        row = rows[0]
        raise InputError(
            f"the name of record {int(batch.records[row]) + 1}, {batch.names[row]!r}, is no UTF-8, "
            "which Arrow's text has to be; write another format, or mend the name"
        ) from None
    columns = {"id": _strings(batch.ids), "name": names, "sequence": _strings(batch.sequences)}
    if batch.qualities is not None:
        columns["quality"] = _strings(batch.qualities)
    return columns


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _strings(texts: Texts) -> pa.StringArray:
    content = texts.flat()
    if len(content) >= _LARGE:
        raise InputError("a batch's texts have 2 GiB or more; make smaller batches")
    offsets = np.zeros(len(texts) + 1, np.int32)
    np.cumsum(texts.lengths, out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    return pa.StringArray.from_buffers(len(texts), buffers[1], buffers[2])
