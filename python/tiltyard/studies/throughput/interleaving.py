"""Several commands launched in the same rounds: drift of the machine meets all of them alike."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tiltyard.engine.outcome import Limits, Status
from tiltyard.studies.throughput.launch import Launch
from tiltyard.studies.throughput.measuring.measure import measure
from tiltyard.studies.throughput.measuring.watch import Watch


@dataclass(frozen=True)
class Arm:
    """One of the commands.

    Parameters
    ----------
    name : str
    command : callable
        Function from the path of an output, which does not exist yet, to the command line.
    workers : int
        Threads or processes that it says to use.
    directory : path or None
        Folder in which it starts; None for a folder of the launch.
    """

    name: str
    command: Callable[[Path], Sequence[str]]
    workers: int
    directory: Path | None = None


#: Told the name of a launch's command, the path of its output, and what it cost.
Told = Callable[[str, Path, Launch], None]


def rounds(
    arms: Sequence[Arm],
    *,
    limits: Limits,
    seed: int,
    folder: Path,
    watch: Watch | None = None,
    told: Told | None = None,
) -> Iterator[dict[str, Launch]]:
    """Launch all `arms` in rounds, each round in a random sequence, as long as they are asked for.

    Parameters
    ----------
    limits : Limits
        Of each launch.
    seed : int
        Decides the sequences, and the environments of the launches.
    folder : path
        Folder for the launches, which are removed one by one.
    watch : Watch or None
        Looks before and after each launch.
    told : callable or None
        Called after each launch, when its output is still there.

    Yields
    ------
    dict
        Name -> launch; all ended well.

    Raises
    ------
    ValueError
        If a launch does not end well, with its name and the reason.
    """
    rng = np.random.default_rng(seed)
    while True:
        found = {}
        for index in rng.permutation(len(arms)):
            arm = arms[index]
            one = int(rng.integers(2**63))
            found[arm.name] = _launch(arm, limits, one, folder, watch, told)
        yield {arm.name: found[arm.name] for arm in arms}


def _launch(
    arm: Arm, limits: Limits, seed: int, folder: Path, watch: Watch | None, told: Told | None
) -> Launch:
    place = folder / "launch"
    output = place / "output"
    try:
        place.mkdir(parents=True)
        launch = measure(
            arm.command(output),
            workers=arm.workers,
            folder=place,
            seconds=limits.seconds,
            memory_mb=limits.memory_mb,
            seed=seed,
            watch=watch,
            directory=arm.directory,
        )
        if launch.status is not Status.OK:
            raise ValueError(f"{arm.name} ended with the status {launch.status}: {launch.message}")
        if told is not None:
            told(arm.name, output, launch)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return launch
