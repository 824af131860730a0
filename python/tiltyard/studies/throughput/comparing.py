"""`tiltyard compare`: what is compared, of a study or of the command line, and what is printed."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tiltyard.engine.files.json import json_text
from tiltyard.engine.machine.room import available_room
from tiltyard.engine.outcome import Limits
from tiltyard.pipelines.pipeline import LIMIT, Pipeline, Strategy, Work
from tiltyard.studies.throughput.gate import Gate, compare
from tiltyard.studies.throughput.interleaving import Arm
from tiltyard.studies.throughput.measuring.alone import machine_alone
from tiltyard.studies.throughput.measuring.page_cache import warm_up

if TYPE_CHECKING:
    from tiltyard.engine.study import Study

T = TypeVar("T")
#: Place of the output in a command line.
OUTPUT = "{output}"


def compare_commands(
    a: str,
    b: str,
    workers: int | None,
    rounds: int,
    seed: int,
    limits: tuple[float, float | None],
) -> Gate:
    """Compare two command lines, which start in the working folder.

    Raises
    ------
    ValueError
        If one is empty, cannot be read as a shell reads it, or has no program that is there.
    """
    here, cores = Path.cwd(), workers or available_room().cores
    arms = [Arm(name, _command_of(name, text), cores, here) for name, text in (("A", a), ("B", b))]
    return _compared(arms[0], arms[1], rounds, seed, limits, None)


def _command_of(name: str, text: str) -> Callable[[Path], Sequence[str]]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"{name} is no command line: {text!r}: {error}") from error
    if not words:
        raise ValueError(f"{name} is an empty command line")
    if shutil.which(words[0]) is None:
        raise ValueError(
            f"{name}: there is no program {words[0]!r}; strategies of a study need its --config"
        )
    return lambda output: [word.replace(OUTPUT, str(output)) for word in words]


def compare_strategies(
    a: str,
    b: str,
    study: Study,
    workload: str,
    rounds: int,
    seed: int,
    limits: tuple[float, float | None],
) -> Gate:
    """Compare two strategies of a study on one of its workloads, outputs first.

    Raises
    ------
    ValueError
        If the study is of another kind, or has no such strategy or workload.
    """
    from tiltyard.studies.throughput.settings import complete, pipeline_of, workloads_of
    from tiltyard.studies.throughput.workloads import ready_files

    if study.kind.name != "throughput":
        raise ValueError(
            f"study {study.name} is of {study.kind.name}: only those of throughput have strategies"
        )
    pipeline = pipeline_of(study.config)
    strategies = {one.name: one for one in pipeline.strategies(complete(study.config))}
    workloads = workloads_of(study.config)
    first, second = (_one_of(strategies, name, "strategy", study.name) for name in (a, b))
    chosen = _one_of(workloads, workload or next(iter(workloads)), "workload", study.name)
    work = pipeline.open(chosen, ready_files(study, chosen.name).folder)
    warm_up(path for paths in work.files.values() for path in paths)
    arms = [_arm(pipeline, strategy, work) for strategy in (first, second)]
    equal = None if LIMIT in (*first.tags, *second.tags) else _equality(pipeline, first, second)
    return _compared(arms[0], arms[1], rounds, seed, limits, equal)


def _one_of(known: Mapping[str, T], name: str, what: str, study: str) -> T:
    if name not in known:
        raise ValueError(f"study {study} has no {what} {name!r}; it has {', '.join(known)}")
    return known[name]


def _arm(pipeline: Pipeline, strategy: Strategy, work: Work) -> Arm:
    def command(output: Path) -> Sequence[str]:
        return pipeline.command(strategy, work, output)

    return Arm(strategy.name, command, strategy.workers)


def _equality(pipeline: Pipeline, first: Strategy, second: Strategy) -> Callable[[Path, Path], str]:
    def difference(a: Path, b: Path) -> str:
        if pipeline.digest(first, a) == pipeline.digest(second, b):
            return ""
        return pipeline.difference(second, a, b)

    return difference


def _compared(
    a: Arm,
    b: Arm,
    rounds: int,
    seed: int,
    limits: tuple[float, float | None],
    equal: Callable[[Path, Path], str] | None,
) -> Gate:
    seconds, memory = limits
    room = Limits(seconds, available_room().memory_mb if memory is None else memory)
    with (
        machine_alone(f"tiltyard compare in {os.getcwd()}"),
        tempfile.TemporaryDirectory(prefix="tiltyard-compare-") as scratch,
        _progress("launches", 3 * rounds) as advance,
    ):
        return compare(
            *(a, b),
            number=rounds,
            limits=room,
            seed=seed,
            folder=Path(scratch),
            equal=equal,
            advance=advance,
        )


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def show(found: Gate, format: str) -> None:
    """Print what was found, and warnings to the standard error."""
    if format == "json":
        print(json_text(found.to_dict()))
    else:
        print(found.comparison.sentence)
        for name, costs in found.medians().items():
            print(
                f"  {name}: {costs['cpu_seconds']:.3f} s of CPU, {costs['wall_seconds']:.3f} s, "
                f"{costs['peak_memory_mb']:.0f} MB (medians)"
            )
    for text in (*found.warnings, *found.alarms):
        print(f"warning: {text}", file=sys.stderr)
