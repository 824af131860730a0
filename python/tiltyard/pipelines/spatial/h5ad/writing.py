"""Writing h5ad files: a matrix in blocks, names and columns of words and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

_ARRAY, _STRINGS = ("array", "0.2.0"), ("string-array", "0.2.0")


def write_h5ad(
    path: Path,
    *,
    spots: Sequence[str],
    genes: Sequence[str],
    matrix: Any,
    columns: Mapping[str, Sequence[Any]],
    obsm: Mapping[str, NDArray[Any]],
    layers: Mapping[str, Any] | None = None,
) -> None:
    """Write an h5ad file.

    Parameters
    ----------
    path : path
        Written in place: name a temporary one.
    spots, genes : sequence of str
    matrix : sparse CSR or CSC, array, or (shape, dtype, blocks)
        What X is; blocks are of rows, in order.
    columns : mapping
        Columns of the spots: words, None where one is missing, or numbers.
    obsm : mapping
    layers : mapping, optional
    """
    with h5py.File(path, "w") as file:
        _said(file, "anndata", "0.1.0")
        _table(file, "obs", spots, columns)
        _table(file, "var", genes, {})
        _matrix(file, "X", matrix)
        for part, content in (("obsm", obsm), ("layers", layers or {})):
            _said(file.create_group(part), "dict", "0.1.0")
            for name, values in content.items():
                _matrix(file[part], name, values)
        for part in ("uns", "varm", "obsp", "varp"):
            _said(file.create_group(part), "dict", "0.1.0")


def _said(element: Any, kind: str, version: str) -> Any:
    element.attrs["encoding-type"], element.attrs["encoding-version"] = kind, version
    return element


def _table(file: Any, name: str, index: Sequence[str], columns: Mapping[str, Any]) -> None:
    table = _said(file.create_group(name), "dataframe", "0.2.0")
    table.attrs["_index"] = "_index"
    table.attrs["column-order"] = np.array(list(columns), dtype=h5py.string_dtype())
    _strings(table, "_index", index)
    for key, values in columns.items():
        if any(value is None or isinstance(value, str) for value in values):
            _categorical(table, key, values)
        else:
            _said(table.create_dataset(key, data=np.asarray(values)), *_ARRAY)


def _strings(group: Any, name: str, values: Sequence[str]) -> None:
    data = np.array(list(values), dtype=object)
    _said(group.create_dataset(name, data=data, dtype=h5py.string_dtype()), *_STRINGS)


def _categorical(table: Any, key: str, values: Sequence[str | None]) -> None:
    group = _said(table.create_group(key), "categorical", "0.2.0")
    group.attrs["ordered"] = False
    known = sorted({value for value in values if value is not None})
    code = {value: place for place, value in enumerate(known)}
    _strings(group, "categories", known)
    codes = np.array([-1 if one is None else code[one] for one in values], np.int32)
    _said(group.create_dataset("codes", data=codes), *_ARRAY)


def _matrix(group: Any, name: str, values: Any) -> None:
    if isinstance(values, tuple):
        shape, kind, blocks = values
        _blocks(group.create_dataset(name, shape, kind), blocks)
    elif hasattr(values, "indptr"):
        sparse = _said(group.create_group(name), f"{values.format}_matrix", "0.1.0")
        sparse.attrs["shape"] = np.array(values.shape, np.int64)
        for part in ("data", "indices", "indptr"):
            sparse.create_dataset(part, data=getattr(values, part))
    else:
        _said(group.create_dataset(name, data=np.asarray(values)), *_ARRAY)


def _blocks(dataset: Any, blocks: Iterable[NDArray[Any]]) -> None:
    _said(dataset, *_ARRAY)
    first = 0
    for block in blocks:
        dataset[first : first + len(block)] = block
        first += len(block)
