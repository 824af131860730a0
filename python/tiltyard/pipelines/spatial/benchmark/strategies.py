"""Strategies of a study: what its configuration names, the plain implementation, and the limit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE, TOLERANT, Strategy
from tiltyard.pipelines.spatial.benchmark import peers
from tiltyard.pipelines.spatial.implementations import NAMES

PLAIN = NAMES[0]
#: What every study has beside its strategies: reading the ranks of all neighbours, and writing
#: as many bytes as there are scores.
LIMITS = ("copy",)
#: Spots of a batch, where a name says nothing.
BATCH = 500
_NAME = re.compile(
    rf"(?P<way>{'|'.join(NAMES[1:])})(?P<apart>-processes)?-w(?P<workers>[1-9]\d*)"
    r"(-b(?P<batch>[1-9]\d*))?(-q(?P<queue>[1-9]\d*))?(-r(?P<readers>[1-9]\d*))?"
)
_EXAMPLES = (
    *("numba-fused-w1", "numba-fused-processes-w2", "numba-fused-w2-b500-q5-r16"),
    "jax-batch-w1",
)
#: JSON Schema of the configuration's key ``strategies``.
SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {
        "description": "implementation, whether in processes, compute workers, spots of a batch, "
        f"batches that wait for each worker, readers, as {', '.join(_EXAMPLES)}; or a program of "
        f"others, as {', '.join(peers.EXAMPLES)}",
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
    if (threads := peers.parse(name)) is not None:
        return Strategy(
            name=name, implementation="gsmap3d", backend="jax", workers=threads, tags=(PEER,)
        )
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(
            f"strategies[{place}]: {name} is none; write an implementation "
            f"({', '.join(NAMES[1:])}) and its workers, as in {', '.join(_EXAMPLES)}; "
            f"or a program of others, as {', '.join(peers.EXAMPLES)}"
        )
    workers, batch = int(match["workers"]), int(match["batch"] or BATCH)
    options = {"batch": batch}
    options |= {key: int(match[key]) for key in ("queue", "readers") if match[key]}
    backend = "processes" if match["apart"] else "threads" if workers > 1 else "serial"
    return Strategy(
        name=name,
        implementation=match["way"],
        backend=backend,
        workers=workers,
        block=str(batch),
        tags=(TOLERANT,),
        options=options,
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
            if one.implementation == way and one.backend == "serial":
                return one.name
    raise ValueError(
        "strategies: no serial one, to which speed-ups are relative; add numba-fused-w1"
    )
