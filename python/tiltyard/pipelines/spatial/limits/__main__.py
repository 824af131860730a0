"""Read as many bytes as ranks have, and write as many as scores have.

    python -m tiltyard.pipelines.spatial.limits copy --output FILE TISSUE

It imports little but what tells the size: what it takes is to be the work.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tiltyard.pipelines import stages

#: Bytes that are moved at once.
CHUNK = 1 << 20
#: Bytes of a rank, and of a score.
ITEM = 2


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser("tiltyard.pipelines.spatial.limits", description=__doc__)
    parser.add_argument("what", choices=("copy",))
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("tissue", type=Path)
    asked = parser.parse_args(arguments)
    stages.begin("import")
    from tiltyard.pipelines.spatial.faults import InputError
    from tiltyard.pipelines.spatial.h5ad.elements import names_of, open_h5ad

    try:
        with open_h5ad(asked.tissue) as file:
            size = ITEM * len(names_of(file, "obs")) * len(names_of(file, "var"))
        copy(size, asked.output)
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stages.begin("close")
    return 0


def copy(size: int, output: Path) -> None:
    """Write `size` bytes to a file, read them, and write them to another; one is left."""
    stages.begin("compute")
    ranks = output.with_name(f"{output.name}.ranks")
    buffer = bytearray(CHUNK)
    try:
        _fill(ranks, size, buffer)
        with ranks.open("rb", buffering=0) as source, output.open("wb", buffering=0) as target:
            while count := source.readinto(buffer):
                target.write(memoryview(buffer)[:count])
    finally:
        ranks.unlink(missing_ok=True)


def _fill(path: Path, size: int, buffer: bytearray) -> None:
    with path.open("wb", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, max(size, 1))
        for first in range(0, size, CHUNK):
            file.write(memoryview(buffer)[: min(CHUNK, size - first)])


if __name__ == "__main__":
    sys.exit(main())
