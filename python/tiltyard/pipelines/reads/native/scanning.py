"""FASTQ text looked through by compiled code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.reading.scanning import Scanned
from tiltyard.pipelines.reads.rule.record import Reading


def scan_fastq(
    view: NDArray[np.uint8], size: int, reading: Reading, table: NDArray[np.int64]
) -> Scanned:
    """See `reading.scanning.Scan`."""
    found = np.zeros(2, np.int64)
    state = load("scan_fastq")(
        address(view),
        size,
        int(reading.lenient_plus),
        reading.largest,
        address(table),
        table.shape[1],
        address(found),
    )
    return Scanned(int(found[0]), int(found[1]), state)
