"""What is done to a batch: steps in their order, and which of them drops each read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.implementations.contract import Implementation
from tiltyard.pipelines.reads.steps.augmentations import Augmentation
from tiltyard.pipelines.reads.steps.chain import Labelled
from tiltyard.pipelines.reads.steps.filters import Dedup, Filter, First

Kept = NDArray[np.bool_]
Rows = NDArray[np.int64]
#: Reason of a read that is kept.
KEPT = -1


class Worked(NamedTuple):
    """A batch after steps.

    Parameters
    ----------
    batch : Batch
        The reads, or pairs, that are kept.
    reasons : (before,) int64
        For each that there was the number of the step that dropped it, or `KEPT`.
    ended : bool
        Whether no later read can be kept.
    """

    batch: Batch
    reasons: NDArray[np.int64]
    ended: bool = False


_ALL_KEPT = np.full(1 << 15, KEPT, np.int64)
_ALL_KEPT.flags.writeable = False


def _all_kept(count: int) -> NDArray[np.int64]:
    """Reasons of reads none of which is dropped."""
    return _ALL_KEPT[:count] if count <= len(_ALL_KEPT) else np.full(count, KEPT, np.int64)


class Steps:
    """Steps of a chain, done batch after batch; those that depend on the order keep their state.

    Parameters
    ----------
    steps : sequence of Labelled
    way : Implementation
    draws : Draws
    pair_rule : str
        One of `rule.pairing.RULES`: which pairs fall.
    first : int
        Number of the first step.
    """

    def __init__(
        self,
        steps: Sequence[Labelled],
        way: Implementation,
        draws: Draws,
        pair_rule: str = "any",
        first: int = 0,
    ) -> None:
        self._steps = steps
        self._way = way
        self._draws = draws
        self._rule = pair_rule
        self._number = first
        self._left = {
            number: each.step.n for number, each in enumerate(steps) if isinstance(each.step, First)
        }
        self._met: dict[int, set[bytes]] = {number: set() for number in range(len(steps))}

    @property
    def ended(self) -> bool:
        """Whether no later read can be kept."""
        return 0 in self._left.values()

    def __call__(self, batch: Batch) -> Worked:
        """Do the steps."""
        if not self._steps:
            return Worked(batch, _all_kept(len(batch)))
        reasons = np.full(len(batch), KEPT, np.int64)
        rows: Rows | None = None  # all
        passed = np.ones((2, len(batch)), np.bool_) if batch.mate is not None else None
        for number, one in enumerate(self._steps):
            if isinstance(one.step, First):
                left = self._left[number]
                if len(batch) >= left:
                    rows = np.arange(left) if rows is None else rows[:left]
                    reasons = reasons[: rows[-1] + 1 if left else 0]
                    passed = None if passed is None else passed[:, :left]
                    batch = batch.take(slice(0, left))
                self._left[number] = left - len(batch)
                continue
            found = self._done(number, one, batch, passed)
            if isinstance(found, Batch):
                batch = found
                continue
            kept = np.flatnonzero(found)
            if len(kept) == len(batch):
                continue
            dropped = np.flatnonzero(~found)
            reasons[dropped if rows is None else rows[dropped]] = self._number + number
            rows = kept if rows is None else rows[kept]
            batch = batch.take(kept)
            passed = None if passed is None else passed[:, kept]
        return Worked(batch, reasons, self.ended)

    def _done(self, number: int, one: Labelled, batch: Batch, passed: Kept | None) -> Kept | Batch:
        """What a filter keeps, or the batch changed; `passed` is brought up to date."""
        if isinstance(one.step, Augmentation):
            return self._augmented(one, one.step, batch)
        if isinstance(one.step, Dedup):
            return self._new(number, one.step, batch)
        if isinstance(one.step, Filter):
            return self._filtered(one, one.step, batch, passed)
        found = one.step(batch)
        if isinstance(found, Batch):
            return _same_reads(one, batch, found)
        return _mask(one, batch, found)

    def _augmented(self, one: Labelled, step: Augmentation, batch: Batch) -> Batch:
        changed = self._way.augmented(step, one.label, batch, self._draws)
        if batch.mate is None:
            return changed
        mate = self._way.augmented(step, one.label, batch.mate, self._draws)
        return replace(changed, mate=mate)

    def _filtered(self, one: Labelled, step: Filter, batch: Batch, passed: Kept | None) -> Kept:
        """Which reads or pairs are kept; `passed` says which mates have passed all filters."""
        kept = self._way.keeps(step, one.label, batch, self._draws)
        if batch.mate is None or passed is None:
            return kept
        passed &= np.stack([kept, self._way.keeps(step, one.label, batch.mate, self._draws)])
        return kept_pairs(passed, self._rule)

    def _new(self, number: int, step: Dedup, batch: Batch) -> Kept:
        """Which sequences, of pairs which two, were not met before."""
        met, kept = self._met[number], np.ones(len(batch), np.bool_)
        columns = [each.sequences for each in (batch, batch.mate) if each is not None]
        for row, sequences in enumerate(zip(*columns, strict=True)):
            digest = hashlib.blake2b(digest_size=16)
            for sequence in sequences:
                digest.update(b"%d:" % len(sequence))
                digest.update(sequence.upper() if step.ignore_case else sequence)
            own = digest.digest()
            kept[row] = own not in met
            met.add(own)
        return kept


def kept_pairs(passed: Kept, rule: str) -> Kept:
    """Which pairs a rule keeps, of (2, n) that say which mates have passed."""
    first, second = passed
    if rule in ("1", "2"):
        return first if rule == "1" else second
    return first & second if rule == "any" else first | second


def _mask(one: Labelled, batch: Batch, found: object) -> Kept:
    if isinstance(found, np.ndarray) and found.dtype == np.bool_ and found.shape == (len(batch),):
        return found
    what = f"{found.dtype} {found.shape}" if isinstance(found, np.ndarray) else repr(found)
    raise InputError(
        f"the step {one.name} gave {what}; a filter gives an array of bool, one a read "
        f"({len(batch)}), and a transform a Batch"
    )


def _same_reads(one: Labelled, batch: Batch, found: Batch) -> Batch:
    if len(found) == len(batch) and np.array_equal(found.records, batch.records):
        return found
    raise InputError(
        f"the step {one.name} gave other reads than it was given; a transform keeps them in "
        "their order, and a filter gives an array of bool"
    )
