"""Durations, counts and numbers in words."""

from __future__ import annotations

from typing import Any

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """The plural of a regular `noun`."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}{'es' if noun.endswith(('s', 'x', 'z', 'ch', 'sh')) else 's'}"


def number_text(value: float) -> str:
    """A number in few letters: 0.02, 10⁻⁶, 2×10⁻⁵.

    Two significant digits; powers of ten below 0.001.
    """
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    power = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    mantissa = mantissa.removesuffix(".0")
    return power if mantissa == "1" else f"{mantissa}×{power}"


def value_text(value: Any) -> str:
    """A value of an axis: words with blanks, whole numbers whole, others by `number_text`."""
    if isinstance(value, str):
        return value.replace("_", " ")
    return number_text(value) if isinstance(value, float) else str(value)
