"""What an implementation is: one function that counts reads at the sites of one block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.options import Options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Function of a file, sorted distinct sites of one contig, and options. The sites' counts depend
#: on no other site, so that work can be cut between any two.
Count: TypeAlias = Callable[[Alignment, Sequence[Site], Options], Counts]
#: Function of a file and its sorted sites: for each the byte of the file from which it is read on,
#: and the byte where what the index knows together with it ends. Sites with the same first byte
#: read the same again if work is cut between them.
Offsets: TypeAlias = "Callable[[Alignment, Sequence[Site]], NDArray[np.int64]]"


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
    offsets : callable or None
        `Offsets`; None if it does not matter where work is cut.
    prepare : callable or None
        Loads compiled code, or compiles it; called once before counting, in the stage ``compile``.
    """

    name: str
    count: Count
    releases_gil: bool = False
    cram: bool = True
    offsets: Offsets | None = None
    prepare: Callable[[], object] | None = None
