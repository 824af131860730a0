"""What looks through FASTQ text, and the table that it fills."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.rule.record import Reading

#: Rows of a table. Were they a power of two, all columns of a row would be in one set of a cache.
CAPACITY = 16_400
#: Columns of a table: places and lengths; then number of the record, first line and first byte, of
#: which a scan of FASTA or BAM enters none. Of a FASTA `QUALITY` has numbers of lines.
NAME, NAME_LENGTH, SEQUENCE, LENGTH, QUALITY, RECORD, LINE, OFFSET = range(8)
COLUMNS = 8


class Before(NamedTuple):
    """What of a file is before a text.

    Parameters
    ----------
    records : int
    base : int
        Bytes.
    """

    records: int
    base: int


class Scanned(NamedTuple):
    """What a look through a text found.

    Parameters
    ----------
    records : int
        Whole records, in the table.
    size : int
        Their bytes.
    state : int
        As `compiled.states` says.
    extent : (int, int) or None
        Least and most letters of a record, if they are known.
    """

    records: int
    size: int
    state: int
    extent: tuple[int, int] | None = None


#: Looks through text (an array with spare bytes, and the number of those that count).
Scan = Callable[[NDArray[np.uint8], int, Reading, NDArray[np.int64], Before], Scanned]


def table_of(capacity: int) -> NDArray[np.int64]:
    """An empty table, a column behind the other."""
    return np.empty((COLUMNS, capacity), np.int64)
