"""Encoders, letter by letter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.faults import LetterError
from tiltyard.pipelines.reads.rule.augmenting import CODES
from tiltyard.pipelines.reads.rule.drawing import Place, below
from tiltyard.pipelines.reads.rule.record import Record
from tiltyard.pipelines.reads.steps import encoders
from tiltyard.pipelines.reads.steps.encoders import AMINO_ACIDS, IUPAC, LABEL, Encoder


def encoded(
    encoder: Encoder,
    records: Sequence[Record],
    places: Sequence[Place],
    files: Sequence[str] = ("-",),
) -> Encoded:
    """The records as arrays; `files` are the names for messages.

    Raises
    ------
    LetterError
        At the first ambiguous letter, if the encoder takes none.
    """
    width = getattr(encoder, "width", None)
    sizes = [len(record.sequence) for record in records]
    if width is None:
        width = max(sizes, default=0)
    mask = np.zeros((len(records), width), np.bool_)
    for row, size in enumerate(sizes):
        mask[row, :size] = True
    tensor = _TENSORS[type(encoder)](encoder, records, places, width, files)
    lengths = np.array([min(size, width) for size in sizes], np.int32)
    return Encoded(tensor, lengths, mask, sum(size > width for size in sizes))


def one_hot(
    encoder: encoders.OneHot,
    records: Sequence[Record],
    places: Sequence[Place],
    width: int,
    files: Sequence[str],
) -> NDArray[Any]:
    """A channel a base."""
    tensor = np.zeros((len(records), width, encoder.size), encoder.dtype)
    for row, (record, place) in enumerate(zip(records, places, strict=True)):
        for j, letter in enumerate(record.sequence[:width]):
            channels = channels_of(encoder, letter)
            if channels is None and encoder.ambiguous == "error":
                raise LetterError(files[place.file], place.record + 1, j + 1, letter)
            if channels is None and encoder.ambiguous == "random":
                channels = (below(place.key(LABEL), j, encoder.size),)
            if channels is None and encoder.ambiguous == "share":
                channels = IUPAC.get(bytes([letter]).upper(), ())
            for channel in channels or ():
                tensor[row, j, channel] = 1 / len(channels or ())
    return tensor if encoder.channels == "last" else tensor.transpose(0, 2, 1)


def channels_of(encoder: encoders.OneHot, letter: int) -> tuple[int, ...] | None:
    """The channel of a letter that has its own; None of an ambiguous one."""
    if encoder.alphabet == "dna":
        return (CODES[letter],) if letter in CODES else None
    place = AMINO_ACIDS.find(bytes([letter]).upper())
    return (place,) if place >= 0 else None


def integer(
    encoder: encoders.Integer,
    records: Sequence[Record],
    places: Sequence[Place],
    width: int,
    files: Sequence[str],
) -> NDArray[np.int8]:
    """A code a base."""
    tensor = np.full((len(records), width), -1, np.int8)
    for row, (record, place) in enumerate(zip(records, places, strict=True)):
        for j, letter in enumerate(record.sequence[:width]):
            if letter not in CODES and encoder.ambiguous == "error":
                raise LetterError(files[place.file], place.record + 1, j + 1, letter)
            tensor[row, j] = CODES.get(letter, 4)
    return tensor


def kmers(
    encoder: encoders.Kmers,
    records: Sequence[Record],
    places: Sequence[Place],
    width: int,
    files: Sequence[str],
) -> NDArray[np.uint32]:
    """Counts of words."""
    k = encoder.k
    column = {number: place for place, number in enumerate(numbers_of(encoder))}
    tensor = np.zeros((len(records), len(column)), np.uint32)
    for row, record in enumerate(records):
        for start in range(len(record.sequence) - k + 1):
            codes = [CODES.get(letter, 4) for letter in record.sequence[start : start + k]]
            if 4 not in codes:
                number = number_of(codes)
                if encoder.canonical:
                    number = min(number, number_of([3 - code for code in reversed(codes)]))
                tensor[row, column[number]] += 1
    return tensor


def number_of(codes: Sequence[int]) -> int:
    """A word as a number to base 4, its first letter slowest."""
    number = 0
    for code in codes:
        number = 4 * number + code
    return number


def numbers_of(encoder: encoders.Kmers) -> list[int]:
    """The word's number that each column counts."""
    numbers = range(4**encoder.k)
    if not encoder.compact:
        return list(numbers)
    return [number for number in numbers if number <= reverse_number(number, encoder.k)]


def reverse_number(number: int, k: int) -> int:
    """The number of a word's reverse complement."""
    found = 0
    for _ in range(k):
        found, number = 4 * found + 3 - number % 4, number // 4
    return found


def quality(
    encoder: encoders.Quality,
    records: Sequence[Record],
    places: Sequence[Place],
    width: int,
    files: Sequence[str],
) -> NDArray[Any]:
    """Qualities, or probabilities of an error."""
    tensor = np.full((len(records), width), -1, np.int8)
    if encoder.probability:
        tensor = np.zeros((len(records), width), np.float32)
    for row, record in enumerate(records):
        assert record.quality is not None  # a chain that needs them refuses a FASTA
        for j, byte in enumerate(record.quality[:width]):
            tensor[row, j] = 10 ** (-(byte - 33) / 10) if encoder.probability else byte - 33
    return tensor


_TENSORS: dict[type, Callable[..., NDArray[Any]]] = {
    encoders.OneHot: one_hot,
    encoders.Integer: integer,
    encoders.Kmers: kmers,
    encoders.Quality: quality,
}
