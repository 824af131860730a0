"""Strategies of a study: what its configuration names, the plain way, and the limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE, TOLERANT, Strategy
from tiltyard.pipelines.sequences.benchmark.peers import BIOPYTHON
from tiltyard.pipelines.sequences.benchmark.workloads import EMBED
from tiltyard.pipelines.sequences.embedding.assigning import ASSIGNMENTS

SINGLE, PLAIN, NUMPY = "single", "plain", "numpy"
#: Tag of what embeds: for claims of the best of them.
EMBEDDING = "embedding"
#: Limits of each task.
READ, PRODUCTS = "read", "products"
#: Batches of the strategies that say nothing of theirs.
USUAL = "budget:1024"
#: Workers of the strategies that compare assignments.
_ASSIGNED = 2
_NAME = re.compile(
    r"(?:batched|(?P<sorted>sorted))-b(?P<count>[1-9]\d*)"
    r"|(?P<sorted_budget>sorted-)?budget-t(?P<budget>[1-9]\d*)"
    r"|processes-w(?P<workers>[1-9]\d*)-t(?P<threads>[1-9]\d*)"
    r"|threads-w(?P<callers>[1-9]\d*)"
    rf"|assign-(?P<assignment>{'|'.join(ASSIGNMENTS)})"
    r"|load-(?P<load>once|per-file)"
)
_EXAMPLES = (
    *("batched-b32", "sorted-b32", "budget-t4096", "sorted-budget-t1024", "processes-w2-t1"),
    *("threads-w2", "assign-round_robin", "load-per-file"),
)
#: JSON Schema of the configuration's key ``strategies``.
SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {
        "description": f"to embed: {', '.join(_EXAMPLES)}; to read: {NUMPY}, {BIOPYTHON}",
        "type": "string",
    },
}


def strategies_of(settings: Sequence[str], task: str) -> list[Strategy]:
    """Strategies that the configuration's key ``strategies`` names, and what is beside them.

    Raises
    ------
    ValueError
        If a name is none of the task.
    """
    plain, limits = (SINGLE, (READ, PRODUCTS)) if task == EMBED else (PLAIN, (READ,))
    tags = (REFERENCE, EMBEDDING) if task == EMBED else (REFERENCE,)
    options = {"batch": "count:1", "sort": "none"} if task == EMBED else {}
    found = {plain: Strategy(name=plain, implementation=plain, tags=tags, options=options)}
    for place, name in enumerate(settings):
        if name != plain:
            found[name] = _embedding(place, name) if task == EMBED else _reading(place, name)
    for name in limits:
        found[name] = Strategy(name=name, implementation=name, tags=(LIMIT,))
    return list(found.values())


def _reading(place: int, name: str) -> Strategy:
    if name == BIOPYTHON:
        return Strategy(name=name, implementation=name, tags=(PEER,))
    if name != NUMPY:
        raise ValueError(
            f"strategies[{place}]: {name} reads no chunks; there are {NUMPY} and {BIOPYTHON}"
        )
    return Strategy(name=NUMPY, implementation=NUMPY)


def _embedding(place: int, name: str) -> Strategy:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(
            f"strategies[{place}]: {name} is none; write one such as {', '.join(_EXAMPLES)}"
        )
    said = match.groupdict()
    options: dict[str, Any] = {"batch": USUAL, "sort": "length"}
    workers, backend = 1, "serial"
    if said["count"]:
        options = {"batch": f"count:{said['count']}", "sort": _sort(said["sorted"])}
    elif said["budget"]:
        options = {"batch": f"budget:{said['budget']}", "sort": _sort(said["sorted_budget"])}
    elif said["workers"]:
        own, threads = int(said["workers"]), int(said["threads"])
        options |= {"workers": own, "threads": threads}
        workers, backend = own * threads, "processes" if own > 1 else "serial"
    elif said["callers"]:
        workers = int(said["callers"])
        options["callers"], backend = workers, "threads" if workers > 1 else "serial"
    elif said["assignment"]:
        workers, backend = _ASSIGNED, "processes"
        options |= {"workers": workers, "assignment": said["assignment"]}
    else:
        options["load"] = said["load"]
    return Strategy(
        name=name,
        implementation=name.partition("-")[0],
        backend=backend,
        workers=workers,
        block=str(options["batch"]),
        tags=(TOLERANT, EMBEDDING),
        options=options,
    )


def _sort(said: str | None) -> str:
    return "length" if said else "none"


def baseline_of(strategies: Sequence[Strategy], task: str) -> str:
    """Name of the serial strategy that speed-ups are relative to: the best kind that is named.

    Raises
    ------
    ValueError
        If chunks are read in no other way than the plain one.
    """
    serial = [
        one.name
        for one in strategies
        if one.workers == 1 and not {LIMIT, PEER, REFERENCE} & set(one.tags)
    ]
    if task != EMBED:
        if NUMPY not in serial:
            raise ValueError(f"strategies: {NUMPY} is missing, to which speed-ups are relative")
        return NUMPY
    for begin in ("sorted-budget-", "sorted-", "load-once", "budget-", "batched-"):
        for name in serial:
            if name.startswith(begin):
                return name
    return SINGLE
