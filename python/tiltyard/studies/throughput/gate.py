"""The gate of `tiltyard compare`: whether B costs more CPU than A, beyond what A differs from A."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from tiltyard.engine.outcome import Limits
from tiltyard.studies.throughput.interleaving import Arm, rounds
from tiltyard.studies.throughput.launch import Launch
from tiltyard.studies.throughput.measuring.watch import Watch
from tiltyard.studies.throughput.statistics.comparison import Comparison
from tiltyard.studies.throughput.statistics.noise import Floor, differs
from tiltyard.studies.throughput.statistics.paired import LEAST_ROUNDS, estimate

#: Names of the arms: A has two, whose ratio is the noise floor.
A, AGAIN, B = "A", "A again", "B"


@dataclass(frozen=True)
class Gate:
    """What was found.

    Parameters
    ----------
    comparison : Comparison
        Ratio of CPU seconds, noise floor, verdict, exit code.
    launches : sequence of mapping
        Arm -> launch, for each round.
    warnings : tuple of str
        What disturbed the machine meanwhile.
    alarms : tuple of str
        What a reader has to know of the launches, with the arm.
    """

    comparison: Comparison
    launches: Sequence[Mapping[str, Launch]]
    warnings: tuple[str, ...]
    alarms: tuple[str, ...]

    def medians(self) -> dict[str, dict[str, float]]:
        """Arm -> median CPU seconds, wall seconds, and memory [MB]."""
        return {
            name: {
                field: float(np.median([getattr(one[name], field) for one in self.launches]))
                for field in ("cpu_seconds", "wall_seconds", "peak_memory_mb")
            }
            for name in (A, B)
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        found = self.comparison
        return {
            "verdict": found.verdict,
            "exit_code": found.code,
            "sentence": found.sentence,
            "ratio": found.ratio._asdict(),
            "floor": found.floor,
            "rounds": len(self.launches),
            "medians": self.medians(),
            "cpu_seconds": [
                {name: one[name].cpu_seconds for name in (A, AGAIN, B)} for one in self.launches
            ],
            "warnings": list(self.warnings),
            "alarms": list(self.alarms),
        }


def judge(a: Sequence[float], again: Sequence[float], b: Sequence[float]) -> Comparison:
    """Compare CPU seconds that were measured in the same rounds, a number each.

    Parameters
    ----------
    a, again : sequence of float
        A under its two names.
    b : sequence of float
    """
    first = np.asarray(a, dtype=float)
    floor = Floor(A, AGAIN, estimate(np.asarray(again) / first)).share
    ratio = estimate(np.asarray(b) / first)
    return Comparison(ratio, floor, differs(ratio, floor))


def compare(
    a: Arm,
    b: Arm,
    *,
    number: int,
    limits: Limits,
    seed: int,
    folder: Path,
    equal: Callable[[Path, Path], str] | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Gate:
    """Launch A, A again and B in `number` rounds, and judge.

    Parameters
    ----------
    number : int
        Rounds, from `LEAST_ROUNDS` on.
    equal : callable or None
        Function of two outputs, A's and B's, that returns their first difference in words; None
        if outputs are not compared.
    advance : callable
        Called after each launch.

    Raises
    ------
    ValueError
        If there are too few rounds, a launch does not end well, or B's output is another.
    """
    if number < LEAST_ROUNDS:
        raise ValueError(f"--rounds {number}: no difference is called real below {LEAST_ROUNDS}")
    _fill_caches(a, b, limits, seed, folder, equal)
    arms = [replace(a, name=A), replace(a, name=AGAIN), replace(b, name=B)]
    watch = Watch()
    running = rounds(
        arms,
        limits=limits,
        seed=seed,
        folder=folder,
        watch=watch,
        told=lambda name, output, launch: advance(),
    )
    launches = list(islice(running, number))
    seconds = [[one[name].cpu_seconds for one in launches] for name in (A, AGAIN, B)]
    alarms = dict.fromkeys(_alarms(launches))
    return Gate(judge(*seconds), launches, watch.warnings, tuple(alarms))


def _fill_caches(
    a: Arm,
    b: Arm,
    limits: Limits,
    seed: int,
    folder: Path,
    equal: Callable[[Path, Path], str] | None,
) -> None:
    """Launch both once, which is not counted, and compare what they put out."""
    kept: list[Path] = []

    def keep(name: str, output: Path, launch: Launch) -> None:
        kept.append(folder / f"kept-{len(kept)}")
        if equal is not None:
            if not output.exists():
                raise ValueError(f"{name} ended well, but wrote no output")
            output.rename(kept[-1])

    for name, arm in ((A, a), (B, b)):
        next(rounds([replace(arm, name=name)], limits=limits, seed=seed, folder=folder, told=keep))
    if equal is not None and (difference := equal(*kept)):
        raise ValueError(
            f"A and B do not do the same, and their times do not compare: {difference}"
        )


def _alarms(launches: Sequence[Mapping[str, Launch]]) -> Iterator[str]:
    for one in launches:
        for name, launch in one.items():
            yield from (f"{name}: {alarm}" for alarm in launch.alarms)
