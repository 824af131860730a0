"""Choosing by itself how to spread work, and saying why."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import numpy as np

from tiltyard.engine.machine.allocation import allotted_cores
from tiltyard.engine.machine.groups import quotas
from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.implementations import implementation
from tiltyard.pipelines.alleles.spreading.blocks import units
from tiltyard.pipelines.alleles.spreading.counting import FOR_CRAM, used
from tiltyard.pipelines.alleles.spreading.spread import (
    BLOCK,
    BLOCK_DISTANCE,
    BLOCK_SIZE,
    BOTH,
    FILE,
    IMPLEMENTATION,
    PROCESSES,
    SERIAL,
    THREADS,
    Spread,
)

Files = Sequence[tuple[Alignment, Sequence[Site]]]
#: Bytes below which one worker is done before others would have begun: a few hundredths of a
#: second in threads, a second in processes that have to start.
_LITTLE = {THREADS: 4 << 20, PROCESSES: 16 << 20}


def choose(
    files: Files,
    workers: int | None = None,
    *,
    implementation_name: str = IMPLEMENTATION,
    block_size: int = BLOCK_SIZE,
    block_distance: int = BLOCK_DISTANCE,
) -> tuple[Spread, str]:
    """Choose backend, level and number of workers for `files`.

    Parameters
    ----------
    files : sequence
        As for `counting.count_files`.
    workers : int, optional
        Most workers; None for as many as there are cores.
    implementation_name : str
    block_size, block_distance : int

    Returns
    -------
    spread : Spread
    why : str
        A sentence that says what was chosen and why.
    """
    there = cores()
    most = min(workers or there, there)
    names = {used(implementation_name, alignment) for alignment, _ in files}
    at_once = all(implementation(name).releases_gil for name in names)
    backend = THREADS if at_once else PROCESSES
    inflated = sum(_bytes(alignment, sites, implementation_name) for alignment, sites in files)
    level = FILE if len(files) >= most else BOTH
    little = inflated < _LITTLE[backend]
    if most == 1 or little or not files:
        backend, level, most = SERIAL, BLOCK, 1
    spread = Spread(
        implementation=implementation_name,
        backend=backend,
        workers=most,
        block_size=block_size,
        block_distance=block_distance,
        level=level,
    )
    if backend != SERIAL:
        reason = _level_reason(len(files), most, level) + _backend_reason(backend, names)
    elif little or not files:
        reason = f"only {inflated / 1e6:.1f} MB have to be read"
    else:
        reason = "there is one core" if there == 1 else "one worker was asked for"
    asked = f"; {workers} were asked for, and there are {there} cores" * ((workers or 0) > there)
    return spread, f"{spread.name}: {reason}{asked}{_cuts(files, spread)}"


def cores() -> int:
    """Whole cores that this process may use: by its affinity, control groups and batch system."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    counted: list[float] = [len(affinity(0)) if affinity else os.cpu_count() or 1]
    counted += [allotment.amount for allotment in allotted_cores()]
    counted += [quota.amount for quota in quotas()]
    return max(1, math.floor(min(counted)))


def _bytes(alignment: Alignment, sites: Sequence[Site], name: str) -> int:
    """Bytes of a file that have to be read, as far as its index tells."""
    offsets = implementation(used(name, alignment)).offsets
    if not sites:
        return 0
    if offsets is None:
        return alignment.path.stat().st_size
    spans = offsets(alignment, sites)
    new = np.append(True, (spans[1:] != spans[:-1]).any(axis=1))  # sites share windows
    return int(np.maximum(spans[new, 1] - spans[new, 0], 0).sum())


def _level_reason(files: int, most: int, level: str) -> str:
    if level == FILE:
        return f"by file, for there are {files} of them for {most} workers"
    those = "there is one file" if files == 1 else f"there are only {files} files"
    return f"by block, for {those} for {most} workers"


def _backend_reason(backend: str, names: set[str]) -> str:
    if backend == THREADS:
        return "; in threads, for compiled code runs beside itself"
    slow = sorted(name for name in names if not implementation(name).releases_gil)
    cram = " (which reads CRAM)" * (slow == [FOR_CRAM])
    return f"; in processes, for {' and '.join(slow)}{cram} holds Python's lock"


def _cuts(files: Files, spread: Spread) -> str:
    """What is said of deep panels that are cut."""
    if spread.backend == SERIAL or spread.level == FILE:
        return ""
    again = sum(
        unit.again
        for alignment, sites in files
        for unit in units(
            alignment, sites, implementation(used(spread.implementation, alignment)), spread
        )
    )
    if not again:
        return ""
    return (
        f"; {again} cuts inside a window of the index read its bytes again, because counting at "
        "its many sites costs more"
    )
