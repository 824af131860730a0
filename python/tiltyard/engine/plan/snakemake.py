"""Snakemake's settings that the plan needs: configuration, cores, memory, a user's choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tiltyard.engine.grid.places import ConfigError, Written
from tiltyard.engine.grid.reading import merged, read_config, read_settings
from tiltyard.engine.machine.room import Room, available_room, counted_cores, gigabytes
from tiltyard.engine.plan.plan import Resources
from tiltyard.engine.wording import count

#: Setting of ``--config`` that is no key of a study: whether every file is read to find damage.
CHECK = "check"


def configuration_of(files: Sequence[Path], entries: Sequence[str]) -> tuple[Written, bool]:
    """The study's configuration, read from what Snakemake's command line names, and `CHECK`.

    Snakemake has read the same files, with a parser of YAML 1.1: which keys were written twice and
    what 010 or 1e-3 was is lost by then, and values of ``--config`` are text. So they are read
    again, by the rules of every other command.

    Parameters
    ----------
    files : sequence of path
        Configuration files; a later one overrides an earlier one.
    entries : sequence of str
        Those of ``--config``, each ``KEY=VALUE``; they override the files.

    Raises
    ------
    ConfigError
        If a file or an entry of ``--config`` cannot be read.
    """
    settings = read_settings(entries)
    check = settings.pop(CHECK, False)
    if not isinstance(check, bool):
        raise ConfigError(f"--config {CHECK}={check}: use true or false")
    return merged([*map(read_config, files), settings]), check


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

    The jobs of this machine share the cores and the memory that there are, by the control group
    and the batch system too, or those that the user asks for. A cluster shares out its own.

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
    if not in_job:
        _refuse_none(settings)
    # Snakemake gives one core to whatever runs nothing, with a cluster's profile too.
    on_cluster = in_job or (settings.nodes is not None and settings.cores in (None, 1))
    evaluate = _plain(_plain(settings.overwrite_resources).get("evaluate", {}))
    job_memory = str(evaluate.get("mem_mb", ""))
    chosen = Resources(
        cores=None,
        nodes=settings.nodes,
        threads=_whole(
            "--set-threads evaluate", _plain(settings.overwrite_threads).get("evaluate")
        ),
        batch_size=_whole(
            "--set-resources evaluate:configurations", evaluate.get("configurations")
        ),
        # Else it is an expression, which Snakemake evaluates for each job.
        job_memory_mb=int(job_memory) if job_memory.isdecimal() and int(job_memory) else None,
    )
    if on_cluster:
        return chosen
    memory = _plain(settings.resources).get("mem_mb")
    return share(chosen, available_room(), settings.cores or 1, memory)


def share(chosen: Resources, here: Room, cores: int | None, memory_mb: float | None) -> Resources:
    """`chosen` with the cores and the memory of one machine.

    Parameters
    ----------
    chosen : Resources
    here : Room
        What there is.
    cores : int or None
        Cores that are asked for. None is all; so is the number that Snakemake counts for
        ``--cores all``, which is that of the affinity mask and cannot be told from it.
    memory_mb : float or None
        Memory that is asked for [MB]; None is what is free.
    """
    counted = counted_cores()
    wanted = cores or counted
    whole = wanted == counted
    found = here.cores if whole else wanted
    notes = []
    if whole and here.speed < counted:
        notes.append(
            f"{count(found, 'core')} of the {counted} that Snakemake counts: there are "
            f"{here.speed:g} by {here.cores_by}"
        )
    elif found > here.speed:
        notes.append(
            f"{count(found, 'core')}, as asked for: there are {here.speed:g} by {here.cores_by}"
        )
    if here.speed < found:
        notes.append(
            "jobs wait for CPU time, and a time limit is wall time: you may have to raise it"
        )
    if memory_mb is not None and memory_mb > here.memory_mb:
        notes.append(
            f"{memory_mb / 1000:.1f} GB of memory, as asked for, are more than the "
            f"{gigabytes(here.memory_mb)} that are free {here.memory_by}"
        )
    return replace(
        chosen,
        cores=found,
        memory_mb=here.memory_mb if memory_mb is None else float(memory_mb),
        memory_by=here.memory_by if memory_mb is None else "as --resources mem_mb says",
        free_mb=here.memory_mb,
        speed=here.speed,
        notes=tuple(notes),
    )


def _refuse_none(settings: Any) -> None:
    """Refuse numbers of cores and jobs below one, with which Snakemake waits for ever."""
    options = {
        "cores": "--cores (or --jobs)",
        "nodes": "--jobs",
        "local_cores": "--local-cores",
        "max_threads": "--max-threads",
    }
    for name, option in options.items():
        value = getattr(settings, name, None)
        if value is not None and value < 1:
            raise ConfigError(
                f"{option} {value}, of the command line or a profile: no job could ever run; use "
                "a whole number from 1 on, or --cores all"
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
