"""Snakemake's settings that the plan needs: dry run, cores, memory, a user's choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.machine.facts import free_memory_mb
from tiltyard.engine.plan.plan import Resources


def refuse_cores_and_jobs(settings: Any) -> None:
    """Refuse a run with cores of this machine and jobs of a cluster, by `resource_settings`.

    Only a run can be judged: Snakemake gives one core to whatever runs nothing.

    Raises
    ------
    ConfigError
    """
    if settings.cores is not None and settings.nodes is not None:
        raise ConfigError(
            f"--cores {settings.cores} and --jobs {settings.nodes}, of the command line or a "
            "profile: give --cores alone on one machine, and --jobs alone on a cluster"
        )


def room_for(settings: Any, in_job: bool) -> Resources:
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

    Raises
    ------
    ConfigError
        If a number is not a whole one above zero.
    """
    # Snakemake gives one core to whatever runs nothing, with a cluster's profile too.
    on_cluster = in_job or (settings.nodes is not None and settings.cores in (None, 1))
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
