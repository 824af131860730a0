"""How work is spread, and its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tiltyard.pipelines.alleles.implementations import NAMES

SERIAL, THREADS, PROCESSES, MULTIPROCESSING = "serial", "threads", "processes", "multiprocessing"
#: Where workers are: this process; its threads; processes of joblib's loky; forked ones.
BACKENDS = (SERIAL, THREADS, PROCESSES, MULTIPROCESSING)
FILE, BLOCK, BOTH = "file", "block", "both"
#: What a worker takes: a whole file; a block of sites, one file after another; a block of any file.
LEVELS = (FILE, BLOCK, BOTH)
IMPLEMENTATION = "mapped"
BLOCK_SIZE, BLOCK_DISTANCE = 2000, 100_000

_NAME = re.compile(
    rf"(?:({'|'.join(NAMES)})-)?({'|'.join(BACKENDS)})-w(\d+)-b(\d+)(?:-d(\d+))?"
    rf"(?:-({FILE}|{BOTH}))?"
)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How the counting of files is spread. Counts do not depend on it.

    Parameters
    ----------
    implementation : str
        One of `implementations.NAMES`. One that cannot read CRAM gives CRAM files to ``arrays``.
    backend : str
        One of `BACKENDS`.
    workers : int
        Threads or processes that count at once; 1 with ``serial``.
    block_size : int
        Most sites in a block.
    block_distance : int
        Most bases from a block's first site to its last.
    level : str
        One of `LEVELS`.

    Raises
    ------
    ValueError
        A value is none of these.
    """

    implementation: str = IMPLEMENTATION
    backend: str = SERIAL
    workers: int = 1
    block_size: int = BLOCK_SIZE
    block_distance: int = BLOCK_DISTANCE
    level: str = BLOCK

    def __post_init__(self) -> None:
        for value, what, known in (
            (self.implementation, "implementation", NAMES),
            (self.backend, "backend", BACKENDS),
            (self.level, "level", LEVELS),
        ):
            if value not in known:
                raise ValueError(f"no {what} is named {value!r}; there are {', '.join(known)}")
        for number, what in (
            (self.workers, "number of workers"),
            (self.block_size, "size of a block"),
            (self.block_distance, "distance inside a block"),
        ):
            if number < 1:
                raise ValueError(f"the {what} is {number}; it has to be at least 1")
        if self.backend == SERIAL and self.workers > 1:
            raise ValueError(
                f"serial has one worker, not {self.workers}; choose threads for more of them"
            )

    @property
    def name(self) -> str:
        """All of it in a name, as ``arrays-processes-w2-b500``, without what is usual."""
        parts = [] if self.implementation == IMPLEMENTATION else [self.implementation]
        parts += [self.backend, f"w{self.workers}", f"b{self.block_size}"]
        if self.block_distance != BLOCK_DISTANCE:
            parts.append(f"d{self.block_distance}")
        if self.level != BLOCK:
            parts.append(self.level)
        return "-".join(parts)

    @classmethod
    def parse(cls, name: str) -> Spread:
        """The spread of that name.

        Raises
        ------
        ValueError
            It is none.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(
                f"{name!r} says no spread; write [implementation-]backend-wN-bN[-dN][-file|-both], "
                f"such as threads-w2-b2000; implementations: {', '.join(NAMES)}; "
                f"backends: {', '.join(BACKENDS)}"
            )
        implementation, backend, workers, size, distance, level = found.groups()
        return cls(
            implementation=implementation or IMPLEMENTATION,
            backend=backend,
            workers=int(workers),
            block_size=int(size),
            block_distance=int(distance or BLOCK_DISTANCE),
            level=level or BLOCK,
        )
