"""What Snakemake was told, as far as the plan asks: a dry run, cores, memory, a user's wishes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.machine.facts import free_memory_mb
from tiltyard.engine.plan.plan import Resources


def is_touching(arguments: Sequence[str]) -> bool:
    """Whether Snakemake's command line `arguments` only ask to touch files."""
    return any(re.fullmatch(r"--touch|-t", word) for word in arguments)


def is_dry_run(arguments: Sequence[str]) -> bool:
    """Whether Snakemake's command line `arguments` ask for a dry run, as ``-n`` or ``-np`` do."""
    return any(re.fullmatch(r"--dry-?run|-[a-zA-Z]*n[a-zA-Z]*", word) for word in arguments)


def room_for(settings: Any, in_job: bool, pretended: bool = False) -> Resources:
    """What Snakemake's `resource_settings` leave to the study's jobs.

    Memory is shared by the jobs of this machine: what is free, unless ``--resources mem_mb=N``
    says otherwise. A cluster looks after its own.

    Parameters
    ----------
    settings : object
        Snakemake's `resource_settings`.
    in_job : bool
        Whether this is a cluster's job, which Snakemake tells nothing of what the process that
        submitted it was given: it may use what Slurm gave it, not every core of its node.
    pretended : bool
        Whether nothing is run: Snakemake then says one core, whatever the run is for.

    Raises
    ------
    ConfigError
        If there are both cores and jobs of a cluster, or a number is none.
    """
    on_cluster = in_job or (settings.cores is None and settings.nodes is not None)
    both = settings.cores is not None and settings.nodes is not None
    if both and not in_job and not (pretended and settings.cores == 1):
        raise ConfigError(
            f"--cores {settings.cores} and --jobs {settings.nodes}, of the command line or a "
            "profile: give --cores alone on one machine, and --jobs alone on a cluster"
        )
    memory = _plain(settings.resources).get("mem_mb", free_memory_mb())
    evaluate = _plain(_plain(settings.overwrite_resources).get("evaluate", {}))
    return Resources(
        cores=None if on_cluster else settings.cores or 1,
        nodes=settings.nodes,
        memory_mb=None if on_cluster else float(memory),
        threads=_whole(
            "--set-threads evaluate", _plain(settings.overwrite_threads).get("evaluate")
        ),
        batch_size=_whole(
            "--set-resources evaluate:configurations", evaluate.get("configurations")
        ),
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a person wrote, of values that Snakemake may have wrapped."""
    return {name: getattr(value, "raw", value) for name, value in values.items()}


def _whole(option: str, value: Any) -> int | None:
    """The whole number above zero that `option` was given; None where it was not."""
    if value is None:
        return None
    text = str(value)
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{option}={text}: give a whole number from 1 on")
    return int(text)
