"""Faults of files of sequences, of models, and of what is asked for."""

from __future__ import annotations


class InputError(ValueError):
    """Something cannot be done as asked; the message names what, the value and a remedy."""


class WorkFailed(RuntimeError):
    """Some files could not be worked on; the others are done."""


def shown(text: str, most: int = 40) -> str:
    """`text` in quotes, for a message; the beginning of a long one."""
    return repr(text) if len(text) <= most else f"{text[:most]!r} …"
