"""Reads for torch's `DataLoader`. torch is imported when it is asked for, and not before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tiltyard.engine.extras import MissingPackage
from tiltyard.pipelines.reads.faults import InputError

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.stream import FastqStream

#: Of an item: how many workers there are, which one it is of, and its number there, from 0.
PLACE = "place"


def dataset_of(stream: FastqStream) -> Any:
    """An `IterableDataset`, of which each of torch's workers reads everything and gives its share.

    The reads are those of the stream; their order is fixed for each number of workers. Items are
    mappings of tensors, which collate: ``sequences`` (the encoder's tensor), ``mask``, ``lengths``,
    ``files``, ``records`` and ``place``; of pairs the mates' too, as ``mate_sequences`` and so on.
    Give the loader ``batch_size=None``: batches are made here.

    ``set_epoch(epoch)`` holds from the next iteration on, for workers that are kept, too.
    ``state_dict(item)`` is the state behind an item that the loader gave; once it is given to
    ``load_state_dict``, the next iteration goes on with the item behind it, with as many workers.

    Raises
    ------
    MissingPackage
        If torch is not installed.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "the adapter for torch needs torch, which is not installed: pip install torch"
        ) from error
    epoch = torch.tensor([stream.epoch]).share_memory_()
    return _dataset(stream, epoch, torch.tensor([0, -1, -1]).share_memory_())


def _dataset(stream: FastqStream, epoch: Any, behind: Any) -> Any:
    """The dataset with the memory that it shares with its copies in worker processes.

    `epoch` has one number. `behind` has the place of the last item before those to come, with no
    workers if there is none; behind it a number for each of them that says whether it has begun.
    """
    import torch
    from torch.utils.data import IterableDataset, get_worker_info

    class Reads(IterableDataset):  # type: ignore[misc,type-arg,unused-ignore]
        """Batches of reads."""

        def __init__(self) -> None:
            super().__init__()
            self.stream = stream
            self._epoch = epoch
            self._behind = behind

        def __reduce__(self) -> tuple[Any, ...]:
            return _dataset, (self.stream, self._epoch, self._behind)

        def __iter__(self) -> Iterator[dict[str, Any]]:
            info = get_worker_info()
            worker, workers = (info.id, info.num_workers) if info else (0, 1)
            worker, skipped = self._begin(worker, workers)
            own = self.stream.for_worker(worker, workers)
            own.set_epoch(int(self._epoch[0]))
            own.skip(skipped)
            for number, batch in enumerate(own, skipped):
                arrays = _arrays(batch)
                if batch.mate is not None:
                    mate = _arrays(batch.mate)
                    arrays |= {f"mate_{name}": array for name, array in mate.items()}
                item = {name: torch.from_numpy(array) for name, array in arrays.items()}
                yield item | {PLACE: torch.tensor([workers, worker, number])}

        def _begin(self, worker: int, workers: int) -> tuple[int, int]:
            """The worker whose share this one gives, and how many items of it were given."""
            were, last, number = self._behind[:3].tolist()
            if not were:
                return worker, 0
            if were != workers:
                raise InputError(
                    f"there are {workers} workers, and were {were} when the state was saved; give "
                    f"the loader num_workers={were if were > 1 else '0 or 1'}"
                )
            # The loader begins with its first worker: it goes on where the last item ended.
            own = (worker + last + 1) % workers
            if int(self._behind[3 + own]):
                return worker, 0  # this is an epoch behind that which was gone on with
            self._behind[3 + own] = 1
            return own, number + (own <= last)

        def set_epoch(self, number: int) -> None:
            """Begin with this epoch; in that of a state just loaded, behind the state's item."""
            self.stream.set_epoch(number)
            loaded = bool(self._behind[0]) and not self._behind[3:].any()
            if number != int(self._epoch[0]) or not loaded:
                self._behind[0] = 0
            self._epoch[0] = number

        def state_dict(self, item: Mapping[str, Any] | None = None) -> dict[str, Any]:
            """The state behind an item that the loader gave; without one that at the beginning."""
            state = self.stream.state_dict() | {"epoch": int(self._epoch[0]), "batches": 0}
            return state | {PLACE: [0, -1, -1] if item is None else item[PLACE].tolist()}

        def load_state_dict(self, state: Mapping[str, Any]) -> None:
            """Go on behind the item of the state; load it before the loader starts its workers."""
            self.stream.load_state_dict(state)
            self._epoch[0] = state["epoch"]
            begun = [0] * int(state[PLACE][0])
            self._behind = torch.tensor([*state[PLACE], *begun]).share_memory_()

    return Reads()


def _arrays(batch: Any) -> dict[str, Any]:
    """What of a batch is arrays; without an encoder letters and where each read begins."""
    found = {"lengths": batch.lengths, "files": batch.files, "records": batch.records}
    if batch.repeated is not None:
        found["repeated"] = batch.repeated
    if batch.encoded is not None:
        tensor = batch.tensor
        if tensor.dtype == np.uint32:  # counts, which torch adds and multiplies as int64
            tensor = tensor.astype(np.int64)
        return found | {"sequences": tensor, "mask": batch.mask}
    letters = batch.sequences.contiguous()
    return found | {"sequences": letters.buffer[: letters.size], "starts": letters.starts}
