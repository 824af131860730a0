"""What a guide to parallel extraction of features promises, as rows that a study holds against it.

The guide is about devices beside the processor, of which a batch fills what a sequence leaves idle.
"""

from __future__ import annotations

from typing import Any

from tiltyard.pipelines.pipeline import Claim
from tiltyard.pipelines.sequences.benchmark.strategies import EMBEDDING, SINGLE

#: Who promises it.
GUIDE = "VirNucPro, Parallel Feature Extraction Architecture"
_UNIFORM: dict[str, Any] = {"lengths": ["uniform"]}
_BATCHED = "batched-b256"

CLAIMS = (
    Claim(
        number="1",
        source=GUIDE,
        sentence="batches and devices together are 150 to 380 times as fast as one by one",
        measure="ratio",
        by="wall_seconds",
        least=150,
        most=380,
        workload=_UNIFORM,
        strategies=(EMBEDDING, SINGLE),
    ),
    Claim(
        number="2a",
        source=GUIDE,
        sentence="batches of 256 are 50 to 100 times as fast as one by one",
        measure="ratio",
        by="wall_seconds",
        least=50,
        most=100,
        workload=_UNIFORM,
        strategies=(_BATCHED, SINGLE),
    ),
    Claim(
        number="2b",
        source=GUIDE,
        sentence="100,000 calls become 390",
        measure="ratio",
        untestable="it is arithmetic: 100,000 sequences in batches of 256 are 391 calls",
    ),
    Claim(
        number="3",
        source=GUIDE,
        sentence="chunks have one length, which makes batches of a fixed number efficient",
        measure="ratio",
        untestable="counted, not timed, and refuted: by the public rule the last chunk is short in "
        "55 % of all lengths up to 20,000 (window 500), and in 27 % (window 300)",
    ),
    Claim(
        number="4",
        source=GUIDE,
        sentence="a batch of 256 takes 2 GB with its model",
        measure="memory",
        most=2000,
        workload={"model": ["mosaic-12x768", "bert-12x768"]},
        strategies=(_BATCHED,),
    ),
    Claim(
        number="5",
        source=GUIDE,
        sentence="files need nothing of each other: two workers take half of the time",
        measure="speed_up",
        least=2,
        workers=(2,),
        strategies=("processes-w2-t1",),
    ),
    Claim(
        number="6a",
        source=GUIDE,
        sentence="dealing files out in turn is as good as by their size where they are even",
        measure="ratio",
        by="wall_seconds",
        least=1,
        workload={"sizes": ["even"]},
        strategies=("assign-round_robin", "assign-largest_first"),
    ),
    Claim(
        number="6b",
        source=GUIDE,
        sentence="dealing files out in turn is worse than by their size where they are uneven",
        measure="order",
        by="wall_seconds",
        workload={"sizes": ["uneven"]},
        strategies=("assign-largest_first", "assign-round_robin"),
    ),
    Claim(
        number="7",
        source=GUIDE,
        sentence="one by one leaves a device idle for 90 to 95 % of the time",
        measure="ratio",
        untestable="it is about a device beside the processor",
    ),
)
