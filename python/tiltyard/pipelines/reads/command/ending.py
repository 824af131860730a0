"""What the exit status of these commands means."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tiltyard.pipelines.ending import ending

#: Exit status of a command that is refused, and of one whose input is damaged.
REFUSED, DAMAGED = 2, 1


def in_order() -> AbstractContextManager[None]:
    """End with one message: status 1 for a damaged file, 2 for what cannot be done as asked.

    A worker process that died, for want of memory say, is 1 too: asked again, it may be done.
    """
    from tiltyard.engine.extras import MissingPackage
    from tiltyard.pipelines.reads.faults import LetterError, ReadError, WorkerDied

    refused = (MissingPackage, OSError, ValueError)
    return ending({(ReadError, LetterError, WorkerDied): DAMAGED, refused: REFUSED})
