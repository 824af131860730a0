"""JSON: a list of records, an object of columns, and what else programs write of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tiltyard.application.reading.table import Column, Table, listed
from tiltyard.application.series import UnusableData
from tiltyard.engine.files.atomic import UnreadableFile


def json_table(text: str, name: str) -> Table:
    """The table in a JSON text, or in one with an object a line.

    Raises
    ------
    UnreadableFile
        If it is no JSON.
    UnusableData
        If no table is found in it.
    """
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError:
            raise UnreadableFile(f"{name}: not readable as JSON: {error}") from error
    columns = _columns(found)
    if columns is None:
        raise UnusableData(
            "no table is found in this JSON: a list of records with the same keys is needed, or an "
            'object with a list for each column, as in {"t": [0, 1], "x": [2, 3]}'
        )
    lengths = {key: len(cells) for key, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        raise UnusableData(f"its columns differ in length: {lengths}")
    count = max(lengths.values(), default=0)
    named = not all(key.isdigit() for key in columns)
    return Table(
        [Column(key, cells) for key, cells in columns.items()],
        np.zeros(count, dtype=np.intp),
        named,
    )


def _columns(found: Any, depth: int = 0) -> dict[str, list[Any]] | None:
    """Columns of a value, or of the only table within it."""
    if isinstance(found, list) and found:
        if all(isinstance(one, Mapping) for one in found):
            return _of_records(found)
        if all(isinstance(one, list) for one in found):
            return _of_lists(found)
    if not isinstance(found, Mapping) or not found or depth > 3:
        return None
    names, data = found.get("columns"), found.get("data")
    if isinstance(names, list) and isinstance(data, list):  # pandas' orient="split"
        return _of_lists([[str(one) for one in names], *data])
    if all(isinstance(one, list) and not _nested(one) for one in found.values()):
        return {str(key): list(cells) for key, cells in found.items()}
    if all(isinstance(one, Mapping) for one in found.values()):
        return _of_mappings(found)
    tables = {key: _columns(one, depth + 1) for key, one in found.items()}
    good = {key: table for key, table in tables.items() if table is not None}
    if len(good) > 1:
        raise UnusableData(
            f"several tables are in this JSON: {listed(good)}; write the wanted one to a file of "
            "its own"
        )
    if good:
        return next(iter(good.values()))
    lists = {str(k): one for k, one in found.items() if isinstance(one, list) and not _nested(one)}
    longest = max(map(len, lists.values()), default=0)
    return {k: one for k, one in lists.items() if len(one) == longest} if longest > 1 else None


def _nested(cells: Sequence[Any]) -> bool:
    return any(isinstance(one, (list, Mapping)) for one in cells)


def _of_records(records: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    flat = [_flat(record) for record in records]
    names = dict.fromkeys(key for record in flat for key in record)
    return {name: [record.get(name) for record in flat] for name in names}


def _flat(record: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """A record with records in it, with names such as ``sensor.value``."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{key}.")
        elif not isinstance(value, list):
            found[f"{before}{key}"] = value
    return found


def _of_lists(rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """Columns of a list of rows, the first of which may have the names."""
    width = max(map(len, rows))
    named = all(isinstance(one, str) for one in rows[0]) and any(
        not isinstance(one, str) for one in rows[-1]
    )
    names = [str(one) for one in rows[0]] if named else [str(k + 1) for k in range(width)]
    body = rows[1:] if named else rows
    return {
        name: [row[k] if k < len(row) else None for row in body] for k, name in enumerate(names)
    }


def _of_mappings(found: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]] | None:
    """Columns of an object of objects: columns by rows (pandas' own way), or rows by columns."""
    inner = [list(one) for one in found.values()]
    if any(_nested(list(one.values())) for one in found.values()):
        return None
    if len(inner[0]) >= len(found) and all(keys == inner[0] for keys in inner):
        index = {} if all(k.isdigit() for k in inner[0]) else {"index": inner[0]}
        return index | {str(key): list(one.values()) for key, one in found.items()}
    return {"index": list(found)} | _of_records(list(found.values()))
