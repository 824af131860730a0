"""What the guide to parallel counting promises, as rows that a study holds against measurements.

The guide measures nothing, and gives ranges that contradict each other: of 20 files it promises 12
to 24 times in one table (3), 16 to 64 in a recommendation (7), and 16 to 32 in a list (8).
"""

from __future__ import annotations

from typing import Any

from tiltyard.pipelines.pipeline import Claim

#: Who promises it.
GUIDE = "gbcms, Parallelization Guide"
ONE: dict[str, Any] = {"files": [1]}
MANY: dict[str, Any] = {"files": {"least": 20}}
#: Tag of the strategies of which a person chose everything, as `auto` does by itself.
CHOSEN = "chosen"
#: Tag of the strategies whose blocks have that many variants or more, and that number.
LARGE_BLOCKS, LARGE = "large-blocks", 2000


def _speed_up(
    number: str,
    sentence: str,
    workload: dict[str, Any],
    promised: tuple[float, float],
    workers: tuple[int, ...] = (),
    strategies: tuple[str, ...] = (),
) -> Claim:
    return Claim(
        number=number,
        source=GUIDE,
        sentence=sentence,
        measure="speed_up",
        least=promised[0],
        most=promised[1],
        workload=workload,
        workers=workers,
        strategies=strategies,
    )


def _order(
    number: str,
    sentence: str,
    by: str,
    strategies: tuple[str, ...],
    workload: dict[str, Any] | None = None,
) -> Claim:
    return Claim(
        number=number,
        source=GUIDE,
        sentence=sentence,
        measure="order",
        by=by,
        workload=workload or {},
        strategies=strategies,
    )


def _memory(
    number: str, sentence: str, workload: dict[str, Any], gigabytes: tuple[int, int]
) -> Claim:
    least, most = (1000.0 * size for size in gigabytes)
    return Claim(
        number=number,
        source=GUIDE,
        sentence=sentence,
        measure="memory",
        least=least,
        most=most,
        workload=workload,
    )


CLAIMS = (
    _speed_up(
        "1", "1 to 4 files with 4 to 8 threads: 3 to 6 times as fast",
        {"files": {"least": 1, "most": 4}}, (3, 6), (4, 8),
    ),
    _speed_up(
        "2", "5 to 20 files with 8 to 16 threads: 6 to 12 times as fast",
        {"files": {"least": 5, "most": 20}}, (6, 12), (8, 16),
    ),
    _speed_up(
        "3", "20 files and more with 16 to 32 threads: 12 to 24 times as fast",
        MANY, (12, 24), (16, 32),
    ),
    _speed_up(
        "4", "1 file, 10,000 variants and more, with 16 to 32 threads: 8 to 24 times as fast",
        {**ONE, "variants": {"least": 10_000}}, (8, 24), (16, 32),
    ),
    _speed_up(
        "5", "several samples: 4 to 16 times as fast, by the number of samples",
        {"files": {"least": 2}}, (4, 16),
    ),
    _speed_up(
        "6", "one sample with a long list of variants and many threads: 8 to 32 times as fast",
        {**ONE, "variants": {"least": 10_000}}, (8, 32),
    ),
    _speed_up(
        "7", "production, many files and large blocks: 16 to 64 times as fast",
        MANY, (16, 64), strategies=(LARGE_BLOCKS,),
    ),
    _speed_up("8a", "1 to 5 samples: 2 to 8 times as fast", {"files": {"most": 5}}, (2, 8)),
    _speed_up(
        "8b", "5 to 20 samples: 8 to 16 times as fast", {"files": {"least": 5, "most": 20}}, (8, 16)
    ),
    _speed_up("8c", "20 samples and more: 16 to 32 times as fast", MANY, (16, 32)),
    _memory("9a", "memory is 2 to 8 GB", {"files": {"most": 19}}, (2, 8)),
    _memory("9b", "memory of large sets of files is 8 to 32 GB", MANY, (8, 32)),
    _order(
        "10a", "small blocks balance the load better", "idle_seconds",
        ("threads-w2-b100", "threads-w2-b2000"),
    ),
    _order(
        "10b", "large blocks read less", "bytes_read", ("threads-w2-b2000", "threads-w2-b100")
    ),
    _order(
        "10c", "large blocks take more memory", "peak_memory",
        ("threads-w2-b100", "threads-w2-b2000"),
    ),
    _order(
        "11a", "a small block distance suits clustered variants", "cpu_seconds",
        ("threads-w2-b2000-d10000", "threads-w2-b2000", "threads-w2-b2000-d1000000"),
        {"layout": ["clustered"]},
    ),
    _order(
        "11b", "a large block distance suits sparse variants", "cpu_seconds",
        ("threads-w2-b2000-d1000000", "threads-w2-b2000", "threads-w2-b2000-d10000"),
        {"layout": ["sparse"]},
    ),
    _order(
        "12a", "joblib is the best backend", "wall_seconds",
        ("processes-w2-b2000", "threads-w2-b2000", "multiprocessing-w2-b2000"),
    ),
    _order(
        "12b", "threads start fast", "start_seconds", ("threads-w2-b2000", "processes-w2-b2000")
    ),
    Claim(
        number="13",
        source=f"{GUIDE} (its code)",
        sentence="compiled kernels are 50 to 100 times as fast as the same rule in Python",
        measure="ratio",
        least=50,
        most=100,
        by="warm_cpu",
        strategies=("serial-w1-b2000", "reference"),
    ),
    Claim(
        number="14",
        source=GUIDE,
        sentence="it adapts by itself: nothing that a person chooses is faster",
        measure="ratio",
        most=1,
        by="wall_seconds",
        strategies=(CHOSEN, "auto"),
    ),
)  # fmt: skip
