"""Elements of an h5ad file: names, columns of annotation, dense matrices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError, listed


def open_h5ad(path: Path) -> Any:
    """The open file.

    Raises
    ------
    InputError
        If it is not there, or no h5ad file of the last years.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path} is no h5ad file: {error}") from None
    for name in ("obs", "var"):
        if not isinstance(file.get(name), h5py.Group):
            file.close()
            raise InputError(
                f"{path} has no table {name}; if an old anndata wrote it, read and write it with "
                "a newer one"
            )
    return file


def names_of(file: Any, axis: str) -> list[str]:
    """Names of spots (``obs``) or genes (``var``)."""
    table = file[axis]
    key = table.attrs.get("_index", "_index")
    if key not in table:
        raise InputError(f"{file.filename}: {axis} has no names ({key}); write it with anndata")
    return [str(name) for name in _strings(table[key])]


def keys_of(file: Any, part: str) -> list[str]:
    """What there is in a part of the file, such as ``obsm``."""
    group = file.get(part)
    if group is None:
        return []
    index = group.attrs.get("_index", "_index") if part in ("obs", "var") else None
    return [key for key in group if key != index]


def column_of(file: Any, name: str, option: str) -> list[str | None]:
    """A column of the spots as words; None where a value is missing.

    Raises
    ------
    InputError
        If there is none of that name; `option` asked for it.
    """
    if name not in keys_of(file, "obs"):
        raise InputError(
            f"{option} {name}: {file.filename} has no such column in obs; there are "
            f"{listed(keys_of(file, 'obs'), 20)}"
        )
    return _words(file["obs"][name])


def _words(element: Any) -> list[str | None]:
    if isinstance(element, h5py.Dataset):
        if h5py.check_string_dtype(element.dtype):
            return [str(value) for value in _strings(element)]
        values = element[()]
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
        return [None if gone else _word(value) for value, gone in zip(values, missing, strict=True)]
    if "categories" in element:
        categories = [str(word) for word in _words(element["categories"])]
        return [None if code < 0 else categories[code] for code in element["codes"][()].tolist()]
    values = _words(element["values"])
    mask = element["mask"][()].tolist()
    return [None if gone else value for value, gone in zip(values, mask, strict=True)]


def _word(value: Any) -> str:
    whole = isinstance(value, np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


def _strings(element: Any) -> list[str]:
    if isinstance(element, h5py.Group):  # strings that may be missing
        return [str(word) for word in _words(element)]
    if h5py.check_string_dtype(element.dtype):
        return list(element.asstr()[()])
    return [str(value) for value in element[()]]


def matrix_of(file: Any, key: str, option: str) -> NDArray[np.float64]:
    """A dense matrix of the spots' coordinates or embedding, without a value that is none.

    Raises
    ------
    InputError
        If there is none of that name, or a value is no finite number.
    """
    if key not in keys_of(file, "obsm"):
        raise InputError(
            f"{option} {key}: {file.filename} has no such entry in obsm; there are "
            f"{listed(keys_of(file, 'obsm'), 20)}"
        )
    element = file["obsm"][key]
    if isinstance(element, h5py.Group):
        if "_index" not in element.attrs:
            raise InputError(f"{option} {key}: a sparse matrix; store it as a dense one")
        names = element.attrs["column-order"]
        values = np.column_stack([element[name][()] for name in names])
    else:
        values = element[()]
    if values.dtype.kind not in "biuf" or values.ndim != 2:
        raise InputError(
            f"{option} {key}: has type {values.dtype} and {values.ndim} dimensions; "
            "needs a matrix of real numbers"
        )
    found = values.astype(np.float64)
    bad = ~np.isfinite(found)
    if bad.any():
        row, place = (int(one) for one in np.argwhere(bad)[0])
        raise InputError(
            f"{option} {key}: {int(bad.sum()):,} values are no finite numbers, the first in spot "
            f"{row}, column {place}: {found[row, place]}; drop these spots"
        )
    return found
