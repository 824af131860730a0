"""Whether a strategy that hands batches over fits the workloads of a study."""

from __future__ import annotations

from collections.abc import Sequence

from tiltyard.pipelines.pipeline import Strategy, Workload
from tiltyard.pipelines.reads.benchmark.loading import TORCH, Loading
from tiltyard.pipelines.reads.benchmark.tasks import TASKS, Written
from tiltyard.pipelines.reads.workers.lending import THREADS


def check_handed(strategy: Strategy, workloads: Sequence[Workload]) -> None:
    """Refuse a strategy that says how batches are handed over, where that means nothing.

    Raises
    ------
    ValueError
        With the workload, and what to do.
    """
    for workload in workloads:
        if fault := _fault(strategy, str(workload.axes["task"])):
            raise ValueError(
                f"strategies has {strategy.name}, which {fault[0]}, and the workload "
                f"{workload.name} {fault[1]}: make it a study of its own"
            )


def _fault(strategy: Strategy, name: str) -> tuple[str, str] | None:
    """What a strategy does, and why the task of this name has no use of it."""
    task, loading = TASKS[name], Loading(**strategy.options)
    if isinstance(task, Written):
        if strategy.block:
            return "names a batch", "hands none over"
        return None if loading.kind == THREADS else ("hands batches over", "hands none over")
    if loading.kind == TORCH and task.encode is None:
        return "hands arrays over", "makes none"
    if loading.persistent and task.epochs == 1:
        return "keeps worker processes for the next epoch", "has one (chain-epochs has two)"
    return None
