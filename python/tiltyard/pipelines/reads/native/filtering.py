"""Filters by compiled code, those that look at letters; the others are quick in numpy."""

from __future__ import annotations

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.native.columns import address, each
from tiltyard.pipelines.reads.steps import filters
from tiltyard.pipelines.reads.steps.filters import Filter
from tiltyard.pipelines.reads.texts import Texts
from tiltyard.pipelines.reads.vectorised import filtering as vectorised
from tiltyard.pipelines.reads.vectorised.filtering import ERROR_TABLE, Kept


def keeps(step: Filter, label: str, batch: Batch, draws: Draws) -> Kept:
    """Which reads a filter keeps."""
    if isinstance(step, filters.MeanArithmetic):
        sums = each("sum_bytes", _qualities(batch)) - 33 * batch.lengths
        return vectorised.above_mean(step, sums, batch)
    if isinstance(step, filters.MeanError):
        errors = each("sum_table", _qualities(batch), address(ERROR_TABLE))
        return vectorised.with_long(step, batch, vectorised.below_error(step, errors, batch))
    if isinstance(step, filters.MinBase):
        return each("count_below", _qualities(batch), step.least + 33) == 0
    if isinstance(step, filters.MaxN):
        name = "count_n" if step.letters == "N" else "count_ambiguous"
        return vectorised.few(step, each(name, batch.sequences), batch)
    return vectorised.keeps(step, label, batch, draws)


def _qualities(batch: Batch) -> Texts:
    assert batch.qualities is not None  # a chain that needs them refuses a FASTA
    return batch.qualities
