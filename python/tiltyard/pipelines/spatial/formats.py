"""Copies of scores in formats that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.store import Store

_SPOTS, _GENES = 256, 512
#: First column of the table of genes × spots, as gsMap reads it.
GENE_COLUMN = "HUMAN_GENE_SYM"


def check(names: Sequence[str]) -> None:
    """Refuse a format that there is not."""
    for name in names:
        if name not in _WRITERS:
            raise InputError(f"--format {name}: write {', '.join(_WRITERS)}")


def write(folder: Path, name: str) -> Path:
    """Write a copy of the scores in `folder` beside them; returns its path."""
    from tiltyard.engine.files.atomic import atomic_path

    path = folder / f"scores.{name}"
    store = Store(folder)
    try:
        with atomic_path(path) as temporary:
            _WRITERS[name](store, temporary)
    finally:
        store.close()
    return path


def link(folder: Path, path: Path) -> None:
    """Give the scores in `folder` another name; a copy where that is on another disk."""
    import os
    import shutil

    from tiltyard.engine.files.atomic import atomic_path

    with atomic_path(path) as temporary:
        try:
            os.link(folder / "scores.f16", temporary)
        except OSError:  # of another disk, or one without links
            shutil.copyfile(folder / "scores.f16", temporary)


def _blocks(store: Store) -> Iterator[NDArray[np.float32]]:
    for first in range(0, store.count, _SPOTS):
        yield store.read(first, min(first + _SPOTS, store.count)).astype(np.float32)


def _h5ad(store: Store, path: Path) -> None:
    from tiltyard.pipelines.spatial.h5ad.writing import write_h5ad

    shape = (store.count, len(store.genes))
    write_h5ad(
        path,
        spots=store.spots,
        genes=store.genes,
        matrix=(shape, np.float32, _blocks(store)),
        columns={"annotation": store.annotation},
        obsm={"spatial": store.places},
    )


def _parquet(store: Store, path: Path) -> None:
    """A row for each spot, its name first."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [("spot", pa.string()), *((gene, pa.float32()) for gene in store.genes)]
    with pq.ParquetWriter(path, pa.schema(fields)) as writer:
        first = 0
        for block in _blocks(store):
            names = pa.array(store.spots[first : first + len(block)], pa.string())
            columns = [names, *(pa.array(np.ascontiguousarray(one)) for one in block.T)]
            writer.write_table(pa.table(columns, schema=writer.schema))
            first += len(block)


def _feather(store: Store, path: Path) -> None:
    """A row for each gene, a column for each spot."""
    import pyarrow as pa

    fields = [(GENE_COLUMN, pa.string()), *((spot, pa.float32()) for spot in store.spots)]
    schema = pa.schema(fields)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for first in range(0, len(store.genes), _GENES):
            genes = store.genes[first : first + _GENES]
            part = np.empty((store.count, len(genes)), np.float32)
            row = 0
            for block in _blocks(store):
                part[row : row + len(block)] = block[:, first : first + len(genes)]
                row += len(block)
            columns = [pa.array(genes, pa.string()), *(pa.array(one) for one in part)]
            writer.write_batch(pa.record_batch(columns, schema=schema))


_WRITERS: dict[str, Callable[[Store, Path], Any]] = {
    "h5ad": _h5ad,
    "parquet": _parquet,
    "feather": _feather,
}
