"""Batches: neighbouring configurations that one job evaluates.

A job starts once for its batch. Each configuration has a file of its own, written as soon as it is
evaluated, so that a job that is killed loses only the evaluations under way. The output of the
job for Snakemake is a receipt, which it writes last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tiltyard.engine.study import Study

T = TypeVar("T")
PATTERN = "[0-9]+-[0-9]+"


@dataclass(frozen=True)
class Batch:
    """The configurations at positions `first` to `last` of a study, counted from 1.

    The name says both, so that a job knows its configurations whatever the plan of the process
    that submitted it was.
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last:
            raise ValueError(f"a batch from {self.first} to {self.last}: use 1 <= first <= last")

    @classmethod
    def parse(cls, name: str) -> Batch:
        """The batch with this name, as ``5-8`` or ``0005-0008``."""
        if re.fullmatch(PATTERN, name) is None:
            raise ValueError(f"{name!r} is not a batch; write positions as in 5-8")
        first, last = name.split("-")
        return cls(int(first), int(last))

    def __len__(self) -> int:
        return self.last - self.first + 1

    def name(self, total: int) -> str:
        """Name in a study of `total` configurations; names sort as positions do."""
        width = len(str(total))
        return f"{self.first:0{width}d}-{self.last:0{width}d}"

    def members(self, configurations: Sequence[T]) -> Sequence[T]:
        """The members of the batch out of `configurations`.

        Raises
        ------
        ValueError
            If there are not that many.
        """
        if self.last > len(configurations):
            size = len(configurations)
            raise ValueError(f"batch {self.first}-{self.last}: there are {size} configurations")
        return configurations[self.first - 1 : self.last]


def free_runs(total: int, taken: Iterable[Batch]) -> list[Batch]:
    """Runs of the `total` configurations that no batch in `taken` has; batches do not overlap."""
    runs, first = [], 1
    for batch in [*sorted(taken, key=lambda batch: batch.first), Batch(total + 1, total + 1)]:
        if batch.first > first:
            runs.append(Batch(first, batch.first - 1))
        first = batch.last + 1
    return runs


def even_batches(runs: Sequence[Batch], largest: int) -> list[Batch]:
    """`runs` of configurations cut into batches of `largest`; the last of a run may be smaller."""
    return _cut(runs, lambda left: largest)


def guided_batches(runs: Sequence[Batch], slots: int, smallest: int, largest: int) -> list[Batch]:
    """`runs` cut into batches that shrink, so that `slots` jobs end at nearly the same time.

    Each takes two thirds of a slot's fair share of what is left: guided self-scheduling, C. D.
    Polychronopoulos & D. J. Kuck, IEEE Trans. Comput. C-36 (1987) 1425, with a share below one
    because configurations differ in cost.

    Parameters
    ----------
    runs : sequence of Batch
        Neighbouring configurations, from `free_runs`.
    slots : int
        Jobs at once, >= 1.
    smallest, largest : int
        Bounds of a batch's size; the last one of a run may be smaller.
    """
    return _cut(runs, lambda left: min(max(math.ceil(2 * left / (3 * slots)), smallest), largest))


def _cut(runs: Sequence[Batch], size_for: Callable[[int], int]) -> list[Batch]:
    batches, left = [], sum(len(run) for run in runs)
    for run in runs:
        first = run.first
        while first <= run.last:
            last = min(first + size_for(left) - 1, run.last)
            batches.append(Batch(first, last))
            left -= len(batches[-1])
            first = last + 1
    return batches


def apart(batches: Iterable[Batch]) -> list[Batch]:
    """`batches` without each one that overlaps an earlier one."""
    kept: list[Batch] = []
    for batch in sorted(batches, key=lambda batch: (batch.first, -batch.last)):
        if not kept or batch.first > kept[-1].last:
            kept.append(batch)
    return kept


@dataclass(frozen=True)
class BatchTitles:
    """Titles of batches in the messages of jobs, as ``"{titles:5-8}"``.

    A message can format an object of the Snakefile but not call it; a parameter of the rule would
    make Snakemake run jobs again when titles change.
    """

    study: Study

    def __format__(self, name: str) -> str:
        total = len(self.study.configurations)
        batch = Batch.parse(name)
        members = batch.members(self.study.configurations)
        if len(batch) == 1:
            return f"[{batch.first}/{total}] {members[0]}"
        return f"[{batch.first}-{batch.last}/{total}] {members[0]} to {members[-1]}"
