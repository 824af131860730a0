"""What a guide to spatial data promises, as rows that a study holds against measurements.

Of its settings some cannot be used as they are written: the default of 100 readers is outside its
own range of 1 to 16; `ldsc_compute_workers` is cut to 1 by the program; the precision, called
configurable, has no switch; and partial results are merged by sorted names.
"""

from __future__ import annotations

from tiltyard.pipelines.pipeline import Claim

#: Who promises it, on another machine.
GUIDE = "gsMap3D, Scalability and Performance"
_READ = "in the program it is read, not measured: "

CLAIMS = (
    Claim(
        number="S3a",
        source=GUIDE,
        sentence="larger batches are faster",
        measure="order",
        by="cpu_seconds",
        strategies=("numba-fused-w2-b2000", "numba-fused-w2", "numba-fused-w2-b50"),
    ),
    Claim(
        number="S3b",
        source=GUIDE,
        sentence="larger batches take more memory",
        measure="order",
        by="peak_memory",
        strategies=("numba-fused-w2-b50", "numba-fused-w2", "numba-fused-w2-b2000"),
    ),
    Claim(
        number="S4",
        source=GUIDE,
        sentence="more readers make up for a slow disk: 16 take less time than one",
        measure="order",
        by="wall_seconds",
        strategies=("numba-fused-w2-b500-q5-r16", "numba-fused-w2"),
    ),
    Claim(
        number="S4d",
        source=GUIDE,
        sentence="100 readers are a good default, though 1 to 16 is the range",
        measure="order",
        by="wall_seconds",
        strategies=("numba-fused-w2-b500-q5-r100", "numba-fused-w2-b500-q5-r16"),
    ),
    Claim(
        number="S2",
        source=GUIDE,
        sentence="ranks and scores take 8 bytes a spot and gene; ours take 4 (tests compare sizes)",
        measure="memory",
        untestable="a size of files, which the command checks before it starts; it is no time",
    ),
    Claim(
        number="S6",
        source=GUIDE,
        sentence="the regression is near-linear in ldsc_compute_workers",
        measure="speed_up",
        untestable=f"{_READ}0.1.3 cuts the setting to 1, whatever is given",
    ),
    Claim(
        number="S9",
        source=GUIDE,
        sentence="partial results are merged in the order of their sorted names",
        measure="ratio",
        untestable=f"{_READ}by name 10000000 is before 2000000; tests merge such ranges by number",
    ),
    Claim(
        number="S11",
        source=GUIDE,
        sentence="the precision of 32 bits is configurable",
        measure="ratio",
        untestable=f"{_READ}0.1.3 has no switch of the precision; ours is --precision 64",
    ),
)
