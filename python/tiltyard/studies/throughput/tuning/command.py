"""`tiltyard tune`: samples are measured, and the recommendation is shown and remembered."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

from tiltyard.engine.files.json import json_text
from tiltyard.engine.machine.room import available_room
from tiltyard.engine.outcome import Limits
from tiltyard.pipelines.pipeline import Pipeline, Strategy, Work
from tiltyard.pipelines.tunable import Tunable
from tiltyard.pipelines.tuned import Tuned, remember
from tiltyard.studies.throughput.finding import find_pipeline
from tiltyard.studies.throughput.interleaving import Arm, rounds
from tiltyard.studies.throughput.launch import Launch
from tiltyard.studies.throughput.measuring.alone import machine_alone
from tiltyard.studies.throughput.measuring.watch import Watch
from tiltyard.studies.throughput.statistics.launches import DISTURBED
from tiltyard.studies.throughput.tuning.advice import Advice, advise
from tiltyard.studies.throughput.tuning.predicting import arm_name, by_name, expect
from tiltyard.studies.throughput.tuning.sampling import Sizes, find_sizes, number_of_rounds

#: Fewest rounds, below which no difference is called real, and most.
LEAST_ROUNDS, MOST_ROUNDS = 5, 11
#: A launch that takes so many times the whole budget is stopped.
PATIENCE = 3.0


@dataclass(frozen=True)
class Recommendation:
    """What is recommended for some files on this machine.

    Parameters
    ----------
    command : str
    advice : Advice
    warnings : tuple of str
        What disturbed the machine meanwhile.
    remembered : str
        File in which it is kept; "" if it is not.
    free : bool
        Whether others left the machine alone: else its times are not those of a free one.
    auto : str
        Option that takes what is remembered.
    """

    command: str
    advice: Advice
    warnings: tuple[str, ...]
    remembered: str
    free: bool
    auto: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "command": self.command,
            **self.advice.to_dict(),
            "warnings": list(self.warnings),
            "remembered": self.remembered,
            "free": self.free,
        }


def tune_files(
    name: str, files: Sequence[Path], budget: float, seed: int, keep: bool | None = None
) -> Recommendation:
    """Measure samples of a person's own files, and recommend a command.

    Parameters
    ----------
    keep : bool or None
        Whether it is remembered; None for only if the machine was free.

    Raises
    ------
    ValueError
        If there is no such pipeline, it cannot be tuned, files are missing or of no use, or a
        launch does not end well.
    """
    pipeline = tunable(name)
    work = pipeline.own([path.expanduser().absolute() for path in files])
    purpose = f"tiltyard tune {name} in {os.getcwd()}"
    with machine_alone(purpose), tempfile.TemporaryDirectory(prefix="tiltyard-tune-") as scratch:
        advice, watch = Tuning(pipeline, work, Path(scratch), budget, seed).run()
    command = pipeline.command_line(advice.best.strategy, work)
    free = watch.steal_share + watch.foreign_share <= DISTURBED
    wanted = free if keep is None else keep
    kept = str(remember(_record(name, advice, command))) if wanted else ""
    return Recommendation(command, advice, watch.warnings, kept, free, pipeline.auto)


class TunablePipeline(Pipeline, Tunable):
    """A pipeline that can be tuned."""


def tunable(name: str) -> TunablePipeline:
    """The pipeline `name`.

    Raises
    ------
    ValueError
        If there is none, or it cannot be tuned.
    """
    try:
        found = find_pipeline(name)
    except ValueError as error:
        raise ValueError(f"pipeline: {error}") from error
    if not isinstance(found, Tunable):
        raise ValueError(f"the pipeline {name} takes no files of yours to be tuned for")
    return cast(TunablePipeline, found)


class Tuning:
    """One tuning.

    Parameters
    ----------
    pipeline : pipeline that can be tuned
    work : Work
        All of it.
    folder : path
        Folder for samples and launches.
    budget : float
        Time that it may take, about [s].
    seed : int
    """

    def __init__(
        self, pipeline: TunablePipeline, work: Work, folder: Path, budget: float, seed: int
    ) -> None:
        self._pipeline, self._work = pipeline, work
        self._folder, self._budget, self._seed = folder, budget, seed
        self._room = available_room()
        self._limits = Limits(PATIENCE * budget, self._room.memory_mb)
        self._samples: dict[float, Work] = {}

    def run(self) -> tuple[Advice, Watch]:
        """Find sizes, measure all strategies in rounds, and advise; and what was seen meanwhile."""
        began = time.monotonic()
        strategies = self._pipeline.candidates(self._work, self._room.cores)
        with _status("finding the size of a sample"):
            self._costs_of(strategies[0], 1 / 1024)  # fills caches, and is not counted
            sizes = find_sizes(lambda share: self._costs_of(strategies[0], share), self._budget)
        left = self._budget - (time.monotonic() - began)
        watch = Watch(needs_mb=self._work.input_bytes / 1e6)
        found = self._measure(strategies, sizes, left, watch)
        count = len(sizes.shares)
        amounts = [self._pipeline.amount(self._sample(share)) for share in sizes.shares]
        whole = self._pipeline.amount(self._work)
        expected = [
            expect(one, amounts, whole, by_name(found, one.name, count)) for one in strategies
        ]
        return advise(expected, self._room.cores, sizes.shares[-1]), watch

    def _measure(
        self, strategies: Sequence[Strategy], sizes: Sizes, left: float, watch: Watch
    ) -> list[dict[str, Launch]]:
        arms = [
            self._arm(strategy, size, share)
            for strategy in strategies
            for size, share in enumerate(sizes.shares)
        ]
        with _status("") as say:

            def told(name: str, output: Path, launch: Launch) -> None:
                say(f"{name}: {launch.wall_seconds:.2f} s")

            running = rounds(
                arms,
                limits=self._limits,
                seed=self._seed,
                folder=self._folder,
                watch=watch,
                told=told,
            )
            first = next(running)
            walls = [one.wall_seconds for one in first.values()]
            number = number_of_rounds(walls, left - sum(walls), LEAST_ROUNDS - 1, MOST_ROUNDS - 1)
            return [first, *islice(running, number)]

    def _arm(self, strategy: Strategy, size: int, share: float) -> Arm:
        work = self._sample(share)

        def command(output: Path) -> Sequence[str]:
            return self._pipeline.command(strategy, work, output)

        return Arm(arm_name(strategy.name, size), command, strategy.workers)

    def _costs_of(self, strategy: Strategy, share: float) -> tuple[float, float]:
        """Wall time and CPU of one launch on a sample [s]."""
        arm = self._arm(strategy, 0, share)
        running = rounds([arm], limits=self._limits, seed=self._seed, folder=self._folder)
        launch = next(running)[arm.name]
        return launch.wall_seconds, launch.cpu_seconds

    def _sample(self, share: float) -> Work:
        if share >= 1.0:
            return self._work
        if share not in self._samples:
            folder = self._folder / f"sample-{len(self._samples)}"
            folder.mkdir()
            self._samples[share] = self._pipeline.sample(self._work, folder, share)
        return self._samples[share]


def _record(name: str, advice: Advice, command: str) -> Tuned:
    best = advice.best
    wall, memory = best.wall_seconds, best.memory_mb
    return Tuned(
        pipeline=name,
        strategy=best.strategy.name,
        workers=best.strategy.workers,
        command=command,
        seconds=(wall.value, wall.low, wall.high),
        memory_mb=(memory.value, memory.low, memory.high),
        cores=advice.cores,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


@contextmanager
def _status(first: str) -> Iterator[Callable[[str], None]]:
    """Show what is done now on a terminal; yield the function that says it."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: None
        return
    with console.status(first or "measuring") as status:
        yield lambda text: status.update(text)


def show(found: Recommendation, format: str) -> None:
    """Print what is recommended, and warnings to the standard error."""
    if format == "json":
        print(json_text(found.to_dict()))
    else:
        print(found.command)
        print()
        for sentence in found.advice.sentences:
            print(f"{sentence}.")
        if found.remembered:
            print(f"Remembered for this machine in {found.remembered}; {found.auto} uses it.")
        if not found.free:
            end = (
                "" if found.remembered else ", and nothing is remembered: repeat it, or --remember"
            )
            print(f"The machine was not free: on a free one times are others{end}.")
    for text in found.warnings:
        print(f"warning: {text}", file=sys.stderr)
