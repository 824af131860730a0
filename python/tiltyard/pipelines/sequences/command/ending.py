"""What the exit status of these commands means, and how they warn."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path

from tiltyard.pipelines.ending import ending

#: Exit status of a command that is refused, and of one of which a part failed.
REFUSED, FAILED = 2, 1


def in_order(kept: Path | None = None) -> AbstractContextManager[None]:
    """End with one message: status 2 for what cannot be done as asked, 1 for what failed.

    Parameters
    ----------
    kept : path or None
        Folder of finished files, from which the same command goes on.
    """
    from tiltyard.engine.extras import MissingPackage

    # A RuntimeError is such as workers that cannot load their model.
    return ending({(MissingPackage, OSError, ValueError): REFUSED, (RuntimeError,): FAILED}, kept)


def warn(sentence: str) -> None:
    """Say what has to be read."""
    print(f"tiltyard: {sentence}", file=sys.stderr, flush=True)
