"""Who works on the batches of a stream in a study, and how torch's `DataLoader` hands them over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.reads.workers.lending import PIPES, PROCESSES, THREADS

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.stream import FastqStream

#: Workers of torch's `DataLoader`, each of which reads everything and gives its share.
TORCH = "torch"
KINDS = (THREADS, PROCESSES, PIPES, TORCH)
#: Numbers of its workers that a guide recommends, and with which it may be compared.
TORCH_WORKERS = (0, 2, 4, 8)
#: Tasks of each worker that wait, where a strategy does not say how many.
PREFETCH = 2


@dataclass(frozen=True, kw_only=True)
class Loading:
    """Who works on batches.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    workers : int
        Beside the thread that takes the batches; 0 for none.
    prefetch : int
        Tasks of each that wait for who takes the batches.
    persistent : bool
        Whether processes are kept for the next epoch.
    """

    kind: str = THREADS
    workers: int = 0
    prefetch: int = PREFETCH
    persistent: bool = False

    @property
    def words(self) -> list[str]:
        """Options of `benchmark.streaming`."""
        found = [
            *("--worker-kind", self.kind, "--workers", str(self.workers)),
            *("--prefetch", str(self.prefetch)),
        ]
        return [*found, "--persistent"] if self.persistent else found

    def of_stream(self) -> dict[str, Any]:
        """Parameters of a `FastqStream`; torch has workers of its own."""
        if self.kind == TORCH:
            return {}
        return {
            "worker_kind": self.kind,
            "workers": self.workers,
            "prefetch": self.prefetch,
            "persistent": self.persistent,
        }


def torch_items(stream: FastqStream, loading: Loading, epochs: int) -> Iterator[Any]:
    """What torch's `DataLoader` gives of a stream, epoch after epoch; see `reads.torch`."""
    from torch.utils.data import DataLoader

    dataset = stream.torch()
    kept: dict[str, Any] = {}
    if loading.workers:
        kept = {
            "prefetch_factor": loading.prefetch,
            "persistent_workers": loading.persistent,
        }
    loader = DataLoader(dataset, batch_size=None, num_workers=loading.workers, **kept)
    for epoch in range(epochs):
        dataset.set_epoch(epoch)
        yield from loader
