"""Durations and counts in words."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`seconds` in the largest unit that keeps two digits or three."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} d"


def count(number: int, noun: str) -> str:
    """`number` of a thing, with the noun's plural where it needs one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
