"""Made sequences: contigs of which some can be read, and frames of stated lengths."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np

from tiltyard.pipelines.sequences.rule.codons import KNOWN, STOP, code

LENGTHS = ("uniform", "mixed", "skewed")
#: Bases of frames: all the same; log-uniform between two; short ones, and a share of long ones.
_UNIFORM, _MIXED, _SHORT, _LONG, _SHARE = 498, (60, 1000), (60, 120), 1000, 0.05


def made_contigs(
    count: int, least: int, most: int, rng: np.random.Generator
) -> Iterator[tuple[str, bytes]]:
    """Names and letters of contigs of `least` to `most` bases.

    Every other one has no stop in its first frame: of random letters hardly a chunk of 500 bases
    has an open frame.
    """
    codons = ["".join(codon) for codon in product(KNOWN, repeat=3)]
    open_codons = [codon for codon in codons if code(1)[codon] != STOP]
    for number in range(count):
        length = int(rng.integers(least, most + 1))
        drawn = rng.choice(open_codons if number % 2 else codons, length // 3 + 1)
        yield f"contig_{number + 1}", "".join(drawn)[:length].encode()


def made_frames(count: int, lengths: str, rng: np.random.Generator) -> list[tuple[str, bytes]]:
    """Names and nucleotides of frames.

    Parameters
    ----------
    lengths : {"uniform", "mixed", "skewed"}
        All as of a window of 500; log-uniform from 60 to 1,000; 95 % short and 5 % of 1,000.
    """
    if lengths == "uniform":
        sizes = np.full(count, _UNIFORM)
    elif lengths == "mixed":
        low, high = map(math.log, _MIXED)
        sizes = np.exp(rng.uniform(low, high, count)).astype(np.int64)
    else:
        sizes = np.where(rng.random(count) < _SHARE, _LONG, rng.integers(*_SHORT, count))
    letters = np.frombuffer(KNOWN.encode(), np.uint8)
    return [
        (f"made_chunk_{number}F1", letters[rng.integers(0, 4, size)].tobytes())
        for number, size in enumerate(sizes.tolist(), start=1)
    ]
