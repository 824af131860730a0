"""What a guide to fast reading promises, as rows that a study holds against measurements."""

from __future__ import annotations

from tiltyard.pipelines.pipeline import Claim

#: Who promises it. Its machine is another one, and its reads' length is not stated.
GUIDE = "DeepBioP, Performance Guide"
#: Workers, and how many times as fast they are said to be.
_SCALING = ((2, 1.95), (4, 3.80), (8, 7.20))

CLAIMS = (
    *(
        Claim(
            number=f"1{letter}",
            source=GUIDE,
            sentence=f"{workers} workers are {speed} times as fast as none",
            measure="speed_up",
            least=speed,
            workers=(workers,),
        )
        for letter, (workers, speed) in zip("abc", _SCALING, strict=True)
    ),
    Claim(
        number="2",
        source=GUIDE,
        sentence="a stream takes 50 MB, whatever the size of the file",
        measure="memory",
        most=50,
    ),
)
