"""Snakemake's settings that the plan needs: dry run, cores, memory, a user's choices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.machine.facts import free_memory_mb
from tiltyard.engine.plan.plan import Resources


def is_touching(arguments: Sequence[str]) -> bool:
    """Whether Snakemake's command line `arguments` ask it to touch files only."""
    return any(re.fullmatch(r"--touch|-t", word) for word in arguments)


def is_dry_run(arguments: Sequence[str]) -> bool:
    """Whether Snakemake's command line `arguments` ask for a dry run, as ``-n`` or ``-np`` do."""
    return any(re.fullmatch(r"--dry-?run|-[a-zA-Z]*n[a-zA-Z]*", word) for word in arguments)


def room_for(settings: Any, in_job: bool, pretended: bool = False) -> Resources:
    """Resources of the study's jobs by Snakemake's `resource_settings`.

    The jobs of this machine share the memory that is free, or that of ``--resources mem_mb=N``. A
    cluster shares out its memory itself.

    Parameters
    ----------
    settings : object
        Snakemake's `resource_settings`.
    in_job : bool
        Whether this is a cluster's job. Snakemake does not tell it the settings of the process that
        submitted it, and not every core of its node is its own.
    pretended : bool
        Whether nothing is run, as in a dry run: Snakemake then reports one core in any case.

    Raises
    ------
    ConfigError
        If both cores and jobs of a cluster are given, or a number is not a whole one above zero.
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
    """The values as they were written; Snakemake may have wrapped them."""
    return {name: getattr(value, "raw", value) for name, value in values.items()}


def _whole(option: str, value: Any) -> int | None:
    """The whole number above zero that `option` has; None if it is not given."""
    if value is None:
        return None
    text = str(value)
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{option}={text}: use a whole number from 1 on")
    return int(text)
