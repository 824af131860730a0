"""Read, or read and inflate, what counting cannot do without, and write how many bytes that was.

    python -m tiltyard.pipelines.alleles.limits read|inflate --variants FILE --output FILE BAM ...

It imports little: what it takes is to be the work, and the start of an interpreter.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tiltyard.pipelines import stages


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    stages.begin("import")
    from tiltyard.pipelines.alleles.limits import blocks, needed

    parser = argparse.ArgumentParser("tiltyard.pipelines.alleles.limits", description=__doc__)
    parser.add_argument("what", choices=("read", "inflate"))
    parser.add_argument("--variants", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("alignments", type=Path, nargs="+")
    asked = parser.parse_args(arguments)
    stages.begin("open")
    try:
        places = needed.positions(asked.variants)
        ranges = {path: needed.ranges(path, places) for path in asked.alignments}
        work = blocks.read if asked.what == "read" else blocks.Inflater()
        stages.begin("compute")
        total = sum(work(path, own) for path, own in ranges.items())
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stages.begin("write")
    asked.output.write_text(f"{total}\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
