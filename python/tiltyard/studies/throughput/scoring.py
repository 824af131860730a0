"""Rows of a launch: one for the whole, and one for each of its stages."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tiltyard.engine.outcome import COSTS, Outcome, Status
from tiltyard.pipelines.pipeline import LIMIT
from tiltyard.pipelines.stages import OTHER, STARTING
from tiltyard.studies.throughput.dataset import Round
from tiltyard.studies.throughput.roles import TOTAL
from tiltyard.studies.throughput.strategies import LaunchedMethod

#: Statuses of this kind.
WRONG_OUTPUT, TOO_SHORT, NOT_NEEDED = "wrong_output", "too_short", "not_needed"
#: Tag of the rows of stages, which are not ranked: a stage is no launch.
PART = "part"
#: Work below which a launch has no time [s].
LEAST_SECONDS = 0.01
#: A number in a warning.
NUMBER = re.compile(r"\d+(?:\.\d+)?")
#: Result of an outcome of a round that was not needed.
SPARED: Mapping[str, Any] = {"spared": True}
#: Costs of a launch that its rows take over.
OF_LAUNCH = (
    *("cpu_user", "cpu_system", "cpu_children", "cpu_source", "anonymous_mb", "file_mb"),
    *("memory_source", "memory_samples", "bytes_read", "bytes_written"),
)
#: What is known of a launch, whatever its status.
KNOWN = ("digest", "position", "queue_seconds", "units", "unit", "machine", "job", "cores")


def rows_of(method: LaunchedMethod, dataset: Round, outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Rows of one launch, and of its first one where the round was repeated."""
    facts = outcome.result or {}
    if facts.get("spared"):
        yield {
            **_of_method(method),
            "stage": TOTAL,
            "status": NOT_NEEDED,
            "digest": dataset.files_digest,
            "counted": False,
        }
        return
    yield from _of_launch(method, outcome)
    if outcome.earlier is not None:
        yield from _of_launch(method, outcome.earlier)


def _of_launch(method: LaunchedMethod, outcome: Outcome) -> Iterator[dict[str, Any]]:
    facts = outcome.result or {}
    whole = {
        **_of_method(method),
        **{name: facts.get(name) for name in KNOWN},
        **{name: facts.get(name) for name in ("steal_share", "foreign_share", "warnings")},
        "counted": facts.get("counted", True),
        "output_digest": facts.get("output_digest"),
        "alarms": joined(facts.get("alarms", ())),
        "stage": TOTAL,
        "status": str(outcome.status),
        "message": outcome.message,
        **{name: _known(getattr(outcome, name)) for name in COSTS},
    }
    own = status_of(method, outcome)
    if own is not None:
        yield {**whole, "status": own[0], "message": own[1]}
        return
    yield {**whole, **{name: _known(facts.get(name)) for name in OF_LAUNCH}}
    if outcome.status is not Status.OK:
        return
    nothing = dict.fromkeys(COSTS)
    tags = ",".join([*method.tags, PART])
    for stage in facts["stages"]:
        costs = {name: stage[name] for name in ("wall_seconds", "cpu_seconds")}
        yield {**whole, **nothing, "stage": stage["name"], "tags": tags, **costs}


def _of_method(method: LaunchedMethod) -> dict[str, Any]:
    return {
        "implementation": method.family,
        "backend": method.backend,
        "workers": method.workers,
        "block": method.block,
    }


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def status_of(method: LaunchedMethod, outcome: Outcome) -> tuple[str, str] | None:
    """The kind's own status of a launch with its message; None if it has none.

    Equality comes first: a wrong output has no time, however long it took.
    """
    if outcome.status is not Status.OK:
        return None
    facts = outcome.result
    if facts["difference"] and LIMIT not in method.tags:
        return WRONG_OUTPUT, facts["difference"]
    seconds = work_seconds(facts["stages"])
    if seconds < LEAST_SECONDS:
        return TOO_SHORT, _too_short(seconds, facts["units"], facts["unit"])
    return None


