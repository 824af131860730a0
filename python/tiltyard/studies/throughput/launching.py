"""A launch in its worker: what is measured, and whether its output is the reference's."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.engine.files.json import write_sealed
from tiltyard.engine.files.receipts import facts_of
from tiltyard.engine.outcome import Limits, Outcome, Status
from tiltyard.pipelines.pipeline import LIMIT, PEER, TOLERANT, Pipeline, Strategy, Workload
from tiltyard.studies.throughput.finding import load_pipeline
from tiltyard.studies.throughput.launch import Launch
from tiltyard.studies.throughput.measuring.measure import measure
from tiltyard.studies.throughput.measuring.watch import Watch

#: Facts of a launch that go into its outcome's own fields.
IN_OUTCOME = ("status", "message", "wall_seconds", "peak_memory_mb", "processes", "threads")


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a worker has to launch; plain values that can be sent to it.

    Parameters
    ----------
    pipeline : str
        Its name.
    strategy : mapping
        Arguments of `Strategy`.
    workload : mapping
        Arguments of `Workload`.
    folder : str
        Absolute path of the workload's files.
    limits : Limits
    seed : int
        Decides what of the environment is drawn anew for each launch.
    known : mapping
        What is known of the launch beforehand, for its rows.
    expected : tuple of str
        Absolute path of the reference's output, and its digest; empty if nothing is compared.
    keep : str
        Absolute path at which the output is kept as the reference's; "" to keep none.
    """

    pipeline: str
    strategy: Mapping[str, Any]
    workload: Mapping[str, Any]
    folder: str
    limits: Limits
    seed: int
    known: Mapping[str, Any] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    keep: str = ""


def prepare(charge: Charge) -> tuple[Callable[[], Any], Callable[[Any], Outcome]]:
    """The launch, and the function that makes its outcome; see `Task`."""
    pipeline = load_pipeline(charge.pipeline)
    strategy = Strategy(**charge.strategy)
    axes = MappingProxyType(dict(charge.workload["axes"]))
    work = pipeline.open(Workload(charge.workload["name"], axes), Path(charge.folder))
    scratch = Path.cwd()
    output = scratch / "output"
    command = [os.fspath(part) for part in pipeline.command(strategy, work, output)]
    watch = Watch(work.input_bytes / 1e6)
    call = partial(
        measure,
        command,
        workers=strategy.workers,
        folder=scratch / "launch",
        seconds=charge.limits.seconds,
        memory_mb=charge.limits.memory_mb,
        seed=charge.seed,
        watch=watch,
    )
    return call, partial(conclude, charge, pipeline, strategy, output, watch)


def conclude(
    charge: Charge,
    pipeline: Pipeline,
    strategy: Strategy,
    output: Path,
    watch: Watch,
    launch: Launch,
) -> Outcome:
    """Outcome of a launch: its costs, and how its output compares."""
    facts = {
        **charge.known,
        **{name: value for name, value in vars(launch).items() if name not in IN_OUTCOME},
        "stages": [asdict(stage) for stage in launch.stages],
        "alarms": list(launch.alarms),
        "environment": dict(launch.environment),
        **watched(watch),
    }
    status, message = launch.status, launch.message
    if status is Status.OK:
        if LIMIT not in strategy.tags and not output.exists():
            status, message = Status.FAILED, "it ended well, but wrote no output"
        else:
            facts |= _compared(charge, pipeline, strategy, output)
    by_memory = status is Status.CRASHED and launch.peak_memory_mb > charge.limits.memory_mb
    return Outcome(
        status,
        message,
        facts,
        cpu_seconds=launch.cpu_seconds,
        wall_seconds=launch.wall_seconds,
        peak_memory=launch.peak_memory_mb,
        limits=charge.limits if by_memory or status is Status.TIMEOUT else None,
        peak_processes=launch.processes or None,
        peak_threads=launch.threads or None,
    )


def watched(watch: Watch) -> dict[str, Any]:
    """What the watch saw of others during the launch."""
    return {
        "watched_seconds": watch.seconds,
        "steal_share": watch.steal_share,
        "foreign_share": watch.foreign_share,
        "warnings": list(watch.warnings),
    }


def _compared(
    charge: Charge, pipeline: Pipeline, strategy: Strategy, output: Path
) -> dict[str, Any]:
    """Digest of the output, and its first difference from the reference's, "" without one."""
    if LIMIT in strategy.tags:
        return {"output_digest": "", "difference": ""}
    try:
        digest = pipeline.digest(strategy, output)
        if charge.keep:
            keep(output, Path(charge.keep), digest)
        difference = _difference(charge, pipeline, strategy, output, digest)
    except Exception as error:  # an output that is none can raise anything
        return {"output_digest": "", "difference": f"its output cannot be read: {error}"}
    return {"output_digest": digest, "difference": difference}


def _difference(
    charge: Charge, pipeline: Pipeline, strategy: Strategy, output: Path, digest: str
) -> str:
    """First difference from the reference's output.

    A program of others may have less in its output, and what is rounded otherwise another digest.
    """
    if not charge.expected or digest == charge.expected[1]:
        return ""
    found = pipeline.difference(strategy, Path(charge.expected[0]), output)
    if found or {PEER, TOLERANT} & {*strategy.tags}:
        return found
    return "its digest is not that of the reference's output"


def keep(output: Path, path: Path, digest: str) -> None:
    """Keep the reference's `output` at `path`, and beside it what is known of it."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(output.read_bytes())
    content = {"digest": digest, "file": list(facts_of(path))}
    write_sealed(path.with_name(f"{path.name}.json"), content)
