"""What a guide to fast reading promises, as rows that a study holds against measurements.

Its figures are of another machine, and it does not say how long its reads are. A figure of records
is held as it is against reads of each length; in bases it is taken at 150 a record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tiltyard.pipelines.pipeline import Claim
from tiltyard.pipelines.reads.benchmark.strategies import ONE_THREAD

#: Who promises it.
GUIDE = "DeepBioP, Performance Guide"
#: Bases of a record where the guide's figures are turned into bases.
LENGTH = 150
#: Workers, and how many times as fast they are said to be.
SCALING = ((2, 1.95), (4, 3.80), (8, 7.20))
#: What is done, its workload, and records a second.
RATES: tuple[tuple[str, dict[str, Any], float], ...] = (
    ("plain FASTQ is read", {"task": ["count"], "compression": ["plain"]}, 2.5e6),
    ("gzipped FASTQ is read", {"task": ["count"], "compression": ["gzip"]}, 0.8e6),
    ("a mean of qualities is filtered by, with reading", {"task": ["mean-quality"]}, 1.8e6),
    ("lengths are filtered by, with reading", {"task": ["length"]}, 3.2e6),
    ("reads are one-hot encoded, with reading", {"task": ["one-hot"]}, 0.45e6),
    ("a tenth of the bases is mutated, with reading", {"task": ["mutate"]}, 1.2e6),
    ("reverse complements are taken, with reading", {"task": ["reverse-complement"]}, 2.8e6),
    ("all of it is done, from the file to the model", {"task": ["chain"]}, 1e6),
)
#: Ways to measure a rate: letter, what is counted, its axis, seconds, and the words for them.
_WAYS = (
    ("a", "reads", "", "warm_cpu", "records a CPU second"),
    ("b", "reads", "", "warm_wall", "records a second of one thread"),
    ("c", "bases", "length", "warm_cpu", f"bases a CPU second, at {LENGTH} a record"),
)
_NO_GPU = "no machine of this project's studies has a GPU"


def _rates() -> Iterator[Claim]:
    for number, (what, workload, promised) in enumerate(RATES, 1):
        for letter, unit, axis, by, words in _WAYS:
            yield Claim(
                number=f"{number}{letter}",
                source=GUIDE,
                sentence=f"{what}: {words}",
                measure="rate",
                least=promised * (LENGTH if axis else 1),
                by=by,
                unit=unit,
                axis=axis,
                workload={**workload, "lengths": ["equal"]},
                workers=(1,),
                strategies=(ONE_THREAD,),
            )


def _scaling() -> Iterator[Claim]:
    for letter, (workers, speed) in zip("abc", SCALING, strict=True):
        yield Claim(
            number=f"9{letter}",
            source=GUIDE,
            sentence=f"{workers} workers are {speed} times as fast as none",
            measure="speed_up",
            least=speed,
            workers=(workers,),
            workload={"task": ["chain"]},
        )


def _memory(letter: str, sentence: str, most: float, untestable: str = "") -> Claim:
    return Claim(
        number=f"10{letter}",
        source=GUIDE,
        sentence=sentence,
        measure="memory",
        most=most,
        untestable=untestable,
    )


def _order(
    number: str, sentence: str, by: str, strategies: tuple[str, ...], task: str = "chain"
) -> Claim:
    return Claim(
        number=number,
        source=GUIDE,
        sentence=sentence,
        measure="order",
        by=by,
        strategies=strategies,
        workload={"task": [task]},
    )


def _untestable(number: str, sentence: str, reason: str) -> Claim:
    return Claim(number=number, source=GUIDE, sentence=sentence, measure="ratio", untestable=reason)


_BY_BENCH = "no study reads so: `make bench-reads` measures it, beyond the libraries"
CLAIMS = (
    *_rates(),
    *_scaling(),
    _memory("a", "a stream takes 50 MB, whatever the size of the file; with all libraries", 50),
    _memory("b", "a stream of 10 GB takes 50 MB", 50, _BY_BENCH),
    _memory("c", "a stream of 100 GB takes 50 MB", 50, "100 GB are not read here"),
    _memory("d", "random access to 1 GB takes 150 MB and the index", 150, _BY_BENCH),
    _order(
        "11a",
        "larger batches are faster: 256 than 32",
        "warm_cpu",
        ("kernels-w1", "kernels-w1-b32"),
    ),
    _order(
        "11b",
        "larger batches are faster: 32 than 16",
        "warm_cpu",
        ("kernels-w1-b32", "kernels-w1-b16"),
    ),
    _order(
        "11c",
        "larger batches are faster with torch's workers too: 256 than 32",
        "wall_seconds",
        ("torch-w2-p2-b256", "torch-w2-p2-b32"),
        "chain-epochs",
    ),
    _untestable("12", "pinned memory makes transfers to a GPU 10 to 30 % faster", _NO_GPU),
    _untestable("13", "a GPU is used to 95 % and more", _NO_GPU),
    _untestable("14a", "2 GPUs are 1.9 times as fast as one", _NO_GPU),
    _untestable("14b", "4 GPUs are 3.7 times as fast as one", _NO_GPU),
    _untestable("14c", "8 GPUs are 7.2 times as fast as one", _NO_GPU),
    _untestable(
        "15",
        "figures are of a MacBook Pro M1 Max",
        "rates are held against this machine's: that one is not here",
    ),
    _order(
        "16a",
        "workers that are kept for the next epoch are faster than new ones",
        "wall_seconds",
        ("processes-w2-p2-persistent", "processes-w2-p2"),
        "chain-epochs",
    ),
    _order(
        "16b",
        "torch's workers that are kept for the next epoch are faster than new ones",
        "wall_seconds",
        ("torch-w2-p2-b256-persistent", "torch-w2-p2-b256"),
        "chain-epochs",
    ),
    _order(
        "17a",
        "more prefetched batches are faster: 4 than 2",
        "wall_seconds",
        ("processes-w2-p4", "processes-w2-p2"),
    ),
    _order(
        "17b",
        "more batches that torch prefetches are faster: 4 than 2",
        "wall_seconds",
        ("torch-w2-p4-b256", "torch-w2-p2-b256"),
        "chain-epochs",
    ),
)
