"""Stream files of reads through the steps of a task, and write what was seen of them.

    python -m tiltyard.pipelines.reads.benchmark.streaming --task NAME --output FILE READS ...

Who takes the batches reads every byte of them once, as a model would, for a checksum (CRC-32). It
runs on from batch to batch, and over epochs, and so is the same for any size of batches; what pads
reads of different lengths is left out. Each of torch's workers gives a share of its own: then there
are checksums of shares in place of those of all reads.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from tiltyard.pipelines import stages
from tiltyard.pipelines.reads.benchmark.loading import (
    KINDS,
    PREFETCH,
    TORCH,
    TORCH_WORKERS,
    Loading,
    torch_items,
)
from tiltyard.pipelines.reads.benchmark.tasks import SEED, TASKS, Streamed
from tiltyard.pipelines.reads.workers.lending import THREADS

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.benchmark.seeing import Seen
    from tiltyard.pipelines.reads.stream import FastqStream


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    asked = _parser().parse_args(arguments)
    loading = Loading(
        kind=asked.worker_kind,
        workers=asked.workers,
        prefetch=asked.prefetch,
        persistent=asked.persistent,
    )
    stages.begin("import")
    from tiltyard.pipelines.reads.benchmark import seeing  # noqa: F401
    from tiltyard.pipelines.reads.faults import InputError, ReadError, WorkerDied
    from tiltyard.pipelines.reads.stream import FastqStream

    if loading.kind == TORCH:
        import torch.utils.data  # noqa: F401

    task = TASKS[asked.task]
    assert isinstance(task, Streamed)
    try:
        stages.begin("open")
        stream = FastqStream(
            asked.reads,
            task.chain,
            task.encode,
            batch_size=asked.batch or task.batch,
            seed=SEED,
            threads=asked.threads,
            implementation=asked.implementation,
            **loading.of_stream(),
        )
        stages.begin("compute")
        found = _seen(task, loading, asked.shares)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _see(found, stream, loading, task.epochs)
        stream.close()
    except (InputError, ReadError, WorkerDied) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stages.begin("close")
    asked.output.write_text("".join(found.lines()), encoding="ascii")
    return 0


def _parser() -> argparse.ArgumentParser:
    streamed = [name for name, task in TASKS.items() if isinstance(task, Streamed)]
    parser = argparse.ArgumentParser("tiltyard.pipelines.reads.benchmark.streaming")
    parser.add_argument("--task", choices=streamed, required=True)
    parser.add_argument("--implementation", default="kernels")
    parser.add_argument("--threads", type=int, default=0, help="threads that inflate")
    parser.add_argument("--workers", type=int, default=0, help="that work on batches")
    parser.add_argument("--worker-kind", choices=KINDS, default=THREADS)
    parser.add_argument("--prefetch", type=int, default=PREFETCH, help="tasks of each that wait")
    parser.add_argument("--persistent", action="store_true", help="keep them for all epochs")
    parser.add_argument("--batch", type=int, default=0, help="reads of a batch; 0: as usual")
    parser.add_argument("--shares", action="store_true", help="see those of torch's workers too")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("reads", nargs="+")
    return parser


def _seen(task: Streamed, loading: Loading, shares: bool) -> Seen:
    """What is to be seen: of torch's workers each one's share alone."""
    from tiltyard.pipelines.reads.benchmark.seeing import Seen

    if loading.kind == TORCH and loading.workers > 1:
        return Seen(task.looked_at, (loading.workers,), whole=False)
    return Seen(task.looked_at, TORCH_WORKERS if shares else ())


def _see(found: Seen, stream: FastqStream, loading: Loading, epochs: int) -> None:
    """See all batches of all epochs."""
    if loading.kind == TORCH:
        for item in torch_items(stream, loading, epochs):
            found.add_item(item)
        return
    for epoch in range(epochs):
        stream.set_epoch(epoch)
        for batch in stream:
            found.add(batch)


if __name__ == "__main__":
    sys.exit(main())