def work_seconds(stages: Sequence[Mapping[str, Any]]) -> float:
    """Seconds of a launch without its start: of its stages of work, if it names them.

    CPU or wall, whichever is less: a wait makes no work longer, and workers share it.
    """
    named = [one for one in stages if one["name"] not in (*STARTING, OTHER)]
    left = named or [one for one in stages if one["name"] not in STARTING]
    return min(math.fsum(one[name] for one in left) for name in ("wall_seconds", "cpu_seconds"))


def _too_short(seconds: float, units: int, unit: str) -> str:
    # Below a tenth of a millisecond clocks say nothing of the work.
    needed = units / max(seconds, 1e-4)
    digits = max(0, math.floor(math.log10(needed)) - 1) if needed > 0 else 0
    rounded = round(needed, -digits)
    return (
        f"took {seconds * 1e3:.1f} ms of work for {units:,} {unit}: about {rounded:,.0f} {unit} "
        "would take 1 s"
    )


def together(outcomes: Mapping[Any, Outcome]) -> dict[Any, Outcome]:
    """Outcomes of a round, each with the shares that others took of the whole round.

    Where the round was repeated, the repetition counts, unless it was more disturbed.
    """
    first = {key: one.earlier or one for key, one in outcomes.items()}
    repeated = any(one.earlier is not None for one in outcomes.values())
    shares = shares_of(first.values())
    if not repeated:
        return {key: _with(one, **shares) for key, one in outcomes.items()}
    again = shares_of(one for one in outcomes.values() if one.earlier is not None)
    counts = disturbance(again) <= disturbance(shares)

    def told(one: Outcome) -> Outcome:
        if one.earlier is None:  # the repetition was not finished
            return _with(one, **shares, counted=not counts)
        first = _with(one.earlier, **shares, counted=not counts)
        return _with(one, earlier=first, **again, counted=counts)

    return {key: told(one) for key, one in outcomes.items()}


def joined(texts: Iterable[str]) -> str:
    """Texts in one column, from where they are split at semicolons again.

    What they quote, a command line say, may have semicolons too: those become commas.
    """
    return "; ".join(text.replace("; ", ", ") for text in texts)


def _with(outcome: Outcome, *, earlier: Outcome | None = None, **facts: Any) -> Outcome:
    return replace(outcome, result={**(outcome.result or {}), **facts}, earlier=earlier)


def shares_of(outcomes: Any) -> dict[str, Any]:
    """Shares of the cores' time that others took during some launches, and what was warned of."""
    known = [one.result for one in outcomes if (one.result or {}).get("watched_seconds")]
    watched = math.fsum(one["watched_seconds"] for one in known)
    if not watched:
        return {"steal_share": None, "foreign_share": None, "warnings": ""}
    shares = {
        name: math.fsum(one[name] * one["watched_seconds"] for one in known) / watched
        for name in ("steal_share", "foreign_share")
    }
    said = (warning for one in known for warning in one["warnings"])
    return {**shares, "warnings": joined(strongest(said))}


def strongest(warnings: Iterable[str]) -> list[str]:
    """One of the `warnings` of each sort, the one with the largest number, sorted.

    Those of a sort are the same sentence with other numbers, or other names after a colon.
    """
    found: dict[str, tuple[float, str]] = {}
    for warning in warnings:
        sentence = warning.partition(":")[0]
        numbers = [float(number) for number in NUMBER.findall(sentence)]
        own = (numbers[0] if numbers else 0.0, warning)
        sort = NUMBER.sub("", sentence)
        found[sort] = max(found.get(sort, own), own)
    return [found[sort][1] for sort in sorted(found)]


def disturbance(shares: Mapping[str, Any]) -> float:
    """The larger of the shares that others took; 0 if nothing is known."""
    return max(shares["steal_share"] or 0.0, shares["foreign_share"] or 0.0)
