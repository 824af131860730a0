"""How work is to be spread, as far as somebody says it; the rest is chosen, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.faults import InputError

if TYPE_CHECKING:
    from tiltyard.pipelines.alleles.spreading.spread import Spread

AUTO = "auto"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for. Counts do not depend on it.

    Parameters
    ----------
    workers : int or None
        None for as many as this process has cores.
    backend, implementation, level : str
        One of `spreading.BACKENDS`, of `implementations.NAMES`, of `spreading.LEVELS`, or `AUTO`.
    block_size, block_distance : int
        As in `spreading.Spread`.
    """

    workers: int | None = 1
    backend: str = AUTO
    implementation: str = AUTO
    level: str = AUTO
    block_size: int = 2000
    block_distance: int = 100_000

    def settle(self, files: Sequence[tuple[Alignment, Sequence[Site]]]) -> tuple[Spread, str]:
        """How `files` are counted, and a sentence that says it and why.

        Raises
        ------
        ValueError
            If there is nothing of a name, a number is below 1, or two wishes contradict each other.
        """
        from tiltyard.pipelines.alleles.spreading.choosing import choose, cores
        from tiltyard.pipelines.alleles.spreading.spread import (
            BOTH,
            FILE,
            IMPLEMENTATION,
            SERIAL,
            Spread,
        )

        name = IMPLEMENTATION if self.implementation == AUTO else self.implementation
        if self.backend == SERIAL and (self.workers or 1) > 1:
            raise InputError(
                f"the backend {SERIAL} has one worker, and {self.workers} are asked for: "
                "--backend threads has several"
            )
        if self.backend == AUTO:
            # What is wrong with the wishes is said before anything is chosen.
            Spread(
                implementation=name,
                level=FILE if self.level == AUTO else self.level,
                workers=1,
                block_size=self.block_size,
                block_distance=self.block_distance,
            )
            chosen, why = choose(
                files,
                self.workers,
                implementation_name=name,
                block_size=self.block_size,
                block_distance=self.block_distance,
            )
            if self.level in (AUTO, chosen.level) or chosen.backend == SERIAL:
                return chosen, why
            asked = replace(chosen, level=self.level)
            return asked, f"{asked.name}: the level was asked for"
        workers = 1 if self.backend == SERIAL else self.workers or cores()
        level = FILE if len(files) >= workers else BOTH
        spread = Spread(
            implementation=name,
            backend=self.backend,
            workers=workers,
            block_size=self.block_size,
            block_distance=self.block_distance,
            level=level if self.level == AUTO else self.level,
        )
        return spread, f"{spread.name}: as asked for"
