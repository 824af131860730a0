"""Faults of spatial data, and of what is asked for; each says what, where and what to do."""

from __future__ import annotations

from collections.abc import Sequence


class InputError(ValueError):
    """Something cannot be done as asked; the message names what, the value and a remedy."""


class SpaceError(Exception):
    """The disk has too little room; the message has both numbers."""


class PartsError(Exception):
    """Results of ranges are no whole: gaps, overlaps or unlike parts, all of them listed."""


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first of `names`, and how many more there are."""
    shown = ", ".join(names[:most]) or "none"
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
