"""Reads as text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.native.columns import Column, address
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.texts import SPARE, Texts

#: Bytes of a record besides its strings.
_ENDS = 8


def fastq_of(batch: Batch) -> memoryview:
    """FASTQ of the reads, of pairs both mates behind each other.

    Raises
    ------
    InputError
        If they have no qualities.
    """
    mates = _mates(batch)
    if any(mate.qualities is None for mate in mates):
        raise InputError(
            "these reads have no qualities, which FASTQ has; write FASTA, or simulate them: "
            "--step high"
        )
    names, sequences = (_Woven([_column(mate, what) for mate in mates]) for what in _STRINGS)
    qualities = _Woven([_column(mate, "qualities") for mate in mates])
    out = np.empty(names.size + 2 * sequences.size + _ENDS * names.count + SPARE, np.uint8)
    size = load("format_fastq")(
        *names.given, *sequences.given, qualities.given[0], names.count, address(out)
    )
    return out.data[:size]


def fasta_of(batch: Batch) -> memoryview:
    """FASTA of the reads, a line a sequence, of pairs both mates behind each other."""
    mates = _mates(batch)
    names, sequences = (_Woven([_column(mate, what) for mate in mates]) for what in _STRINGS)
    out = np.empty(names.size + sequences.size + _ENDS * names.count + SPARE, np.uint8)
    size = load("format_fasta")(*names.given, *sequences.given, names.count, address(out))
    return out.data[:size]


_STRINGS = ("names", "sequences")


def _mates(batch: Batch) -> list[Batch]:
    return [mate for mate in (batch, batch.mate) if mate is not None]


def _column(batch: Batch, what: str) -> Column:
    texts: Texts = getattr(batch, what)
    return Column(texts)


class _Woven:
    """Strings of one column, or of two in turns, by their addresses."""

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns  # they own what the addresses are of
        self._addresses = _in_turns([each.starts + each.given[0] for each in columns])
        self._lengths = _in_turns([each.lengths for each in columns])
        self.count = len(self._lengths)
        self.size = int(self._lengths.sum())

    @property
    def given(self) -> tuple[int, int]:
        """What a compiled function is given."""
        return address(self._addresses), address(self._lengths)


def _in_turns(columns: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1).ravel()
