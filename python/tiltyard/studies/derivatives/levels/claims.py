"""Promises of the guide to the study's two levels of parallelism, as claims."""

from __future__ import annotations

from tiltyard.pipelines.pipeline import Claim

SOURCE = "guide to the two levels"
#: 21 configurations: 7 noise levels × 3 trials.
WHOLE = {"noise_levels": [7], "trials": [3]}

CLAIMS = (
    Claim(
        number="1",
        source=SOURCE,
        sentence="six threads over 21 configurations are 3 to 4 times as fast as one",
        measure="speed_up",
        least=3.0,
        most=4.0,
        workload=WHOLE,
        workers=(6, 6),
    ),
    Claim(
        number="2",
        source=SOURCE,
        sentence="eight cores with six threads: 12 minutes in place of 60",
        measure="speed_up",
        least=5.0,
        workload=WHOLE,
        workers=(6, 6),
    ),
    Claim(
        number="3",
        source=SOURCE,
        sentence="both levels on twelve cores, 6 threads × 3 processes: 6 minutes in place of 60",
        measure="speed_up",
        least=10.0,
        workload=WHOLE,
        workers=(18, 18),
    ),
    Claim(
        number="4",
        source=SOURCE,
        sentence="both levels on sixteen cores, 8 threads × 4 processes: 4 minutes in place of 60",
        measure="speed_up",
        least=15.0,
        workload=WHOLE,
        workers=(32, 32),
    ),
    Claim(
        number="5",
        source=SOURCE,
        sentence="processes within a configuration speed its Python part up 2 to 3 times more",
        measure="speed_up",
        least=2.0,
        most=3.0,
        workload=WHOLE,
        workers=(4, 4),
    ),
    Claim(
        number="6",
        source=SOURCE,
        sentence="both levels together: their gains multiply",
        measure="speed_up",
        least=6.0,
        workload=WHOLE,
        workers=(18, 18),
    ),
    Claim(
        number="7",
        source=SOURCE,
        sentence="21 configurations over six threads are four batches, each as long as one",
        measure="speed_up",
        least=21 / 4,
        workload=WHOLE,
        workers=(6, 6),
    ),
    Claim(
        number="8",
        source=SOURCE,
        sentence="by the same arithmetic, over two they are eleven batches",
        measure="speed_up",
        least=21 / 11,
        workload=WHOLE,
        workers=(2, 2),
    ),
    Claim(
        number="9",
        source=SOURCE,
        sentence="one configuration after another takes 45 to 60 minutes for all 21 of the study",
        measure="seconds",
        untestable="the guide's methods and machine are not ours: a time without its machine",
    ),
)
