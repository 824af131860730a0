"""Augmentations by compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.buffers import Buffers
from tiltyard.pipelines.reads.compiled.states import DNA, GUIDED, PLAIN, RNA
from tiltyard.pipelines.reads.drawing import Draws, signed
from tiltyard.pipelines.reads.native.columns import Column, address, new_texts
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.rule.augmenting import COMPLEMENTS
from tiltyard.pipelines.reads.rule.drawing import limit
from tiltyard.pipelines.reads.steps import augmentations as steps
from tiltyard.pipelines.reads.steps.augmentations import ALPHABETS, DRAWS, Augmentation
from tiltyard.pipelines.reads.steps.filters import HIGHEST
from tiltyard.pipelines.reads.texts import SPARE, Texts, buffer_of
from tiltyard.pipelines.reads.vectorised import augmenting as vectorised
from tiltyard.pipelines.reads.vectorised.letters import CODE_TABLE, Letters

#: Memory of letters that nobody has any more.
_LETTER_BUFFERS = Buffers(buffer_of, SPARE, most=4, largest=1 << 22)
_NOTHING = np.arange(256, dtype=np.uint8)
_COMPLEMENTS = {name: np.frombuffer(table, np.uint8) for name, table in COMPLEMENTS.items()}
_STRANDS = {"dna": DNA, "rna": RNA}
_ALPHABETS = {name: np.frombuffer(letters, np.uint8) for name, letters in ALPHABETS.items()}


def augmented(step: Augmentation, label: str, batch: Batch, draws: Draws) -> Batch:
    """The reads after an augmentation."""
    if type(step) in _STEPS:
        return _STEPS[type(step)](step, label, batch, draws)
    return vectorised.augmented(step, label, batch, draws)


def mutate(step: steps.Mutate, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule."""
    most = limit(step.probability) - 1
    if most < 0:
        return batch
    column, words = Column(batch.sequences), _words(batch)
    buffer = _LETTER_BUFFERS.take(batch.sequences.size)
    starts = np.empty(len(batch), np.int64)
    files, records = (np.ascontiguousarray(each) for each in (batch.files, batch.records))
    load("mutate")(
        *column.given,
        address(files),
        address(records),
        signed(draws.root(batch, label)),
        signed(draws.root(batch, f"{label}/base")),
        most,
        address(CODE_TABLE),
        address(_ALPHABETS[step.alphabet]),
        address(words),
        address(buffer),
        address(starts),
    )
    return batch.with_strings(batch.sequences.moved(buffer, starts), batch.qualities)


def _words(batch: Batch) -> NDArray[np.uint64]:
    """Room for the draws of the longest read."""
    return np.empty(batch.sequences.extent[1] // 2 + SPARE, np.uint64)


def reverse_complement(
    step: steps.ReverseComplement, label: str, batch: Batch, draws: Draws
) -> Batch:
    """See the rule."""
    if limit(step.probability) == DRAWS:
        which = None
    else:
        which = vectorised.flips(step, label, batch, draws)
    table, strand = _COMPLEMENTS[step.alphabet], _STRANDS[step.alphabet]
    qualities = batch.qualities
    return batch.with_strings(
        _reversed(batch.sequences, which, table, strand),
        None if qualities is None else _reversed(qualities, which, _NOTHING, PLAIN),
    )


def _reversed(
    texts: Texts, which: NDArray[np.bool_] | None, table: NDArray[np.uint8], strand: int
) -> Texts:
    column, buffer = Column(texts), _LETTER_BUFFERS.take(texts.size)
    starts = np.empty(len(texts), np.int64)
    load("reverse")(
        *column.given,
        0 if which is None else address(which),
        address(table),
        strand,
        address(buffer),
        address(starts),
    )
    return texts.moved(buffer, starts)


def uniform(step: steps.Uniform, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule."""
    values = (step.least + 33, step.most - step.least + 1)
    found = _simulated("simulate_uniform", label, batch, draws, values)
    return batch.with_strings(batch.sequences, found)


def normal(step: steps.Normal, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule."""
    counts = _counts(step.thresholds, label, batch, draws)
    counts.buffer[: counts.size] += 33
    return batch.with_strings(batch.sequences, counts)


def degrading(step: steps.Degrading, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule."""
    counts = _counts(step.thresholds, label, batch, draws)
    letters = Letters(counts)
    return vectorised.with_noise(step, batch, letters, letters.content.astype(np.int64))


def _counts(thresholds: tuple[int, ...], label: str, batch: Batch, draws: Draws) -> Texts:
    """For each letter how many thresholds are at most its draw; of 186 at most."""
    assert len(thresholds) <= 2 * HIGHEST  # a count fits a byte
    table = np.array([*thresholds, DRAWS], np.int64)
    starts = np.arange(0, DRAWS, 1 << GUIDED)
    guide = np.searchsorted(table, starts, side="right").astype(np.uint8)
    return _simulated("simulate_counts", label, batch, draws, (address(table), address(guide)))


def _simulated(name: str, label: str, batch: Batch, draws: Draws, values: tuple[int, int]) -> Texts:
    lengths = np.ascontiguousarray(batch.lengths, np.int64)
    keys, words, found = draws.keys(batch, label), _words(batch), new_texts(lengths)
    load(name)(
        address(lengths),
        len(lengths),
        address(keys),
        *values,
        address(words),
        address(found.buffer),
    )
    return found


_STEPS: dict[type, Callable[[Any, str, Batch, Draws], Batch]] = {
    steps.Mutate: mutate,
    steps.ReverseComplement: reverse_complement,
    steps.Uniform: uniform,
    steps.Normal: normal,
    steps.Degrading: degrading,
}
