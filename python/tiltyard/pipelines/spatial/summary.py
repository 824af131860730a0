"""What a run took, stage by stage; which stage limits, and what to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tiltyard.pipelines.spatial.flow.running import STAGES, Spent

#: Share of all cores' time from which more threads bring nothing.
CORES_BUSY = 0.9
_NAMES = ("Reader", "Compute", "Writer")


def summary(spent: Sequence[Spent], spots: int, elapsed: float, cores: int) -> dict[str, Any]:
    """Numbers of one annotation, or of all.

    Parameters
    ----------
    spent : sequence of Spent
        Of readers, compute and writers.
    spots : int
    elapsed : float
        Wall seconds.
    cores : int
    """
    elapsed = max(elapsed, 1e-9)
    batches = spent[1].items
    stages = {name: _stage(one, spots, elapsed) for name, one in zip(STAGES, spent, strict=True)}
    limit = max(stages, key=lambda name: stages[name]["load"])
    return {
        "batches": batches,
        "spots": spots,
        "elapsed_seconds": elapsed,
        "batches_per_second": batches / elapsed,
        "spots_per_second": spots / elapsed,
        "stages": stages,
        "limit": limit,
        "advice": _advice(limit, sum(one.cpu for one in spent), elapsed, cores),
    }


def _stage(spent: Spent, spots: int, elapsed: float) -> dict[str, Any]:
    busy = max(spent.busy, 1e-9)
    available = spent.workers * elapsed
    return {
        "workers": spent.workers,
        "busy_seconds": spent.busy,
        "cpu_seconds": spent.cpu,
        "batches_per_second_per_worker": spent.items / busy,
        "spots_per_second": spots / busy * spent.workers,
        "load": spent.busy / available,
        "waiting_for_input": spent.waiting_in / available,
        "waiting_for_output": spent.waiting_out / available,
    }


def _advice(limit: str, cpu: float, elapsed: float, cores: int) -> str:
    if limit == "compute" or cpu >= CORES_BUSY * cores * elapsed:
        if cpu >= CORES_BUSY * cores * elapsed:
            return f"all {cores} cores are busy: more of them would help"
        return "compute limits: more --compute-workers would help"
    if limit == "readers":
        return "reading limits: more --read-workers would help, or --memmap-dir on a faster disk"
    return "writing limits: more --write-workers would help, or a faster disk"


def together(parts: Sequence[Sequence[Spent]]) -> list[Spent]:
    """What all annotations took."""
    found = [Spent(one.workers) for one in parts[0]] if parts else [Spent(1) for _ in STAGES]
    for part in parts:
        for whole, own in zip(found, part, strict=True):
            whole.items += own.items
            whole.busy += own.busy
            whole.cpu += own.cpu
            whole.waiting_in += own.waiting_in
            whole.waiting_out += own.waiting_out
    return found


def words(title: str, found: Mapping[str, Any]) -> str:
    """The summary as a table."""
    lines = [
        title,
        f"  batches     {found['batches']:,} ({found['spots']:,} spots)",
        f"  elapsed     {found['elapsed_seconds']:.2f} s",
        f"  throughput  {found['batches_per_second']:.2f} batches/s, "
        f"{found['spots_per_second']:,.0f} spots/s",
        "  stage    per worker     workers  in all            busy  waits for input, output",
    ]
    for name, stage in zip(_NAMES, found["stages"].values(), strict=True):
        lines.append(
            f"  {name:8} {stage['batches_per_second_per_worker']:8.2f} b/s   {stage['workers']:5}"
            f"  {stage['spots_per_second']:11,.0f} spots/s {stage['load']:5.0%}"
            f"  {stage['waiting_for_input']:5.0%} {stage['waiting_for_output']:5.0%}"
        )
    return "\n".join([*lines, f"  {found['limit']}: {found['advice']}"])
