"""What reading, and what is done to reads, cannot do without; writes how many bytes that was.

    python -m tiltyard.pipelines.reads.limits read|inflate --output FILE READS ...
    python -m tiltyard.pipelines.reads.limits fill|copy --bytes NUMBER --output FILE

It imports little: what it takes is to be the work, and the start of an interpreter.
"""

from __future__ import annotations

import argparse
import mmap
import sys
from pathlib import Path

from tiltyard.pipelines import stages

#: Bytes that are read at once, as a strategy does.
CHUNK = 1 << 19
#: Bytes that are filled again and again: a batch of 256 reads of 150 bases, one-hot.
BATCH = 256 * 150 * 16
#: Most bytes that are copied at once, more than a processor's caches hold.
WHOLE = 150_000_000


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser("tiltyard.pipelines.reads.limits", description=__doc__)
    parser.add_argument("what", choices=("read", "inflate", "fill", "copy"))
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--bytes", type=int, default=0, help="to be filled or copied")
    parser.add_argument("reads", type=Path, nargs="*")
    asked = parser.parse_intermixed_args(arguments)
    try:
        if asked.what in ("fill", "copy"):
            total = (fill if asked.what == "fill" else copy)(asked.bytes)
        else:
            total = sum(map(read if asked.what == "read" else inflate, asked.reads))
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stages.begin("close")
    asked.output.write_text(f"{total}\n", encoding="ascii")
    return 0


def read(path: Path) -> int:
    """Read the bytes of a file into one buffer; returns how many."""
    stages.begin("compute")
    buffer, total = _buffer(), 0
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            total += size
    return total


def _buffer() -> mmap.mmap:
    """Memory that begins with a page, as that of a strategy does.

    What `malloc` gives begins some bytes behind, to where a kernel's copy may take several times
    as long.
    """
    return mmap.mmap(-1, CHUNK)


def inflate(path: Path) -> int:
    """Inflate a file in this thread into one buffer; returns the bytes of text.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    stages.begin("import")
    from tiltyard.pipelines.reads.inputs.sources import open_source

    stages.begin("compute")
    buffer, total = memoryview(_buffer()), 0
    with open_source(path, threads=0) as source:
        while size := source.fill(buffer):
            total += size
        if source.cut:
            raise ValueError(f"{path}: {source.cut.kind} at byte {source.cut.offset}")
    return total


def fill(amount: int) -> int:
    """Fill one buffer, which stays in a cache, until so many bytes were written."""
    stages.begin("import")
    import numpy as np

    stages.begin("compute")
    buffer = np.ones(BATCH, np.uint8)
    for size in _parts(amount, BATCH):
        buffer[:size].fill(0)
    return amount


def copy(amount: int) -> int:
    """Copy so many bytes in memory, at most `WHOLE` of them at once."""
    stages.begin("import")
    import numpy as np

    stages.begin("open")
    source = np.ones(min(amount, WHOLE), np.uint8)
    target = np.ones_like(source)
    stages.begin("compute")
    for size in _parts(amount, WHOLE):
        np.copyto(target[:size], source[:size])
    return amount


def _parts(amount: int, most: int) -> list[int]:
    """`amount` in parts of `most`, and what is left."""
    whole, left = divmod(amount, most)
    return [most] * whole + [left] * (left > 0)


if __name__ == "__main__":
    sys.exit(main())
