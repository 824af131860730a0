"""Strategies of a study: what its configuration names, the plain implementation, and the limits."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tiltyard.pipelines.alleles.benchmark import peers
from tiltyard.pipelines.alleles.benchmark.claims import CHOSEN, LARGE, LARGE_BLOCKS
from tiltyard.pipelines.alleles.implementations import NAMES
from tiltyard.pipelines.alleles.spreading.spread import (
    BACKENDS,
    BLOCK,
    BLOCK_DISTANCE,
    BLOCK_SIZE,
    IMPLEMENTATION,
    LEVELS,
    SERIAL,
    THREADS,
    Spread,
)
from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE, Strategy

#: Name of the plain implementation, and of the strategy that decides what is right.
PLAIN = "reference"
#: Implementations whose serial strategy speed-ups are relative to, the first that there is.
FASTEST_FIRST = ("mapped", "arrays", PLAIN)
#: Begin of the name, and tag, of strategies that choose all but the number of workers themselves.
AUTO = "auto"
AUTO_NAME = re.compile(rf"{AUTO}-w(?P<workers>[1-9]\d*)")
#: Limits that every study of BAM files has beside its strategies.
LIMITS = ("read", "inflate")


def _numbers(meaning: str, most: int) -> dict[str, Any]:
    number = {"type": "integer", "minimum": 1, "maximum": most}
    return {"type": "array", "items": number, "minItems": 1, "description": meaning}


def _words(meaning: str, words: Sequence[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": list(words)}, "minItems": 1, "description": meaning}


#: JSON Schema of the configuration's key ``strategies``.
SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "description": "a name, or lists of which every combination is meant",
        "type": ["string", "object"],
        "additionalProperties": False,
        "properties": {
            "implementation": _words("how reads are counted", NAMES),
            "backend": _words("what the workers are; serial is alone", BACKENDS),
            "workers": _numbers("threads or processes that count at once", 1024),
            "block": _numbers("variants of a block", 10**9),
            "distance": _numbers("bases from a block's first variant to its last", 2**31),
            "level": _words("what a worker gets: a file, a block, or both", LEVELS),
        },
    },
}


def strategies_of(settings: Sequence[Any], limits: Sequence[str] = LIMITS) -> list[Strategy]:
    """Strategies that the configuration's key ``strategies`` names, and what is beside them.

    Raises
    ------
    ValueError
        If a name is none, or nothing is left to compare.
    """
    found: dict[str, Strategy] = {PLAIN: _plain()}
    for place, entry in enumerate(settings):
        own = [_named(place, entry)] if isinstance(entry, str) else list(_products(entry))
        if not own:
            raise ValueError(
                f"strategies[{place}] gives none: serial has 1 worker, and all other backends more"
            )
        found |= {strategy.name: strategy for strategy in own}
    found |= {name: _limit(name) for name in limits}
    return list(found.values())


def baseline_of(strategies: Sequence[Strategy]) -> str:
    """Name of the serial strategy that comes first, of the fastest implementation there is.

    Raises
    ------
    ValueError
        If none is serial.
    """
    serial = [one for one in strategies if CHOSEN in one.tags and one.backend == SERIAL]
    for implementation in FASTEST_FIRST:
        for one in serial:
            if one.implementation == implementation:
                return one.name
    raise ValueError(
        "strategies: no serial one, to which speed-ups are relative; add serial-w1-b2000"
    )


def _plain() -> Strategy:
    plain = _of(Spread(implementation=PLAIN))
    return replace(plain, name=PLAIN, tags=(REFERENCE,))


def _limit(name: str) -> Strategy:
    return Strategy(name=name, implementation=name, tags=(LIMIT,))


def _named(place: int, name: str) -> Strategy:
    if name == PLAIN:
        return _plain()
    if name in LIMITS:
        return _limit(name)
    if found := AUTO_NAME.fullmatch(name):
        workers = int(found["workers"])
        return Strategy(name=name, implementation=AUTO, backend=AUTO, workers=workers, tags=(AUTO,))
    if peer := peers.parse(name):
        program, workers = peer
        backend = "threads" if workers > 1 else SERIAL
        return Strategy(
            name=name, implementation=program, backend=backend, workers=workers, tags=(PEER,)
        )
    try:
        return _of(_sensible(Spread.parse(name)))
    except ValueError as error:
        others = ", ".join(("auto-w2", *peers.EXAMPLES))
        raise ValueError(f"strategies[{place}]: {error}; or one of {others}") from error


def _sensible(spread: Spread) -> Spread:
    if spread.backend != SERIAL and spread.workers == 1:
        raise ValueError(f"{spread.name} has one worker: serial is the backend of one")
    return spread


def _products(lists: Mapping[str, Sequence[Any]]) -> Iterator[Strategy]:
    """Every combination, but for serial with several workers and other backends with one."""
    usual: dict[str, Sequence[Any]] = {
        "implementation": [IMPLEMENTATION],
        "backend": [SERIAL, THREADS],
        "workers": [1, 2],
        "block": [BLOCK_SIZE],
        "distance": [BLOCK_DISTANCE],
        "level": [BLOCK],
    }
    chosen: list[Sequence[Any]] = list({**usual, **lists}.values())
    for implementation, backend, workers, block, distance, level in itertools.product(*chosen):
        if (backend == SERIAL) == (workers == 1):
            yield _of(
                Spread(
                    implementation=implementation,
                    backend=backend,
                    workers=workers,
                    block_size=block,
                    block_distance=distance,
                    level=BLOCK if backend == SERIAL else level,  # one after another in any case
                )
            )


def _of(spread: Spread) -> Strategy:
    tags = (CHOSEN, LARGE_BLOCKS) if spread.block_size >= LARGE else (CHOSEN,)
    return Strategy(
        name=spread.name,
        implementation=spread.implementation,
        backend=spread.backend,
        workers=spread.workers,
        block=str(spread.block_size),
        tags=tags,
        options={"distance": spread.block_distance, "level": spread.level},
    )
