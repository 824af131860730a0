"""Stream files of reads through the steps of a task, and write what was seen of them.

    python -m tiltyard.pipelines.reads.benchmark.streaming --task NAME --output FILE READS ...

Who takes the batches reads every byte of them once, as a model would, for a checksum (CRC-32). It
runs on from batch to batch, and so is the same for any size of batches of reads of one length.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines import stages
from tiltyard.pipelines.reads.benchmark.tasks import SEED, TASKS, Streamed

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.batch import Batch

#: Lines of the output before the checksums.
COUNTS = ("reads", "bases")


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    streamed = [name for name, task in TASKS.items() if isinstance(task, Streamed)]
    parser = argparse.ArgumentParser("tiltyard.pipelines.reads.benchmark.streaming")
    parser.add_argument("--task", choices=streamed, required=True)
    parser.add_argument("--implementation", default="kernels")
    parser.add_argument("--threads", type=int, default=0, help="threads that inflate")
    parser.add_argument("--workers", type=int, default=0, help="threads that work on batches")
    parser.add_argument("--batch", type=int, default=0, help="reads of a batch; 0: as usual")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("reads", nargs="+")
    asked = parser.parse_args(arguments)
    stages.begin("import")
    from tiltyard.pipelines.reads.faults import InputError, ReadError
    from tiltyard.pipelines.reads.stream import FastqStream

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
            workers=asked.workers,
            threads=asked.threads,
            implementation=asked.implementation,
        )
        stages.begin("compute")
        found = seen(stream, task.looked_at)
    except (InputError, ReadError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stages.begin("close")
    lines = (f"{name}\t{value}\n" for name, value in found.items())
    asked.output.write_text("".join(lines), encoding="ascii")
    return 0


def seen(batches: Any, looked_at: tuple[str, ...]) -> dict[str, int]:
    """Reads, bases, and a checksum of each column that is looked at."""
    from isal import isal_zlib

    reads = bases = 0
    sums = dict.fromkeys(looked_at, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for batch in batches:
            reads += len(batch)
            bases += batch.bases
            for name in looked_at:
                for part in _bytes_of(batch, name):
                    sums[name] = isal_zlib.crc32(part, sums[name])
    return dict(zip(COUNTS, (reads, bases), strict=True)) | sums


def _bytes_of(batch: Batch, name: str) -> Iterator[Any]:
    """A column of a batch, as contiguous memory."""
    import numpy as np

    if name == "lengths":
        yield np.ascontiguousarray(batch.lengths, np.int64)
    elif name == "tensor":
        yield np.ascontiguousarray(batch.tensor)
    else:
        texts = getattr(batch, name)
        starts, size = texts.starts, texts.size
        if len(texts) and bool((starts[1:] == starts[:-1] + texts.lengths[:-1]).all()):
            yield texts.buffer[starts[0] : starts[0] + size]
        else:
            yield texts.contiguous().buffer[:size]


if __name__ == "__main__":
    sys.exit(main())
