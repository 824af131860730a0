"""Augmentations of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws, below, halves, words
from tiltyard.pipelines.reads.rule.augmenting import CASE, COMPLEMENTS
from tiltyard.pipelines.reads.rule.drawing import limit
from tiltyard.pipelines.reads.steps import augmentations as steps
from tiltyard.pipelines.reads.steps.augmentations import ALPHABETS, Augmentation
from tiltyard.pipelines.reads.steps.filters import HIGHEST
from tiltyard.pipelines.reads.texts import Texts
from tiltyard.pipelines.reads.vectorised.letters import CODE_TABLE, Letters, texts_of

_NOTHING = np.arange(256, dtype=np.uint8)


def augmented(step: Augmentation, label: str, batch: Batch, draws: Draws) -> Batch:
    """The reads after an augmentation."""
    return _STEPS[type(step)](step, label, batch, draws)


def mutate(step: steps.Mutate, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule."""
    letters = Letters(batch.sequences)
    keys, others = draws.keys(batch, label), draws.keys(batch, f"{label}/base")
    codes = CODE_TABLE[letters.content]
    drawn = halves(keys[letters.rows], letters.places) < limit(step.probability)
    which = np.flatnonzero(drawn & (codes < 4))
    shift = 1 + below(others[letters.rows[which]], letters.places[which], 3)
    new = np.frombuffer(ALPHABETS[step.alphabet], np.uint8)[(codes[which] + shift) % 4]
    content = letters.content
    content[which] = new | (content[which] & CASE)
    return replace(batch, sequences=texts_of(content, batch.lengths))


def flips(
    step: steps.ReverseComplement, label: str, batch: Batch, draws: Draws
) -> NDArray[np.bool_]:
    """Which reads are reversed."""
    first = words(draws.keys(batch, label), 0) & np.uint64(0xFFFFFFFF)
    found: NDArray[np.bool_] = first < np.uint64(limit(step.probability))
    return found


def reverse_complement(
    step: steps.ReverseComplement, label: str, batch: Batch, draws: Draws
) -> Batch:
    """See the rule."""
    which = flips(step, label, batch, draws)
    table = np.frombuffer(COMPLEMENTS[step.alphabet], np.uint8)
    qualities = batch.qualities
    return replace(
        batch,
        sequences=_reversed(batch.sequences, which, table),
        qualities=None if qualities is None else _reversed(qualities, which, _NOTHING),
    )


def _reversed(texts: Texts, which: NDArray[np.bool_], table: NDArray[np.uint8]) -> Texts:
    letters = Letters(texts)
    turned = which[letters.rows]
    own = np.arange(len(letters.content))
    last = own - letters.places + texts.lengths[letters.rows] - 1
    content = letters.content[np.where(turned, last - letters.places, own)]
    return texts_of(np.where(turned, table[content], content), texts.lengths)


def window(step: steps.Window, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule; nothing is copied."""
    room = np.maximum(batch.lengths - step.size, 0)
    if step.at == "random":
        start = below(draws.keys(batch, label), 0, room + 1)
    else:
        start = {"start": np.zeros_like(room), "center": room // 2, "end": room}[step.at]
    lengths = np.minimum(batch.lengths, step.size)

    def part(texts: Texts) -> Texts:
        return Texts(texts.buffer, texts.starts + start, lengths, texts.roomy)

    qualities = None if batch.qualities is None else part(batch.qualities)
    return replace(batch, sequences=part(batch.sequences), qualities=qualities)


def uniform(step: steps.Uniform, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule."""
    _, drawn = _halves(label, batch, draws)
    values = step.least + ((drawn * (step.most - step.least + 1)) >> 32)
    return replace(batch, qualities=texts_of((values + 33).astype(np.uint8), batch.lengths))


def normal(step: steps.Normal, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule."""
    _, drawn = _halves(label, batch, draws)
    values = np.searchsorted(np.array(step.thresholds), drawn, side="right")
    return replace(batch, qualities=texts_of((values + 33).astype(np.uint8), batch.lengths))


def degrading(step: steps.Degrading, label: str, batch: Batch, draws: Draws) -> Batch:
    """See the rule."""
    letters, drawn = _halves(label, batch, draws)
    counts = np.searchsorted(np.array(step.thresholds), drawn, side="right")
    return with_noise(step, batch, letters, counts)


def with_noise(
    step: steps.Degrading, batch: Batch, letters: Letters, counts: NDArray[Any]
) -> Batch:
    """The reads with qualities around their means, with the noise that `counts` say."""
    steps_before_last = np.maximum(batch.lengths - 1, 1)[letters.rows]
    way = (step.last - step.first) * letters.places / steps_before_last
    means = np.floor(step.first + way + 0.5).astype(np.int64)
    values = np.clip(means + counts - HIGHEST, 0, HIGHEST)
    return replace(batch, qualities=texts_of((values + 33).astype(np.uint8), batch.lengths))


def _halves(label: str, batch: Batch, draws: Draws) -> tuple[Letters, NDArray[np.int64]]:
    letters = Letters(batch.sequences)
    return letters, halves(draws.keys(batch, label)[letters.rows], letters.places)


_STEPS: dict[type, Callable[[Any, str, Batch, Draws], Batch]] = {
    steps.Mutate: mutate,
    steps.ReverseComplement: reverse_complement,
    steps.Window: window,
    steps.Uniform: uniform,
    steps.Normal: normal,
    steps.Degrading: degrading,
}
