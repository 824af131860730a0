"""Strategies of a study: what its configuration names, the plain implementation, and the limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tiltyard.pipelines.pipeline import LIMIT, REFERENCE, Strategy
from tiltyard.pipelines.reads.implementations import NAMES

PLAIN = NAMES[0]
#: Limits that every study has beside its strategies.
LIMITS = ("read", "inflate")
_NAME = re.compile(rf"(?P<way>{'|'.join(NAMES[1:])})-w(?P<workers>[1-9]\d*)")
_EXAMPLES = ("kernels-w1", "kernels-w2", "numpy-batch-w1")
#: JSON Schema of the configuration's key ``strategies``.
SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {
        "description": f"implementation and threads, as {', '.join(_EXAMPLES)}",
        "type": "string",
    },
}


def strategies_of(settings: Sequence[str]) -> list[Strategy]:
    """Strategies that the configuration's key ``strategies`` names, and what is beside them.

    Raises
    ------
    ValueError
        If a name is none.
    """
    found = {PLAIN: Strategy(name=PLAIN, implementation=PLAIN, tags=(REFERENCE,))}
    for place, name in enumerate(settings):
        if name != PLAIN:
            found[name] = _named(place, name)
    for name in LIMITS:
        found[name] = Strategy(name=name, implementation=name, tags=(LIMIT,))
    return list(found.values())


def _named(place: int, name: str) -> Strategy:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(
            f"strategies[{place}]: {name} is none; write an implementation "
            f"({', '.join(NAMES[1:])}) and its threads, as in {', '.join(_EXAMPLES)}"
        )
    workers = int(match["workers"])
    backend = "threads" if workers > 1 else "serial"
    return Strategy(name=name, implementation=match["way"], backend=backend, workers=workers)


def baseline_of(strategies: Sequence[Strategy]) -> str:
    """Name of the serial strategy of the fastest implementation that is named.

    Raises
    ------
    ValueError
        If none is serial.
    """
    for way in reversed(NAMES[1:]):
        for one in strategies:
            if one.implementation == way and one.workers == 1:
                return one.name
    raise ValueError("strategies: no serial one, to which speed-ups are relative; add kernels-w1")
