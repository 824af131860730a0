"""Reads for torch's `DataLoader`. torch is imported when it is asked for, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tiltyard.engine.extras import MissingPackage

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.stream import FastqStream


def dataset_of(stream: FastqStream) -> Any:
    """An `IterableDataset`, of which each of torch's workers reads everything and gives its share.

    The reads are those of the stream; their order is fixed for each number of workers. Items are
    mappings of what collates: ``sequences`` (the encoder's tensor), ``mask``, ``lengths``,
    ``files`` and ``records``; of pairs the mates' too, as ``mate_sequences`` and so on. Give the
    loader ``batch_size=None``: batches are made here.

    Raises
    ------
    MissingPackage
        If torch is not installed.
    """
    try:
        import torch
        from torch.utils.data import IterableDataset, get_worker_info
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "the adapter for torch needs torch, which is not installed: pip install torch"
        ) from error

    class Reads(IterableDataset):  # type: ignore[misc,type-arg,unused-ignore]
        """Batches of reads."""

        def __init__(self) -> None:
            super().__init__()
            self.stream = stream

        def __iter__(self) -> Iterator[dict[str, Any]]:
            info = get_worker_info()
            worker, workers = (info.id, info.num_workers) if info else (0, 1)
            for batch in self.stream.for_worker(worker, workers):
                arrays = _arrays(batch)
                if batch.mate is not None:
                    mate = _arrays(batch.mate)
                    arrays |= {f"mate_{name}": array for name, array in mate.items()}
                yield {name: torch.from_numpy(array) for name, array in arrays.items()}

        def set_epoch(self, epoch: int) -> None:
            """Begin with this epoch; call it before the workers start."""
            self.stream.set_epoch(epoch)

    return Reads()


def _arrays(batch: Any) -> dict[str, Any]:
    """What of a batch is arrays; without an encoder letters and where each read begins."""
    found = {"lengths": batch.lengths, "files": batch.files, "records": batch.records}
    if batch.encoded is not None:
        return found | {"sequences": batch.tensor, "mask": batch.mask}
    letters = batch.sequences.contiguous()
    return found | {"sequences": letters.buffer[: letters.size], "starts": letters.starts}
