"""The dataset of a round: which files of a workload every strategy is launched on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tiltyard.engine.files.digests import digest

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("file", "bytes", "sha256")


@dataclass(frozen=True)
class Round:
    """One round of a workload; all rounds of a workload have the same files.

    Parameters
    ----------
    configuration : str
        Its id.
    workload : str
        Name of the workload.
    axes : mapping
        Axis -> value.
    units : mapping
        What there is of each unit of work.
    files : sequence of tuple
        Name, size [bytes] and SHA-256 of each file, sorted.
    """

    configuration: str
    workload: str
    axes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    units: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    files: Sequence[tuple[str, int, str]] = ()

    @property
    def files_digest(self) -> str:
        """SHA-256 of names and contents of the workload's files: the same in all its rounds."""
        return digest_of_files(self.files)

    @property
    def digest(self) -> str:
        """SHA-256 of the round: a launch is never taken for that of another round."""
        return digest([self.configuration, self.files_digest, json.dumps(dict(self.units))])

    def table(self) -> pa.Table:
        import pyarrow as pa

        types = (pa.string(), pa.int64(), pa.string())
        rows = [dict(zip(COLUMNS, file, strict=True)) for file in self.files]
        return pa.Table.from_pylist(rows, pa.schema(list(zip(COLUMNS, types, strict=True))))

    def facts(self) -> Mapping[str, Any]:
        return {"workload": self.workload, "axes": dict(self.axes), "units": dict(self.units)}


def restore(table: pa.Table, facts: Mapping[str, Any], configuration: str) -> Round:
    """The round with this content.

    Raises
    ------
    ValueError
        If it is none.
    """
    if tuple(table.column_names) != COLUMNS or not {"workload", "axes", "units"} <= set(facts):
        raise ValueError("it is no dataset of a round: it has other columns or facts")
    files = tuple(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True))
    return Round(configuration, facts["workload"], facts["axes"], facts["units"], files)


def digest_of_files(files: Sequence[tuple[str, int, str]]) -> str:
    """SHA-256 of names and contents of files."""
    return digest(f"{name} {size} {sha256}" for name, size, sha256 in sorted(files))
