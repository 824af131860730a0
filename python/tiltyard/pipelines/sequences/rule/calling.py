"""What is said of a chunk from its frames, and of a contig from its chunks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from tiltyard.pipelines.sequences.rule.frames import AMBIGUOUS, NO_OPEN_FRAME, TOO_SHORT

OK, EMPTY, FEW_CHUNKS, FAILED = "ok", "empty", "few_chunks", "failed"
#: Reasons of chunks without a score, the one that a contig is given first.
REASONS = (AMBIGUOUS, NO_OPEN_FRAME, TOO_SHORT)


@dataclass(frozen=True)
class Scores:
    """Scores of a frame or of a chunk, which sum to 1 for a frame."""

    others: float
    virus: float

    @property
    def prediction(self) -> str:
        """Of a frame: ``virus`` if that score is the higher one."""
        return "virus" if self.virus > self.others else "others"

    @property
    def is_virus(self) -> bool:
        """Of a chunk: a tie is called virus, as the public system does."""
        return self.virus >= self.others


def consensus(frames: Sequence[Scores]) -> Scores:
    """Scores of a chunk: the highest of its frames, each by itself."""
    return Scores(max(one.others for one in frames), max(one.virus for one in frames))


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When a contig is called virus.

    Parameters
    ----------
    min_share : float
        Of its scored chunks that are virus.
    min_score : float
        Mean score of all its scored chunks.
    min_chunks : int
        Scored chunks, below which nothing is said.
    """

    min_share: float = 0.5
    min_score: float = 0.0
    min_chunks: int = 1


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is said of a contig; None where nothing can be."""

    chunks: int
    scored: int
    virus: int
    share: float | None = None
    is_virus: bool | None = None
    mean: float | None = None
    least: float | None = None
    most: float | None = None
    status: str


def call(chunks: Sequence[Scores | str], thresholds: Thresholds) -> Call:
    """What is said of a contig.

    Parameters
    ----------
    chunks : sequence of Scores or str
        Scores of each chunk, or the reason why it has none.
    thresholds : Thresholds
    """
    scored = [one for one in chunks if isinstance(one, Scores)]
    virus = sum(one.is_virus for one in scored)
    said = partial(Call, chunks=len(chunks), scored=len(scored), virus=virus)
    if not scored:
        reasons = {one for one in chunks if isinstance(one, str)}
        status = next((one for one in REASONS if one in reasons), FAILED)
        return said(status=status if chunks else EMPTY)
    if len(scored) < thresholds.min_chunks:
        return said(status=FEW_CHUNKS)
    values = [one.virus for one in scored]
    share, mean = virus / len(scored), sum(values) / len(values)
    return said(
        share=share,
        is_virus=share >= thresholds.min_share and mean >= thresholds.min_score,
        mean=mean,
        least=min(values),
        most=max(values),
        status=OK,
    )


def regions(chunks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Begin and end of the regions that virus chunks cover; those that touch are one.

    Parameters
    ----------
    chunks : iterable of (int, int)
        Begin and end of each virus chunk of a contig, in order.
    """
    found: list[tuple[int, int]] = []
    for start, end in chunks:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
