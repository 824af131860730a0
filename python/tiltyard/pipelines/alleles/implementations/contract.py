"""What an implementation is: one function that counts reads at the sites of one block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.options import Options

#: Function of a file, sorted distinct sites of one contig, and options. The sites' counts depend
#: on no other site, so that work can be cut between any two.
Count: TypeAlias = Callable[[Alignment, Sequence[Site], Options], Counts]


@dataclass(frozen=True)
class Implementation:
    """An implementation of counting.

    Parameters
    ----------
    name : str
    count : callable
        `Count`.
    releases_gil : bool
        Whether threads run at the same time.
    cram : bool
        Whether it reads CRAM.
    """

    name: str
    count: Count
    releases_gil: bool = False
    cram: bool = True
