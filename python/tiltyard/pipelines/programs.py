"""Programs of others that `make` installs for strategies of a study: where they are."""

from __future__ import annotations

from pathlib import Path


def installed(path: Path, otherwise: str) -> str:
    """A path that is there, as a command has it.

    Raises
    ------
    ValueError
        With the sentence `otherwise`, if it is not there.
    """
    if not path.exists():
        raise ValueError(otherwise)
    return str(path)
