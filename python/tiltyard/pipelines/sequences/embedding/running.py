"""Running a model over sequences in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.embedding.batching import Batching, batches
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.model import Model, Pooling
from tiltyard.pipelines.sequences.models.session import Device, Run, session
from tiltyard.pipelines.sequences.models.tokens import Tokens

#: Told how many sequences are done.
Progress = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Embedded:
    """Vectors of sequences, in their order.

    Parameters
    ----------
    vectors : array of float32, (n, width)
    tokens : array of int32, (n,)
        How many the model saw, or of a composition how many letters.
    truncated : array of bool, (n,)
        Whether it saw not all of them.
    """

    vectors: NDArray[np.float32]
    tokens: NDArray[np.int32]
    truncated: NDArray[np.bool_]


#: Sequences to their vectors.
Embed = Callable[[Sequence[bytes], Progress], Embedded]


def opened(
    model: Model,
    graph: Path | None,
    batching: Batching,
    *,
    threads: int = 1,
    callers: int = 1,
    device: Device = "cpu",
) -> Embed:
    """The model, loaded, as a function of sequences.

    Parameters
    ----------
    graph : path or None
        Its graph; None for a composition.
    threads : int
        That compute one batch.
    callers : int
        Threads that call the one session, each with a batch of its own.
    """
    if model.tokenizer is None:
        return _composed
    assert graph is not None
    tokenizer, run = model.tokenizer(), session(graph, threads=threads, device=device)

    def embed(sequences: Sequence[bytes], progress: Progress) -> Embedded:
        every, truncated = shortened(tokenizer.tokens(sequences), model.most_tokens)
        lengths = np.array([len(one) for one in every], np.int32)
        pad, pooling = tokenizer.pad, model.pooling
        vectors = in_batches(run, every, batching, pad, pooling, progress, callers)
        return Embedded(vectors, lengths, truncated)

    return embed


def _composed(sequences: Sequence[bytes], progress: Progress) -> Embedded:
    from tiltyard.pipelines.sequences.models.composition import composition

    vectors = composition(sequences)
    progress(len(sequences))
    lengths = np.array([len(one) for one in sequences], np.int32)
    return Embedded(vectors, lengths, np.zeros(len(sequences), np.bool_))


def shortened(every: Sequence[Tokens], most: int | None) -> tuple[list[Tokens], NDArray[np.bool_]]:
    """Tokens that fit: the first ones and the last one; and which had to be shortened."""
    if most is None:
        return list(every), np.zeros(len(every), np.bool_)
    truncated = np.array([len(one) > most for one in every], np.bool_)
    return [
        np.append(one[: most - 1], one[-1]) if long else one
        for one, long in zip(every, truncated, strict=True)
    ], truncated


def in_batches(
    run: Run,
    every: Sequence[Tokens],
    batching: Batching,
    pad: int,
    pooling: Pooling,
    progress: Progress,
    callers: int = 1,
) -> NDArray[np.float32]:
    """Vectors of tokens, (n, width), in their order whatever the batches.

    Raises
    ------
    InputError
        If there is nothing to pool of a sequence.
    """
    lengths = np.array([len(one) for one in every], np.int64)
    least = 3 if pooling == "inner" else 1
    if len(lengths) and lengths.min() < least:
        raise InputError(
            f"sequence {int(lengths.argmin()) + 1} has no token to pool; leave empty ones out"
        )
    groups = batches(lengths, batching)

    def compute(places: list[int]) -> NDArray[np.float32]:
        found = run(*padded([every[place] for place in places], pad, pooling))
        progress(len(places))
        return found

    if callers == 1:
        parts = [compute(places) for places in groups]
    else:
        with ThreadPoolExecutor(callers) as pool:
            parts = list(pool.map(compute, groups))
    if not parts:
        empty = np.zeros((1, least), np.int64)
        width = run(empty, empty + 1, empty + 1).shape[1]
        return np.zeros((0, width), np.float32)
    vectors = np.empty((len(every), parts[0].shape[1]), np.float32)
    for places, part in zip(groups, parts, strict=True):
        vectors[places] = part
    return vectors


def padded(
    every: Sequence[Tokens], pad: int, pooling: Pooling
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Tokens filled up on the right, those that are attended to, and those that are pooled."""
    lengths = np.array([len(one) for one in every])[:, None]
    steps = np.arange(lengths.max())
    attended = steps < lengths
    tokens = np.full(attended.shape, pad, np.int64)
    tokens[attended] = np.concatenate(every)
    inner = (steps > 0) & (steps < lengths - 1)
    pooled = inner if pooling == "inner" else attended
    return tokens, attended.astype(np.int64), pooled.astype(np.int64)
