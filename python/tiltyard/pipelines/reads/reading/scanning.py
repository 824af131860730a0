"""What looks through FASTQ text, and the table that it fills."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.rule.record import Reading

#: Rows of a table.
CAPACITY = 8192
#: Columns of a table: places and lengths. Of a FASTA the last one has numbers of lines.
NAME, NAME_LENGTH, SEQUENCE, LENGTH, QUALITY = range(5)
COLUMNS = 5


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
    """

    records: int
    size: int
    state: int


#: Looks through text (an array with spare bytes, and the number of those that count).
Scan = Callable[[NDArray[np.uint8], int, Reading, NDArray[np.int64]], Scanned]


def table_of(capacity: int) -> NDArray[np.int64]:
    """An empty table, a column behind the other."""
    return np.empty((COLUMNS, capacity), np.int64)
