"""`tiltyard compare A B`: a gate for scripts, above the noise of the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tiltyard.cli.options import study_of


@dataclass(frozen=True)
class Wanted:
    """Options of `tiltyard compare A B`, as given; `workload` and `workers` may be left out."""

    rounds: int
    seed: int
    seconds: float
    memory_mb: float | None
    workload: str
    workers: int | None


def gate(
    pair: Sequence[str], config: Path | None, wanted: Wanted, format: Literal["table", "json"]
) -> int:
    """Compare two strategies of the study `config`, or two command lines; the exit code.

    Raises
    ------
    ValueError
        If they are not two, or an option does not go with them.
    """
    from tiltyard.studies.throughput.comparing import compare_commands, compare_strategies, show

    if len(pair) != 2:
        raise ValueError(f"got {len(pair)} to compare: name two, A and B, each in one argument")
    a, b = pair
    limits = (wanted.seconds, wanted.memory_mb)
    if config is None:
        if wanted.workload:
            raise ValueError(f"--workload {wanted.workload} is of a study: name it with --config")
        found = compare_commands(a, b, wanted.workers, wanted.rounds, wanted.seed, limits)
    else:
        if wanted.workers is not None:
            raise ValueError("--workers is for command lines: strategies say theirs")
        found = compare_strategies(
            a, b, study_of(config), wanted.workload, wanted.rounds, wanted.seed, limits
        )
    show(found, format)
    return found.comparison.code
