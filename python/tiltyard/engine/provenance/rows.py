"""Rows of the tables by configuration and by evaluation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.statistics.replicates import METHOD_KEY


class EvaluationKey(NamedTuple):
    """One method on one configuration; as text ``configuration/method/language``."""

    configuration: str
    method: str
    language: str

    def __str__(self) -> str:
        return "/".join(self)

    @classmethod
    def parse(cls, text: str) -> EvaluationKey:
        """The key that `text` names."""
        parts = text.split("/")
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"--only {text!r}: write configuration/method/language")
        return cls(*parts)


def rows_by_key(table: pa.Table, within: Sequence[str]) -> dict[EvaluationKey, pa.Table]:
    """The rows of each evaluation in `table`, in its order; an evaluation's rows are neighbours.

    Raises
    ------
    ValueError
        If rows of an evaluation are apart, or two of them agree in the columns `within`.
    """
    names = [table[name].to_pylist() for name in ("configuration", *METHOD_KEY)]
    keys = [EvaluationKey(*values) for values in zip(*names, strict=True)]
    starts = [i for i, key in enumerate(keys) if i == 0 or key != keys[i - 1]]
    found: dict[EvaluationKey, pa.Table] = {}
    for start, end in zip(starts, [*starts[1:], len(keys)], strict=True):
        rows = table.slice(start, end - start)
        if keys[start] in found or len(set(places_in(rows, within))) < len(rows):
            raise ValueError(f"{keys[start]}: has rows in two places, or one of them twice")
        found[keys[start]] = rows
    return found


def places_in(rows: pa.Table, within: Sequence[str]) -> list[tuple[Any, ...]]:
    """Values of the columns `within` of each row of an evaluation."""
    if not within:
        return [()] * len(rows)
    return list(zip(*(rows[name].to_pylist() for name in within), strict=True))


def configurations_in(
    path: Path, wanted: Collection[str] | None = None
) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each configuration in the merged table, one configuration after another.

    Parameters
    ----------
    path : path
        The merged table; in memory are one row group and one configuration of it.
    wanted : collection of str or None
        Ids of configurations; None for all of them.

    Raises
    ------
    UnreadableFile
        If it cannot be read, or has no column of configurations.
    """
    held: tuple[str, pa.Table] | None = None
    try:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                names = file.read_row_group(group, ["configuration"])["configuration"].to_pylist()
                if wanted is not None and not {*names} & {*wanted}:
                    continue
                table = file.read_row_group(group, use_threads=False)
                for name, rows in _runs(names, table):
                    if held is not None and held[0] == name:  # a row group ended within it
                        held = (name, pa.concat_tables([held[1], rows]))
                        continue
                    if held is not None:
                        yield held
                    held = (name, rows) if wanted is None or name in wanted else None
    except (pa.ArrowException, OSError, KeyError) as error:
        raise UnreadableFile(f"{path}: {error}") from error
    if held is not None:
        yield held


def _runs(names: Sequence[str], table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Parts of `table` whose rows are neighbours of the same name."""
    starts = [i for i, name in enumerate(names) if i == 0 or name != names[i - 1]]
    for start, end in zip(starts, [*starts[1:], len(names)], strict=True):
        yield names[start], table.slice(start, end - start)
