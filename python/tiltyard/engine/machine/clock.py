"""Time at which this process began, to a hundredth of a second."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil

_STAT = Path("/proc/self/stat")
#: Position of the start in that file, after the name in brackets.
_START = 19


def process_began() -> float:
    """Time at which this process began [UTC s since 1970].

    psutil counts from the time of the machine's start, which Linux tells in whole seconds only:
    jobs one after another then seem to overlap. Other systems have only psutil's answer.
    """
    if not _STAT.exists():
        return psutil.Process().create_time()
    ticks = float(_STAT.read_text().rpartition(")")[2].split()[_START])
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age
