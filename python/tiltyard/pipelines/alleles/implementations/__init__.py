"""Implementations of counting, a file each: one that reads like the rule, and faster ones."""

from __future__ import annotations

import importlib

from tiltyard.pipelines.alleles.implementations.contract import Implementation

#: Modules of this package, each with an `IMPLEMENTATION`: imported when they are asked for.
NAMES = ("reference", "arrays", "mapped")


def implementation(name: str) -> Implementation:
    """The implementation of that name, one of `NAMES`.

    Raises
    ------
    ValueError
        There is none.
    """
    if name not in NAMES:
        raise ValueError(f"no implementation is named {name!r}; there are {', '.join(NAMES)}")
    found: Implementation = importlib.import_module(f"{__name__}.{name}").IMPLEMENTATION
    return found


def implementations() -> list[Implementation]:
    """All implementations, the reference first."""
    return [implementation(name) for name in NAMES]
