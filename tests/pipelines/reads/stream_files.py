"""Files of reads that tests of streams share, and streams of them."""

from __future__ import annotations

import warnings

import numpy as np
from read_files import fastq

from tiltyard.pipelines.reads import FastqStream

CHAIN = ["length(3)", "mean_error(5)", "mutate(0.2)", "max_n(0.5)", "reverse_complement(0.5)"]


def text_of(count, seed=0, names=b"r%d/1 x"):
    rng = np.random.default_rng(seed)
    records = []
    for number in range(count):
        length = int(rng.choice((0, 2, 30, 64, 70)))
        letters = bytes(rng.choice(list(b"ACGTN"), length).astype("u1"))
        records.append((names % number, letters, bytes(rng.integers(33, 75, length).astype("u1"))))
    return fastq(*records)


ONE, TWO = text_of(70), text_of(41, 1)
MATES = (text_of(60, 2), text_of(60, 3, b"r%d/2"))


def stream_of(folder, *names, **given):
    return FastqStream([folder / name for name in names or ("one.fq", "two.fq")], **given)


def quietly(stream):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(stream)
