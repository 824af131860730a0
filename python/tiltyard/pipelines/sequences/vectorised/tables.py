"""Look-up tables of letters and codons, made from the rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.rule.codons import (
    KNOWN,
    LETTERS,
    STOP,
    UNKNOWN,
    complement,
    residue,
)
from tiltyard.pipelines.sequences.rule.rules import Rules

#: Bits of a codon's mark: what it is on either strand.
STOP_FORWARD, STOP_REVERSE, IS_UNKNOWN = 1, 2, 4


@dataclass(frozen=True, eq=False)
class Tables:
    """What a byte and a codon are, as arrays to index.

    Parameters
    ----------
    codes : array of unsigned, (256,)
        Byte -> number of the letter.
    letters : int
        How many numbers there are; a codon is ``(a * letters + b) * letters + c``.
    forward, reverse : array of uint8, (letters³,)
        Codon -> residue, read forward, or backward on the other strand.
    marks : array of uint8, (letters³,)
        Codon -> bits.
    complements : array of uint8, (256,)
        Byte -> byte of the other strand.
    """

    codes: NDArray[Any]
    letters: int
    forward: NDArray[np.uint8]
    reverse: NDArray[np.uint8]
    marks: NDArray[np.uint8]
    complements: NDArray[np.uint8]


@cache
def tables(rules: Rules) -> Tables:
    """Tables of the rules: of all letters where codons are resolved, else of five numbers."""
    letters = LETTERS if rules.unknown == "resolve" else KNOWN + "N"
    count = len(letters)
    codes = np.full(256, count - 1, np.uint16 if count > len(KNOWN) + 1 else np.uint8)
    codes[list(letters.encode())] = range(count)
    residues = {
        "".join(codon): residue("".join(codon), rules) or UNKNOWN
        for codon in product(letters, repeat=3)
    }
    opposite = {letter: complement(letter, rules) for letter in LETTERS}
    turned = ["".join(opposite[one] for one in reversed(codon)) for codon in residues]
    forward = np.frombuffer("".join(residues.values()).encode(), np.uint8)
    reverse = np.frombuffer("".join(residues[codon] for codon in turned).encode(), np.uint8)
    complements = np.arange(256, dtype=np.uint8)
    complements[list(LETTERS.encode())] = list("".join(opposite.values()).encode())
    stop, unknown = ord(STOP), ord(UNKNOWN)
    marks = (
        (forward == stop) * np.uint8(STOP_FORWARD)
        | (reverse == stop) * np.uint8(STOP_REVERSE)
        | ((forward == unknown) | (reverse == unknown)) * np.uint8(IS_UNKNOWN)
    )
    return Tables(codes, count, forward, reverse, marks.astype(np.uint8), complements)
