"""Encoders of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws, below
from tiltyard.pipelines.reads.encoded import Encoded, mask_of
from tiltyard.pipelines.reads.faults import LetterError
from tiltyard.pipelines.reads.rule.encoding import channels_of, numbers_of
from tiltyard.pipelines.reads.steps import encoders
from tiltyard.pipelines.reads.steps.encoders import IUPAC, LABEL, Encoder
from tiltyard.pipelines.reads.texts import Texts
from tiltyard.pipelines.reads.vectorised.letters import CODE_TABLE, Letters


class Shape(NamedTuple):
    """What every encoder gives besides its tensor.

    Parameters
    ----------
    width : int
    whole : (n,) int64
        Letters of each read before cutting.
    cut : int
        How many are longer than the width.
    """

    width: int
    whole: NDArray[np.int64]
    cut: int

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters of each read after cutting."""
        return np.minimum(self.whole, self.width) if self.cut else self.whole


def shape_of(encoder: Encoder, batch: Batch) -> Shape:
    """Width and lengths of a batch."""
    width: int | None = getattr(encoder, "width", None)
    lengths, most = batch.lengths, batch.sequences.extent[1]
    if width is None:
        return Shape(most, lengths, 0)
    return Shape(width, lengths, int((lengths > width).sum()) if most > width else 0)


def with_shape(tensor: NDArray[Any], shape: Shape) -> Encoded:
    """The tensor with the rest."""
    return Encoded(tensor, shape.whole, cut=shape.cut, width=shape.width)


def encoded(encoder: Encoder, batch: Batch, draws: Draws, files: Sequence[str]) -> Encoded:
    """The reads as arrays."""
    shape = shape_of(encoder, batch)
    return with_shape(_TENSORS[type(encoder)](encoder, batch, draws, files, shape), shape)


@cache
def one_hot_table(encoder: encoders.OneHot) -> NDArray[Any]:
    """Channels of each byte, those of padding at 0: (256, channels)."""
    table = np.zeros((256, encoder.size), encoder.dtype)
    for letter in range(1, 256):
        channels = channels_of(encoder, letter)
        if channels is None and encoder.ambiguous == "share":
            channels = IUPAC.get(bytes([letter]).upper())
        for channel in channels or ():
            table[letter, channel] = 1 / len(channels or ())
    table.flags.writeable = False
    return table


@cache
def ambiguous_table(alphabet: str) -> NDArray[np.bool_]:
    """Which bytes are ambiguous; padding, 0, is not."""
    encoder = encoders.OneHot(alphabet=alphabet)
    found = np.array([channels_of(encoder, letter) is None for letter in range(256)])
    found[0] = False
    return found


@cache
def integer_table() -> NDArray[np.int8]:
    """Code of each byte, that of padding at 0."""
    table = CODE_TABLE.astype(np.int8)
    table[0] = -1
    return table


@cache
def quality_table(probability: bool) -> NDArray[Any]:
    """Value of each byte of a quality, that of padding at 0."""
    values = np.arange(256) - 33.0
    table = 10 ** (-values / 10) if probability else values
    if probability:
        table = np.array([10 ** (-value / 10) for value in values.tolist()])
    table[0] = 0 if probability else -1
    return table.astype(np.float32 if probability else np.int8)


def padded(texts: Texts, shape: Shape) -> NDArray[np.uint8]:
    """First letters of each read, with 0 behind them, (n, W)."""
    lengths = shape.lengths
    mask = mask_of(lengths, shape.width)
    found = np.zeros(mask.shape, np.uint8)
    found[mask] = Texts(texts.buffer, texts.starts, lengths).flat()
    return found


def refuse_ambiguous(
    alphabet: str, batch: Batch, files: Sequence[str], shape: Shape, letters: NDArray[np.uint8]
) -> None:
    """Raise `LetterError` at the first ambiguous letter."""
    which = ambiguous_table(alphabet)[letters]
    if which.any():
        row, place = divmod(int(which.argmax()), shape.width)
        name, record = files[int(batch.files[row])], int(batch.records[row])
        raise LetterError(name, record + 1, place + 1, int(letters[row, place]))


def draw_ambiguous(
    encoder: encoders.OneHot,
    batch: Batch,
    draws: Draws,
    letters: NDArray[np.uint8],
    tensor: NDArray[Any],
) -> None:
    """Set a drawn channel of each ambiguous letter."""
    rows, places = np.nonzero(ambiguous_table(encoder.alphabet)[letters])
    tensor[rows, places, below(draws.keys(batch, LABEL)[rows], places, encoder.size)] = 1


def one_hot(
    encoder: encoders.OneHot, batch: Batch, draws: Draws, files: Sequence[str], shape: Shape
) -> NDArray[Any]:
    """See the rule."""
    letters = padded(batch.sequences, shape)
    if encoder.ambiguous == "error":
        refuse_ambiguous(encoder.alphabet, batch, files, shape, letters)
    tensor = one_hot_table(encoder)[letters]
    if encoder.ambiguous == "random":
        draw_ambiguous(encoder, batch, draws, letters, tensor)
    return tensor if encoder.channels == "last" else tensor.transpose(0, 2, 1)


def integer(
    encoder: encoders.Integer, batch: Batch, draws: Draws, files: Sequence[str], shape: Shape
) -> NDArray[np.int8]:
    """See the rule."""
    letters = padded(batch.sequences, shape)
    if encoder.ambiguous == "error":
        refuse_ambiguous("dna", batch, files, shape, letters)
    return integer_table()[letters]


@cache
def columns_of(encoder: encoders.Kmers) -> NDArray[np.int32]:
    """Column of each word's number."""
    columns = np.zeros(4**encoder.k, np.int32)
    numbers = np.array(numbers_of(encoder))
    columns[numbers] = np.arange(len(numbers))
    columns.flags.writeable = False
    return columns


def kmers(
    encoder: encoders.Kmers, batch: Batch, draws: Draws, files: Sequence[str], shape: Shape
) -> NDArray[np.uint32]:
    """See the rule."""
    k, letters = encoder.k, Letters(batch.sequences)
    codes = CODE_TABLE[letters.content].astype(np.int64)
    count = max(len(codes) - k + 1, 0)
    forward, backward = np.zeros(count, np.int64), np.zeros(count, np.int64)
    whole = letters.rows[:count] == letters.rows[k - 1 :][:count]
    for place in range(k):
        part = codes[place : place + count]
        forward = 4 * forward + part
        backward += (3 - part) * 4**place
        whole &= part < 4
    numbers = (np.minimum(forward, backward) if encoder.canonical else forward)[whole]
    if encoder.compact:
        numbers = columns_of(encoder)[numbers]
    tensor = np.zeros((len(batch), encoder.columns), np.uint32)
    np.add.at(tensor, (letters.rows[:count][whole], numbers), np.uint32(1))
    return tensor


def quality(
    encoder: encoders.Quality, batch: Batch, draws: Draws, files: Sequence[str], shape: Shape
) -> NDArray[Any]:
    """See the rule."""
    assert batch.qualities is not None
    return quality_table(encoder.probability)[padded(batch.qualities, shape)]


_TENSORS: dict[type, Callable[..., NDArray[Any]]] = {
    encoders.OneHot: one_hot,
    encoders.Integer: integer,
    encoders.Kmers: kmers,
    encoders.Quality: quality,
}
