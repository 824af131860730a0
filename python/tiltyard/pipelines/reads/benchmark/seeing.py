"""What a consumer sees of batches: reads, bases, and a checksum of each column it looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.epoch import Shard
from tiltyard.pipelines.reads.torch import PLACE

#: Lines of an output before the checksums.
COUNTS = ("reads", "bases")
#: Between a column's name, a number of workers and one of them: whose share a checksum is of.
SHARE = "/"


class Seen:
    """What was seen of batches one after the other; every byte is read once.

    Parameters
    ----------
    looked_at : sequence of str
        Columns: ``lengths``, ``sequences``, ``qualities``, ``tensor``.
    shares : sequence of int
        Numbers of torch's workers whose shares are seen, each by itself; 0 and 1 have none.
    whole : bool
        Whether all reads are seen together.
    """

    def __init__(
        self, looked_at: Sequence[str], shares: Sequence[int] = (), whole: bool = True
    ) -> None:
        self._looked_at = looked_at
        self._shards = [
            Shard(worker=worker, workers=workers)
            for workers in shares
            if workers > 1
            for worker in range(workers)
        ]
        names = list(looked_at) if whole else []
        names += [_of_share(name, shard) for shard in self._shards for name in looked_at]
        self._reads = self._bases = 0
        self._sums = dict.fromkeys(names, 0)

    def add(self, batch: Batch) -> None:
        """See a batch of a stream."""
        self._count(batch.lengths)
        for name in self._looked_at:
            for part in _parts(batch, name):
                self._sum(name, part)
        for shard in self._shards:
            rows = np.flatnonzero(shard.owns(batch))
            own = {"lengths": batch.lengths[rows]}
            if batch.tensor is not None and batch.mask is not None:
                own["tensor"] = letters_of(batch.tensor[rows], batch.mask[rows])
            for name in self._looked_at:
                self._sum(_of_share(name, shard), own[name])

    def add_item(self, item: Mapping[str, Any]) -> None:
        """See an item that torch's `DataLoader` gave; see `reads.torch`."""
        arrays = {name: item[name].numpy() for name in ("lengths", "sequences", "mask")}
        workers, worker, _ = item[PLACE].tolist()
        shard = Shard(worker=worker, workers=workers)
        self._count(arrays["lengths"])
        seen = {
            "lengths": arrays["lengths"],
            "tensor": letters_of(arrays["sequences"], arrays["mask"]),
        }
        for name in self._looked_at:
            self._sum(_of_share(name, shard) if workers > 1 else name, seen[name])

    def _count(self, lengths: NDArray[np.int64]) -> None:
        self._reads += len(lengths)
        self._bases += int(lengths.sum())

    def _sum(self, name: str, part: NDArray[Any]) -> None:
        self._sums[name] = isal_zlib.crc32(np.ascontiguousarray(part), self._sums[name])

    def lines(self) -> list[str]:
        """A line each: a name, and a number."""
        counts = dict(zip(COUNTS, (self._reads, self._bases), strict=True))
        return [f"{name}\t{value}\n" for name, value in (counts | self._sums).items()]


def letters_of(tensor: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[Any]:
    """What an array has for letters, one after the other: how wide it is padded does not matter."""
    return tensor if mask.ndim != 2 or bool(mask.all()) else tensor[mask]


def _of_share(name: str, shard: Shard) -> str:
    return f"{name}{SHARE}{shard.workers}{SHARE}{shard.worker}"


def _parts(batch: Batch, name: str) -> Iterator[NDArray[Any]]:
    """A column of a batch, as contiguous memory."""
    if name == "lengths":
        yield np.ascontiguousarray(batch.lengths, np.int64)
    elif name == "tensor":
        assert batch.tensor is not None and batch.mask is not None  # the task has an encoder
        yield letters_of(batch.tensor, batch.mask)
    else:
        texts = getattr(batch, name)
        starts, size = texts.starts, texts.size
        if len(texts) and bool((starts[1:] == starts[:-1] + texts.lengths[:-1]).all()):
            yield texts.buffer[starts[0] : starts[0] + size]
        else:
            yield texts.contiguous().buffer[:size]
