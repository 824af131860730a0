"""Tables and matrices as compressed text that the page's script ``packed.js`` reads back.

A pack is, before compression: the length of the header as four bytes, little-endian; the header
in JSON, padded with blanks; then the contents of the columns one after the other, each padded to
eight bytes. Numbers are stored with their k-th bytes side by side, as `engine.files.parquet` does:
signs, exponents and leading digits repeat, and compress.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Numbers with no more different values than this are stored as a list of them and an index.
FEW = 255
LEVEL = 6


def pack(
    tables: Mapping[str, pd.DataFrame],
    matrices: Mapping[str, npt.ArrayLike] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Tables, matrices and plain facts as one base64 text of gzip.

    Parameters
    ----------
    tables : mapping of DataFrame
        Columns of text, truth values, whole numbers or double precision numbers; a missing value
        is read back as null, a missing number among many as NaN.
    matrices : mapping of (rows, columns) arrays, optional
        Rounded to single precision; what is beyond its range becomes infinite.
    facts : mapping, optional
        Plain values, as JSON has them.
    """
    body = _Body()
    header = {
        "tables": {name: _table(frame, body) for name, frame in tables.items()},
        "matrices": {name: _matrix(values, body) for name, values in (matrices or {}).items()},
        "facts": dict(facts or {}),
    }
    return encode(_with_header(header, bytes(body.content)))


def encode(content: bytes) -> str:
    """`content` as base64 of gzip; the same for the same content, whenever it is made."""
    return base64.b64encode(gzip.compress(content, LEVEL, mtime=0)).decode("ascii")


def unpack(text: str) -> tuple[dict[str, Any], bytes]:
    """Header and body of a pack, as the page's script sees them."""
    content = gzip.decompress(base64.b64decode(text))
    start = 4 + int.from_bytes(content[:4], "little")
    return json.loads(content[4:start]), content[start:]


def _with_header(header: Mapping[str, Any], body: bytes) -> bytes:
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return len(text).to_bytes(4, "little") + text + body


class _Body:
    def __init__(self) -> None:
        self.content = bytearray()

    def add(self, values: npt.NDArray[Any]) -> int:
        """Where `values` begin, whose k-th bytes are written side by side."""
        start = len(self.content)
        kept = np.ascontiguousarray(values)
        self.content += kept.view(np.uint8).reshape(-1, kept.dtype.itemsize).T.tobytes()
        self.content += bytes(-len(self.content) % 8)
        return start


def _table(frame: pd.DataFrame, body: _Body) -> dict[str, Any]:
    columns = [{"name": str(name), **_column(frame[name], body)} for name in frame.columns]
    return {"rows": len(frame), "columns": columns}


def _column(column: pd.Series[Any], body: _Body) -> dict[str, Any]:
    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    if pd.api.types.is_float_dtype(column.dtype) and len(distinct) > FEW:
        return {"kind": "numbers", "start": body.add(column.to_numpy("<f8"))}
    words = [None, *(_plain(value) for value in distinct)]
    # Index 0 is a missing value.
    kind = "<u1" if len(words) <= 256 else "<u2" if len(words) <= 65536 else "<u4"
    start = body.add((codes + 1).astype(kind))
    return {"kind": "words", "words": words, "bytes": np.dtype(kind).itemsize, "start": start}


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    # JSON has no infinity.
    return {"infinity": np.sign(value)} if value in (np.inf, -np.inf) else value


def _matrix(values: npt.ArrayLike, body: _Body) -> dict[str, Any]:
    with np.errstate(over="ignore"):
        matrix = np.asarray(values).astype("<f4")
    rows, columns = matrix.shape
    return {"rows": rows, "columns": columns, "start": body.add(matrix)}
