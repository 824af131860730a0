"""Encoders by compiled code."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.buffers import Buffers, aligned
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.native.columns import Column, address
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.steps import encoders
from tiltyard.pipelines.reads.steps.encoders import Encoder
from tiltyard.pipelines.reads.texts import Texts
from tiltyard.pipelines.reads.vectorised import encoding as vectorised
from tiltyard.pipelines.reads.vectorised.encoding import Shape
from tiltyard.pipelines.reads.vectorised.letters import CODE_TABLE

#: Bytes of a table's entry that compiled code copies.
_ENTRIES = (1, 2, 4, 8, 16)
#: Channels of a base, and how many compiled code may write behind the last one.
_CHANNELS, _BEHIND = 4, 64
#: Memory of tensors that nobody has any more. That of large ones is not worth keeping: it is
#: written from end to end, and no cache of a core holds it.
_TENSOR_BUFFERS = Buffers(aligned, most=4, largest=1 << 22)


def encoded(encoder: Encoder, batch: Batch, draws: Draws, files: Sequence[str]) -> Encoded:
    """The reads as arrays."""
    shape = vectorised.shape_of(encoder, batch)
    tensor = _TENSORS[type(encoder)](encoder, batch, draws, files, shape)
    return vectorised.with_shape(tensor, shape)


def expanded(texts: Texts, shape: Shape, table: NDArray[Any]) -> NDArray[Any]:
    """For each of a read's first letters what a table of 256 has for it, for others that of 0."""
    entry = table.itemsize * math.prod(table.shape[1:])
    if entry not in _ENTRIES:
        return np.asarray(table[vectorised.padded(texts, shape)])
    found = np.empty((len(texts), shape.width, *table.shape[1:]), table.dtype)
    out, function = address(found), load("expand")
    for part in texts.parts:
        column = Column(part)
        function(*column.given, shape.width, address(table), entry, out)
        out += len(column) * shape.width * entry
    return found


def bases(texts: Texts, width: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Four channels of each base, (n, W, 4); of others zeros."""
    row = width * _CHANNELS * kind.itemsize
    buffer = _TENSOR_BUFFERS.take(len(texts) * row + _BEHIND * kind.itemsize)
    out, function = address(buffer), load("one_hot")
    for part in texts.parts:
        function(*Column(part).given, width, kind.itemsize, out)
        out += len(part) * row
    return np.ndarray((len(texts), width, _CHANNELS), kind, buffer)


def one_hot(
    encoder: encoders.OneHot, batch: Batch, draws: Draws, files: Sequence[str], shape: Shape
) -> NDArray[Any]:
    """See the rule."""
    if encoder.ambiguous in ("error", "random"):
        return vectorised.one_hot(encoder, batch, draws, files, shape)
    if encoder.ambiguous == "zeros" and encoder.alphabet == "dna":
        tensor = bases(batch.sequences, shape.width, np.dtype(encoder.dtype))
    else:
        tensor = expanded(batch.sequences, shape, vectorised.one_hot_table(encoder))
    return tensor if encoder.channels == "last" else tensor.transpose(0, 2, 1)


def integer(
    encoder: encoders.Integer, batch: Batch, draws: Draws, files: Sequence[str], shape: Shape
) -> NDArray[np.int8]:
    """See the rule."""
    if encoder.ambiguous == "error":
        return vectorised.integer(encoder, batch, draws, files, shape)
    return expanded(batch.sequences, shape, vectorised.integer_table())


def kmers(
    encoder: encoders.Kmers, batch: Batch, draws: Draws, files: Sequence[str], shape: Shape
) -> NDArray[np.uint32]:
    """See the rule."""
    column = Column(batch.sequences)
    columns = address(vectorised.columns_of(encoder)) if encoder.compact else 0
    tensor = np.zeros((len(batch), encoder.columns), np.uint32)
    load("count_words")(
        *column.given,
        encoder.k,
        int(encoder.canonical),
        address(CODE_TABLE),
        columns,
        encoder.columns,
        address(tensor),
    )
    return tensor


def quality(
    encoder: encoders.Quality, batch: Batch, draws: Draws, files: Sequence[str], shape: Shape
) -> NDArray[Any]:
    """See the rule."""
    assert batch.qualities is not None  # a chain that needs them refuses a FASTA
    return expanded(batch.qualities, shape, vectorised.quality_table(encoder.probability))


_TENSORS: dict[type, Callable[..., NDArray[Any]]] = {
    encoders.OneHot: one_hot,
    encoders.Integer: integer,
    encoders.Kmers: kmers,
    encoders.Quality: quality,
}
