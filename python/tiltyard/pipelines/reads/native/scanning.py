"""FASTQ text looked through by compiled code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.reading.scanning import Before, Scanned
from tiltyard.pipelines.reads.rule.record import Reading


def scan_fastq(
    view: NDArray[np.uint8],
    size: int,
    reading: Reading,
    table: NDArray[np.int64],
    before: Before,
) -> Scanned:
    """See `reading.scanning.Scan`."""
    found = np.empty(4, np.int64)
    state = load("scan_fastq")(
        address(view),
        size,
        int(reading.lenient_plus),
        reading.largest,
        address(table),
        table.shape[1],
        *before,
        address(found),
    )
    records, used, least, most = found.tolist()
    return Scanned(records, used, state, (least, most))
