"""Filters of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws, words
from tiltyard.pipelines.reads.rule.drawing import limit
from tiltyard.pipelines.reads.steps import filters
from tiltyard.pipelines.reads.steps.filters import ERRORS, Filter, error_units
from tiltyard.pipelines.reads.vectorised.letters import CODE_TABLE, Letters

Kept = NDArray[np.bool_]
#: Error of each byte of a quality, in units of 2⁻⁴⁰.
ERROR_TABLE = np.zeros(256, np.int64)
ERROR_TABLE[33 : 33 + len(ERRORS)] = ERRORS
#: Letters of which sums of errors fit 64 bits.
EXACT = 1 << 23


def keeps(step: Filter, label: str, batch: Batch, draws: Draws) -> Kept:
    """Which reads a filter keeps."""
    if isinstance(step, filters.Fraction):
        return fraction(step, label, batch, draws)
    return _FILTERS[type(step)](step, batch)


def above_mean(step: filters.MeanArithmetic, sums: NDArray[np.int64], batch: Batch) -> Kept:
    """Which sums of qualities are enough."""
    found: Kept = sums.astype(np.float64) >= step.least * batch.lengths
    return found & ((batch.lengths > 0) | (step.least <= 0))


def below_error(step: filters.MeanError, sums: NDArray[np.int64], batch: Batch) -> Kept:
    """Which sums of errors are small enough; of reads of less than `EXACT` letters."""
    lengths = np.minimum(batch.lengths, EXACT)
    found: Kept = sums <= lengths * np.int64(error_units(step.least))
    return found & ((batch.lengths > 0) | (step.least <= 0))


def mean_arithmetic(step: filters.MeanArithmetic, batch: Batch) -> Kept:
    """See the rule."""
    assert batch.qualities is not None
    letters = Letters(batch.qualities)
    return above_mean(step, letters.sums(letters.content.astype(np.int64) - 33), batch)


def mean_error(step: filters.MeanError, batch: Batch) -> Kept:
    """See the rule."""
    assert batch.qualities is not None
    letters = Letters(batch.qualities)
    kept = below_error(step, letters.sums(ERROR_TABLE[letters.content]), batch)
    return with_long(step, batch, kept)


def with_long(step: filters.MeanError, batch: Batch, kept: Kept) -> Kept:
    """What is kept, with reads whose sums would not fit 64 bits as the rule has them."""
    from tiltyard.pipelines.reads.rule.drawing import Place
    from tiltyard.pipelines.reads.rule.filtering import mean_error as by_rule

    for row in np.flatnonzero(batch.lengths >= EXACT).tolist():
        kept[row] = by_rule(step, batch.record(row), Place())
    return kept


def min_base(step: filters.MinBase, batch: Batch) -> Kept:
    """See the rule."""
    assert batch.qualities is not None
    letters = Letters(batch.qualities)
    return letters.counts(letters.content < step.least + 33) == 0


def length(step: filters.Length, batch: Batch) -> Kept:
    """See the rule."""
    kept: Kept = batch.lengths >= step.least
    return kept if step.most is None else kept & (batch.lengths <= step.most)


def max_n(step: filters.MaxN, batch: Batch) -> Kept:
    """See the rule."""
    letters = Letters(batch.sequences)
    if step.letters == "N":
        which = (letters.content | 32) == ord("n")
    else:
        which = CODE_TABLE[letters.content] == 4
    return few(step, letters.counts(which), batch)


def few(step: filters.MaxN, counts: NDArray[np.int64], batch: Batch) -> Kept:
    """Which counts of letters are small enough."""
    found: Kept = counts <= step.share * batch.lengths
    return found


def every(step: filters.Every, batch: Batch) -> Kept:
    """See the rule."""
    found: Kept = batch.records % step.n == 0
    return found


def fraction(step: filters.Fraction, label: str, batch: Batch, draws: Draws) -> Kept:
    """See the rule; both mates of a pair have the draw of the first."""
    keys = draws.keys(batch, label, epoch=0, mates_differ=False)
    found: Kept = (words(keys, 0) >> np.uint64(32)) < np.uint64(limit(step.share))
    return found


_FILTERS: dict[type, Callable[[Any, Batch], Kept]] = {
    filters.MeanArithmetic: mean_arithmetic,
    filters.MeanError: mean_error,
    filters.MinBase: min_base,
    filters.Length: length,
    filters.MaxN: max_n,
    filters.Every: every,
}
