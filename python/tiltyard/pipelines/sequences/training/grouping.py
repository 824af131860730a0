"""Which genomes are relatives, so that none is trained on while another is held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.rule.codons import KNOWN

#: Length of the words that relatives share, and the share of the smaller genome's words.
WORD, SHARED = 15, 0.1


def relatives(genomes: Sequence[bytes]) -> list[int]:
    """Number of each genome's cluster: place of the first genome in it.

    Two genomes are relatives if over a tenth of the smaller one's words of 15 letters, of either
    strand, are in the other; relatives of relatives are, too.
    """
    words = [_words(one) for one in genomes]
    clusters = list(range(len(genomes)))

    def first(place: int) -> int:
        while clusters[place] != place:
            place = clusters[place]
        return place

    for one in range(len(genomes)):
        for two in range(one + 1, len(genomes)):
            shared = len(np.intersect1d(words[one], words[two], assume_unique=True))
            if shared > SHARED * min(len(words[one]), len(words[two])):
                roots = sorted((first(one), first(two)))
                clusters[roots[1]] = roots[0]
    return [first(place) for place in range(len(genomes))]


def _words(sequence: bytes) -> NDArray[np.uint64]:
    codes = np.zeros(256, np.uint64)
    codes[list(KNOWN.encode())] = range(len(KNOWN))
    forward = codes[np.frombuffer(sequence, np.uint8)]
    found = []
    for strand in (forward, (3 - forward)[::-1]):
        count = len(strand) - WORD + 1
        words = np.zeros(max(0, count), np.uint64)
        for place in range(WORD):
            words = (words << np.uint64(2)) | strand[place : place + max(0, count)]
        found.append(words)
    return np.unique(np.concatenate(found))
