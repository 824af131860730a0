"""Read, or read and inflate, files of reads, and write how many bytes that was.

    python -m tiltyard.pipelines.reads.limits read|inflate --output FILE READS ...

It imports little: what it takes is to be the work, and the start of an interpreter.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tiltyard.pipelines import stages

#: Bytes that are read at once, as a strategy does.
CHUNK = 1 << 19


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser("tiltyard.pipelines.reads.limits", description=__doc__)
    parser.add_argument("what", choices=("read", "inflate"))
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("reads", type=Path, nargs="+")
    asked = parser.parse_args(arguments)
    try:
        work = read if asked.what == "read" else inflate
        total = sum(map(work, asked.reads))
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stages.begin("close")
    asked.output.write_text(f"{total}\n", encoding="ascii")
    return 0


def read(path: Path) -> int:
    """Read the bytes of a file into one buffer; returns how many."""
    stages.begin("compute")
    buffer, total = bytearray(CHUNK), 0
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            total += size
    return total


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
    buffer, total = memoryview(bytearray(CHUNK)), 0
    with open_source(path, threads=0) as source:
        while size := source.fill(buffer):
            total += size
        if source.cut:
            raise ValueError(f"{path}: {source.cut.kind} at byte {source.cut.offset}")
    return total


if __name__ == "__main__":
    sys.exit(main())
