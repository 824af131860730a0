"""A frame as frequencies of its codons, residues and tetramers: a model without weights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.rule.codons import KNOWN, STOP, code

_CODONS = ["".join(codon) for codon in product(KNOWN, repeat=3)]
_TETRAMERS = ["".join(four) for four in product(KNOWN, repeat=4)]
_RESIDUES = "ACDEFGHIKLMNPQRSTVWYX"
#: What each number of a vector is the frequency of.
FEATURES = (
    *(f"codon {codon}" for codon in _CODONS),
    *(f"residue {residue}" for residue in _RESIDUES),
    *(f"tetramer {four}" for four in _TETRAMERS),
)
WIDTH = len(FEATURES)


@cache
def _tables() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Byte -> number of the base, and codon -> place of its residue in the standard code."""
    bases = np.full(256, len(KNOWN), np.intp)
    bases[list(KNOWN.encode())] = range(len(KNOWN))
    standing = code(1)
    # Another code may have kept a frame with what the standard one calls a stop.
    residues = [standing[codon].replace(STOP, "X") for codon in _CODONS]
    return bases, np.array([_RESIDUES.index(residue) for residue in residues])


def composition(sequences: Sequence[bytes]) -> NDArray[np.float32]:
    """Frequencies of `FEATURES` in each sequence, (n, WIDTH).

    Words with a letter other than A, C, G and T are left out. Each of the three groups sums to 1,
    or to 0 where there is no word.
    """
    bases, of_codon = _tables()
    found = np.zeros((len(sequences), WIDTH), np.float32)
    codons, residues = len(_CODONS), len(_RESIDUES)
    for row, sequence in zip(found, sequences, strict=True):
        numbers = bases[np.frombuffer(sequence, np.uint8)]
        three = _words(numbers, 3)[::3]
        counts = np.bincount(three[three >= 0], minlength=codons)
        four = _words(numbers, 4)
        tetramers = np.bincount(four[four >= 0], minlength=len(_TETRAMERS))
        row[:codons] = counts / max(1, counts.sum())
        row[codons : codons + residues] = np.bincount(of_codon, row[:codons], residues)
        row[codons + residues :] = tetramers / max(1, tetramers.sum())
    return found


def _words(numbers: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Number of the word that begins at each base; -1 with a letter that is none of them."""
    count = max(0, len(numbers) - length + 1)
    words = np.zeros(count, np.intp)
    odd = np.zeros(count, np.bool_)
    for place in range(length):
        own = numbers[place : place + count]
        words = words * len(KNOWN) + own
        odd |= own == len(KNOWN)
    words[odd] = -1
    return words
