"""Ranks of all spots that take part, written as they are made, and what they say of each gene."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.files.rows import RowFile
from tiltyard.pipelines.spatial.progress import Progress
from tiltyard.pipelines.spatial.rule.ranking import rank_type
from tiltyard.pipelines.spatial.tissue import Tissue

#: Rows whose logarithms are added before their sum is: the same for any batch.
BLOCK = 1024


@dataclass(frozen=True)
class Facts:
    """What all ranks say.

    Parameters
    ----------
    lowest : (n,) array
        The smallest doubled rank of each row.
    full : (n,) array of bool
        Rows without a gene of count 0.
    mean_log : (G,) array
        Mean logarithm of the rank of each gene.
    carriers : (G,) array
        Rows in which its count is above 0.
    """

    lowest: NDArray[Any]
    full: NDArray[np.bool_]
    mean_log: NDArray[np.float64]
    carriers: NDArray[np.int64]

    def save(self, path: Path) -> None:
        """Write them, whole or not at all."""
        from tiltyard.engine.files.atomic import atomic_path

        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Facts:
        """Read what `save` wrote."""
        with np.load(path) as found:
            return cls(**{name: found[name] for name in cls.__dataclass_fields__})


def keys_of(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Whole numbers in the order of counts above 0: themselves if whole, else by their bits.

    Whatever the type, unlike counts have unlike keys. Bits of positive floating-point numbers are
    in the order of the numbers.
    """
    kind = values.dtype
    if kind.kind in "biu":
        return values.astype(np.uint64)
    if kind.itemsize > 8:  # no integer has as many bits: numbers by their place among all
        return (np.unique(values, return_inverse=True)[1] + 1).astype(np.uint64)
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.uint64)
    if (whole == values).all() and (values < 2.0**63).all():
        return whole
    return np.ascontiguousarray(values).view(f"u{kind.itemsize}").astype(np.uint64)


def write_ranks(
    tissue: Tissue,
    columns: NDArray[np.int64],
    file: RowFile,
    batch: int,
    threads: int,
    progress: Progress,
) -> Facts:
    """Write the ranks of all spots that take part.

    Parameters
    ----------
    tissue : Tissue
    columns : (G,) array
        Genes of the tissue that are written; all are ranked.
    file : RowFile
    batch : int
        Spots that are read at once; changes no byte.
    threads : int
    progress : Progress
    """
    from tiltyard.pipelines.spatial.kernels.ranking import add_logs

    kept = tissue.kept
    table = np.log(np.maximum(np.arange(2 * len(tissue.genes) + 1), 1) / 2.0)
    partial, total = np.zeros(len(columns)), np.zeros(len(columns))
    carriers = np.zeros(len(columns), np.int64)
    lowest = np.empty(len(kept), file.kind)
    full = np.empty(len(kept), np.bool_)
    done = 0
    for block, ranks, low in _ranked(tissue, columns, batch, threads):
        rows = np.arange(done, done + len(ranks))
        lowest[rows], full[rows] = low, np.diff(block.indptr) == len(tissue.genes)
        carriers += np.bincount(block.indices, minlength=len(tissue.genes))[columns]
        add_logs(ranks, table, done, BLOCK, partial, total)
        file.write(rows, ranks)
        done += len(rows)
        progress.advance(len(rows))
    return Facts(lowest, full, (total + partial) / len(kept), carriers)


def _ranked(
    tissue: Tissue, columns: NDArray[np.int64], batch: int, threads: int
) -> Iterator[tuple[Any, NDArray[Any], NDArray[Any]]]:
    """Counts, ranks and smallest rank of batches, in order; `threads` at once are ranked."""
    from tiltyard.pipelines.spatial.kernels.ranking import rank_rows

    genes = len(tissue.genes)
    kind, everything = rank_type(genes), len(columns) == genes

    def ranked(block: Any) -> tuple[Any, NDArray[Any], NDArray[Any]]:
        ranks = np.empty((block.shape[0], genes), kind)
        low = np.empty(block.shape[0], kind)
        rank_rows(block.indptr, block.indices, keys_of(block.data), genes, ranks, low)
        return block, ranks if everything else np.ascontiguousarray(ranks[:, columns]), low

    waiting: list[Future[Any]] = []
    with ThreadPoolExecutor(threads) as pool:
        for block in _blocks(tissue, batch):
            waiting.append(pool.submit(ranked, block))
            if len(waiting) > threads:
                yield waiting.pop(0).result()
        for one in waiting:
            yield one.result()


def _blocks(tissue: Tissue, batch: int) -> Iterator[Any]:
    keep = np.zeros(len(tissue.spots), np.bool_)
    keep[tissue.kept] = True
    for first in range(0, len(keep), batch):
        own = keep[first : first + batch]
        if own.any():
            block = tissue.block(first, first + len(own))
            yield block if own.all() else block[own]
