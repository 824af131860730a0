"""What the exit status of these commands means."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from tiltyard.pipelines.ending import ending

#: Exit status of a command whose input is refused, and of one that could not go on.
REFUSED, FAILED = 2, 1


def in_order(kept: Path | None = None) -> AbstractContextManager[None]:
    """End with one message: status 2 for a fault of the input, 1 for a work that could not go on.

    Parameters
    ----------
    kept : path or None
        Folder of finished files, from which the same command goes on after it was stopped.
    """
    from tiltyard.engine.extras import MissingPackage
    from tiltyard.engine.files.atomic import UnreadableFile

    refused = (UnreadableFile, MissingPackage, OSError, ValueError)
    # A RuntimeError is such as a worker that was killed.
    return ending({refused: REFUSED, (RuntimeError,): FAILED}, kept)
