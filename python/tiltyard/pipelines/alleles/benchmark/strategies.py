"""Strategies of a study: what its configuration names, the plain implementation, and the limits."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tiltyard.pipelines.alleles.benchmark import peers
from tiltyard.pipelines.alleles.benchmark.claims import CHOSEN, LARGE, LARGE_BLOCKS
from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE, Strategy

IMPLEMENTATIONS = ("mapped", "arrays", "reference")
SERIAL = "serial"
BACKENDS = (SERIAL, "threads", "processes", "multiprocessing")
LEVELS = ("block", "file", "both")
#: What a name leaves out.
IMPLEMENTATION, DISTANCE, LEVEL = "mapped", 100_000, "block"
#: Variants of a block where a configuration does not say it.
BLOCK = 2000
#: Begin of the name, and tag, of strategies that choose all but the number of workers themselves.
AUTO = "auto"
AUTO_NAME = re.compile(rf"{AUTO}-w(?P<workers>[1-9]\d*)")
#: Limits that every study of BAM files has beside its strategies.
LIMITS = ("read", "inflate")
NAME = re.compile(
    rf"(?:(?P<implementation>{'|'.join(IMPLEMENTATIONS)})-)?(?P<backend>{'|'.join(BACKENDS)})"
    rf"-w(?P<workers>[1-9]\d*)-b(?P<block>[1-9]\d*)(?:-d(?P<distance>[1-9]\d*))?"
    r"(?:-(?P<level>file|both))?"
)


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
            "implementation": _words("how reads are counted", IMPLEMENTATIONS),
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
    found: dict[str, Strategy] = {"reference": _plain()}
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
    for implementation in IMPLEMENTATIONS:
        for one in strategies:
            compared = CHOSEN in one.tags and one.backend == SERIAL
            if compared and one.implementation == implementation:
                return one.name
    raise ValueError("strategies has no serial one, to which the others are set in relation")


def _plain() -> Strategy:
    options = {"distance": DISTANCE, "level": LEVEL}
    return Strategy(
        name="reference", implementation="reference", block=str(BLOCK), tags=(REFERENCE,),
        options=options,
    )  # fmt: skip


def _limit(name: str) -> Strategy:
    return Strategy(name=name, implementation=name, tags=(LIMIT,))


def _named(place: int, name: str) -> Strategy:
    if name == "reference":
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
    found = NAME.fullmatch(name)
    if not found:
        raise ValueError(
            f"strategies[{place}] is {name!r}: it is none of {', '.join(peers.EXAMPLES)}, "
            "nor a name such as auto-w2, threads-w2-b2000 or arrays-processes-w2-b500-d10000-file"
        )
    parts = found.groupdict()
    workers, block = int(parts["workers"]), int(parts["block"])
    if (parts["backend"] == SERIAL) != (workers == 1):
        raise ValueError(f"strategies[{place}] is {name!r}: serial has 1 worker, and others more")
    distance = int(parts["distance"] or DISTANCE)
    return _chosen(
        parts["implementation"] or IMPLEMENTATION, parts["backend"], workers, block, distance,
        parts["level"] or LEVEL,
    )  # fmt: skip


def _products(lists: Mapping[str, Sequence[Any]]) -> Iterator[Strategy]:
    """Every combination, but for serial with several workers and other backends with one."""
    usual: dict[str, Sequence[Any]] = {
        "implementation": [IMPLEMENTATION],
        "backend": [SERIAL, "threads"],
        "workers": [1, 2],
        "block": [BLOCK],
        "distance": [DISTANCE],
        "level": [LEVEL],
    }
    chosen: list[Sequence[Any]] = list({**usual, **lists}.values())
    for implementation, backend, workers, block, distance, level in itertools.product(*chosen):
        if (backend == SERIAL) == (workers == 1):
            yield _chosen(implementation, backend, workers, block, distance, level)


def _chosen(
    implementation: str, backend: str, workers: int, block: int, distance: int, level: str
) -> Strategy:
    if backend == SERIAL:
        level = LEVEL  # one after another in any case
    parts = [
        *([implementation] if implementation != IMPLEMENTATION else []),
        *(backend, f"w{workers}", f"b{block}"),
        *([f"d{distance}"] if distance != DISTANCE else []),
        *([level] if level != LEVEL else []),
    ]
    tags = (CHOSEN, LARGE_BLOCKS) if block >= LARGE else (CHOSEN,)
    return Strategy(
        name="-".join(parts),
        implementation=implementation,
        backend=backend,
        workers=workers,
        block=str(block),
        tags=tags,
        options={"distance": distance, "level": level},
    )
