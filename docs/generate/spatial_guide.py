"""Hold each claim of a guide against its program and ours, and write docs/spatial.md's table.

    python docs/generate/spatial_guide.py [--print] [--only S1 ...] [--folder DIR]

What no study of launches can measure is measured here: which stage limits, sizes of files, what a
first call takes, sums over pieces, what a full disk does. Its program is gsmap3d 0.1.3, which `make
peers-spatial` installs. CPU seconds are of all threads; its commands are held to one core.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402 - threads first
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Mapping, Sequence  # noqa: E402
from contextlib import ExitStack  # noqa: E402
from pathlib import Path  # noqa: E402

import spatial_guide_rows as rows  # noqa: E402
from marked import write_lines  # noqa: E402
from spatial_guide_rows import Row  # noqa: E402

from tiltyard.engine.machine.facts import describe_machine  # noqa: E402

PAGE = Path(__file__).resolve().parents[1] / "spatial.md"
#: Lines of the page between which the table stands.
BEGIN = "<!-- The guide's claims: `make bench-spatial-peers` writes them anew. -->"
END = "<!-- End of the guide's claims. -->"
#: Number -> what measures it, in a folder with files of `rows.made`.
CLAIMS: Mapping[str, Callable[[Path], Row]] = {
    "S1": rows.slowest_stage,
    "S2": rows.space,
    "S4d": rows.readers,
    "S5": rows.fast_disk,
    "S6": rows.compute_workers,
    "S7": rows.first_call,
    "S8": rows.pieces,
    "S9": rows.merging,
    "S10": rows.full_disk,
    "S11": rows.precision,
}
HEAD = (
    "| | the guide | its program, 0.1.3 | ours | verdict | why |",
    "| --- | --- | --- | --- | --- | --- |",
)


def line_of(number: str, row: Row) -> str:
    """A line of the table."""
    return f"| {number} | {row.claim} | {row.theirs} | {row.ours} | {row.verdict} | {row.reason} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="do not write the page")
    parser.add_argument("--only", nargs="+", choices=list(CLAIMS), default=list(CLAIMS))
    parser.add_argument("--folder", type=Path, help="of files that stay for another call")
    asked = parser.parse_args(arguments)
    lines = list(HEAD)
    print("\n".join(HEAD), flush=True)
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows.made(folder)
        for number in asked.only:
            lines.append(line_of(number, CLAIMS[number](folder)))
            print(lines[-1], flush=True)
    if not asked.print and set(asked.only) == set(CLAIMS):
        machine = describe_machine()["processor"]
        where = f"Measured on {time.strftime('%d %B %Y')}: {machine}."
        write_lines(PAGE, BEGIN, END, "\n\n".join([where, "\n".join(lines)]))


if __name__ == "__main__":
    main()
