"""Checks of what a step is given."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tiltyard.pipelines.reads.faults import InputError


def check_number(what: str, value: object, least: float, most: float = math.inf) -> None:
    """Raise `InputError` unless `value` is a number from `least` to `most`."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number and least <= value <= most):  # type: ignore[operator]
        raise InputError(f"{what} is {value!r}; give a number {_range(least, most)}")


def check_whole(what: str, value: object, least: int, most: float = math.inf) -> None:
    """Raise `InputError` unless `value` is a whole number from `least` to `most`."""
    number = isinstance(value, int) and not isinstance(value, bool)
    if not (number and least <= value <= most):  # type: ignore[operator]
        raise InputError(f"{what} is {value!r}; give a whole number {_range(least, most)}")


def check_choice(what: str, value: object, choices: Sequence[object]) -> None:
    """Raise `InputError` unless `value` is one of `choices`."""
    if value not in choices:
        raise InputError(f"{what} is {value!r}; give one of {', '.join(map(repr, choices))}")


def _range(least: float, most: float) -> str:
    return f"from {least}" + ("" if most == math.inf else f" to {most}")
