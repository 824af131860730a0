"""Strategies of a study: what its configuration names, the plain implementation, and the limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE, Strategy
from tiltyard.pipelines.reads.benchmark import limits, peers
from tiltyard.pipelines.reads.implementations import NAMES

PLAIN = NAMES[0]
_NAME = re.compile(
    rf"(?P<way>{'|'.join(NAMES[1:])})-w(?P<workers>[1-9]\d*)(?:-b(?P<batch>[1-9]\d*))?"
)
_EXAMPLES = ("kernels-w1", "kernels-w2", "kernels-w1-b32", "numpy-batch-w1")
#: JSON Schema of the configuration's key ``strategies``.
SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {
        "description": (
            f"implementation, threads and reads of a batch, as {', '.join(_EXAMPLES)}; a limit; or "
            "a program of others"
        ),
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
    return list((found | {name: _limit(name) for name in limits.ALWAYS}).values())


def _limit(name: str) -> Strategy:
    return Strategy(name=name, implementation=name, tags=(LIMIT,))


def _named(place: int, name: str) -> Strategy:
    if name in limits.NAMES:
        return _limit(name)
    if name in peers.NAMES:
        return Strategy(name=name, implementation=name, tags=(PEER,))
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(
            f"strategies[{place}]: {name} is none; write an implementation "
            f"({', '.join(NAMES[1:])}) and its threads, as in {', '.join(_EXAMPLES)}; a limit "
            f"({', '.join(limits.NAMES)}); or a program of others ({', '.join(peers.NAMES)})"
        )
    workers = int(match["workers"])
    return Strategy(
        name=name,
        implementation=match["way"],
        backend="threads" if workers > 1 else "serial",
        workers=workers,
        block=match["batch"] or "",
    )


def baseline_of(strategies: Sequence[Strategy]) -> str:
    """Name of the serial strategy of the fastest implementation that is named.

    Raises
    ------
    ValueError
        If none is serial.
    """
    for way in reversed(NAMES[1:]):
        for one in strategies:
            if one.implementation == way and one.workers == 1 and not one.block:
                return one.name
    raise ValueError("strategies: no serial one, to which speed-ups are relative; add kernels-w1")
