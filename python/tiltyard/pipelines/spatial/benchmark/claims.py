"""What a guide to spatial data promises, as rows that a study holds against measurements.

What no launch of a study shows is held against the guide's program and ours by `make
bench-spatial-peers`, row by row: docs/spatial.md has what was measured. Of the guide's settings
some cannot be used as they are written, and `make test-peers` shows that on its program, gsmap3d
0.1.3.
"""

from __future__ import annotations

from tiltyard.pipelines.pipeline import Claim

#: Who promises it, on another machine.
GUIDE = "gsMap3D, Scalability and Performance"
_BESIDE = "no study launches it: `make bench-spatial-peers` measures it, for docs/spatial.md: "


def _beside(number: str, sentence: str, how: str) -> Claim:
    return Claim(
        number=number,
        source=GUIDE,
        sentence=sentence,
        measure="ratio",
        untestable=f"{_BESIDE}{how}",
    )


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
    _beside(
        "S1",
        "the rate of the whole is that of the slowest stage",
        "each stage slowed down in turn, whether it is named, and the rates",
    ),
    _beside("S2", "ranks and scores take 8 bytes a spot and gene", "sizes of both programs' files"),
    _beside(
        "S5",
        "temporary files on a fast disk improve performance",
        "the command with and without --memmap-dir",
    ),
    _beside(
        "S6",
        "the regression is near-linear in ldsc_compute_workers",
        "workers that its program starts when it is asked for 4, and our threads",
    ),
    _beside(
        "S7",
        "a first run is slow, and later ones are cached",
        "two calls in each of two processes",
    ),
    _beside("S8", "traits and ranges of cells are jobs of their own", "1, 2 and 4 jobs"),
    _beside(
        "S9",
        "partial results are merged in the order of their sorted names",
        "the guide's recipe on ranges around ten million, and with one missing",
    ),
    _beside("S10", "it fails if the disk is full", "both programs on a file system of 0.5 MB"),
    _beside(
        "S11",
        "the precision of 32 bits is configurable",
        "its program's options, and --precision 64",
    ),
    Claim(
        number="S11d",
        source=GUIDE,
        sentence="a GPU or TPU does the regression",
        measure="ratio",
        untestable="no machine of this project's studies has one",
    ),
)
