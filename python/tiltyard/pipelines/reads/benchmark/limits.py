"""What no strategy can do without: which limits there are, for which work, and their commands."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tiltyard.pipelines.pipeline import Work, Workload
from tiltyard.pipelines.reads.benchmark import peers

#: Limits that every study has beside its strategies.
ALWAYS = ("read", "inflate")
#: Others, by name: the axis of the workload, and its values, that each is a limit of.
ASKED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "lines": ("compression", ("plain",)),
    "igzip": ("compression", ("gzip", "bgzf")),
    "fill": ("task", ("one-hot",)),
    "copy": ("task", ("mean-quality", "mutate", "reverse-complement")),
}
NAMES = (*ALWAYS, *ASKED)
#: Bytes of a base, one-hot in four numbers of 32 bits.
_ONE_HOT = 16


def check(names: Sequence[str], workloads: Sequence[Workload]) -> None:
    """Refuse a limit that is none of a workload.

    Raises
    ------
    ValueError
        With what it is a limit of.
    """
    for name in names:
        if name in ASKED:
            axis, values = ASKED[name]
            for workload in workloads:
                if workload.axes.get(axis) not in values:
                    raise ValueError(
                        f"strategies has {name}, a limit of {axis} {' or '.join(values)}, and the "
                        f"workload {workload.name} is another; make it a study of its own"
                    )


def program(name: str) -> str | None:
    """What of others a limit starts, or None; raises `ValueError` if it is not installed."""
    if name == "lines":
        return "wc"
    return peers.program(peers.IGZIP) if name == "igzip" else None


def command(name: str, work: Work, output: Path) -> list[str]:
    """Command line of a limit."""
    files = [str(path) for path in work.files["reads"]]
    if name == "lines":
        return ["wc", "-l", *files]
    if name == "igzip":  # which refuses names that do not end in .gz
        return ["sh", "-c", 'exec "$0" -t < "$1"', peers.program(peers.IGZIP), *files]
    own = [sys.executable, "-m", "tiltyard.pipelines.reads.limits", name, "--output", str(output)]
    if name in ALWAYS:
        return [*own, *files]
    amount = work.units["bases"] * (_ONE_HOT if name == "fill" else 1)
    return [*own, "--bytes", str(amount)]
