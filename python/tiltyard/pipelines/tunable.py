"""What a pipeline brings beside its strategies so that `tiltyard tune` can try a person's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from tiltyard.pipelines.pipeline import Strategy, Work


@runtime_checkable
class Tunable(Protocol):
    """Members of a pipeline, beside those of `Pipeline`, that `tiltyard tune` asks for.

    Attributes
    ----------
    auto : str
        Option of its command that takes what is remembered, as ``--threads auto``.
    """

    auto: str

    def own(self, files: Sequence[Path]) -> Work:
        """The work of a person's own files, in whatever sequence they are given.

        Raises
        ------
        ValueError
            If one is missing or is of no use, with what has to be given.
        """

    def candidates(self, work: Work, cores: int) -> Sequence[Strategy]:
        """Strategies to try on `cores` cores, at least the serial one, which comes first."""

    def amount(self, work: Work) -> float:
        """How much work there is, in a unit to which its cost is proportional, beside a start."""

    def sample(self, work: Work, folder: Path, share: float) -> Work:
        """About `share` of `work`, 0 to 1, as like the whole as can be; files go to `folder`."""

    def command_line(self, strategy: Strategy, work: Work) -> str:
        """The command that a person would type to do `work` as `strategy` says."""
