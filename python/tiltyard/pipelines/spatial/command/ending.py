"""What the exit status of these commands means, and what they say on standard error."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager

from tiltyard.pipelines.ending import ending

#: Exit status of work that could not go on, of a command that is refused, of a disk with too
#: little room, and of results that are no whole.
FAILED, REFUSED, NO_SPACE, NO_WHOLE = 1, 2, 3, 4


def in_order() -> AbstractContextManager[None]:
    """End with one message and the status of its kind."""
    from tiltyard.engine.extras import MissingPackage
    from tiltyard.pipelines.spatial.faults import InputError, PartsError, SpaceError

    return ending(
        {
            (SpaceError,): NO_SPACE,
            (PartsError,): NO_WHOLE,
            (InputError, MissingPackage): REFUSED,
            (OSError, RuntimeError, MemoryError): FAILED,
        }
    )


def needed(way: str = "") -> None:
    """Refuse to begin without the packages of the extra `spatial`, and what `way` needs."""
    from tiltyard.engine.extras import require
    from tiltyard.pipelines.spatial.jax import needed_by

    for module in ("h5py", "numba", "pyarrow"):
        require(module, "tiltyard spatial", "spatial")
    needed_by(way)


def say(sentence: str) -> None:
    """Say something on standard error."""
    print(sentence, file=sys.stderr, flush=True)


def warn(sentence: str) -> None:
    """Say what a person should look at."""
    say(f"warning: {sentence}")
