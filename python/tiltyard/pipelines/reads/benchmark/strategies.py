"""Strategies of a study: what its configuration names, the plain implementation, and the limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE, Strategy
from tiltyard.pipelines.reads.benchmark import limits, peers
from tiltyard.pipelines.reads.benchmark.loading import PREFETCH, TORCH, TORCH_WORKERS, Loading
from tiltyard.pipelines.reads.implementations import NAMES
from tiltyard.pipelines.reads.workers.lending import PIPES, PROCESSES, THREADS

PLAIN = NAMES[0]
#: Backend of a strategy that works in one thread, and its tag.
SERIAL, ONE_THREAD = "serial", "one-thread"
#: Threads of an implementation, the main one with them; or worker processes of the quickest one,
#: beside the process that takes the batches. Then tasks of each that wait, and reads of a batch.
_NAME = re.compile(
    rf"(?:(?P<way>{'|'.join((*NAMES[1:], PROCESSES, PIPES))})-w(?P<workers>[1-9]\d*)"
    rf"|{TORCH}-w(?P<torch>{'|'.join(map(str, TORCH_WORKERS))}))"
    r"(?:-p(?P<prefetch>[1-9]\d*))?(?:-b(?P<batch>[1-9]\d*))?(?P<persistent>-persistent)?"
)
_EXAMPLES = (
    *("kernels-w1", "kernels-w2", "kernels-w1-b32", "numpy-batch-w1"),
    *("processes-w2-p4", "processes-w2-p2-b256-persistent", "pipes-w2", "torch-w2-b256"),
)
#: JSON Schema of the configuration's key ``strategies``.
SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {
        "description": (
            "implementation and threads, or worker processes; tasks of each that wait (p), reads "
            f"of a batch (b), and whether processes are kept, as {', '.join(_EXAMPLES)}; a limit; "
            "or a program of others"
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
            f"({', '.join(NAMES[1:])}) and its threads, or worker processes ({PROCESSES}, {PIPES}, "
            f"{TORCH} with {', '.join(map(str, TORCH_WORKERS))}), as in {', '.join(_EXAMPLES)}; a "
            f"limit ({', '.join(limits.NAMES)}); or a program of others ({', '.join(peers.NAMES)})"
        )
    return _own(place, match)


def _own(place: int, match: re.Match[str]) -> Strategy:
    """A strategy of ours, or of torch's workers that have our streams."""
    name, way = match.group(), match["way"] or TORCH
    number = int(match["workers"] or match["torch"])
    threads = way in NAMES
    loading = Loading(
        kind=THREADS if threads else way,
        workers=number - 1 if threads else number,
        prefetch=int(match["prefetch"] or PREFETCH),
        persistent=bool(match["persistent"]),
    )
    if match["prefetch"] and not loading.workers:
        raise ValueError(
            f"strategies[{place}]: {name} says how many tasks of each worker wait, and has no "
            "worker; leave out the -p, or give it some"
        )
    if loading.persistent and (threads or not loading.workers):
        raise ValueError(
            f"strategies[{place}]: {name} keeps worker processes, and has none; leave out "
            "-persistent"
        )
    backend = (THREADS if loading.workers else SERIAL) if threads else way
    tags = {TORCH: (PEER,), SERIAL: (ONE_THREAD,)}.get(backend, ())
    return Strategy(
        name=name,
        implementation=way if threads else NAMES[-1],
        backend=backend,
        workers=max(number, 1),
        block=match["batch"] or "",
        tags=tags,
        options=asdict(loading),
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
            if one.implementation == way and one.backend == SERIAL and not one.block:
                return one.name
    raise ValueError("strategies: no serial one, to which speed-ups are relative; add kernels-w1")
