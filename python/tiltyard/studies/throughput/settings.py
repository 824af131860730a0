"""What a study's configuration says to its pipeline: checked values, workloads, strategies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

from tiltyard.engine.grid.places import ConfigError, Fault, shown
from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE, Pipeline, Strategy, Workload
from tiltyard.studies.throughput.finding import find_pipeline
from tiltyard.studies.throughput.roles import AGAIN

#: Keys of the configuration that are the pipeline's.
KEYS = ("workload", "strategies")
#: Least rounds if a configuration does not say it.
LEAST_ROUNDS = 5
WORKLOAD_NAME = re.compile(r"[a-z][a-z0-9_-]*")
STRATEGY_NAME = re.compile(r"[a-z][a-z0-9_.+-]*")


def pipeline_of(config: Mapping[str, Any]) -> Pipeline:
    """The pipeline of a checked configuration."""
    return find_pipeline(config["pipeline"])


def check(config: Mapping[str, Any]) -> None:
    """Refuse what the pipeline does not take, and rounds that cannot be.

    Raises
    ------
    ConfigError
        Naming each fault with its key.
    """
    try:
        pipeline = pipeline_of(config)
    except ValueError as error:
        raise ConfigError(str(error), ("pipeline",)) from error
    values = complete(config)
    try:
        pipeline.check(values)
        workloads, strategies = pipeline.workloads(values), pipeline.strategies(values)
        baseline = pipeline.baseline(values)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(_with_key(str(error))) from error
    faults = [
        *_names("workload", (one.name for one in workloads), WORKLOAD_NAME),
        *_names("strategies", (one.name for one in strategies), STRATEGY_NAME),
        *_roles(strategies, baseline),
        *_lacking(pipeline, strategies),
        *_rounds(config),
    ]
    if faults:
        raise ConfigError(faults)


def complete(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the pipeline's defaults in the pipeline's keys.

    Raises
    ------
    ConfigError
        If they do not satisfy the pipeline's schema.
    """
    from tiltyard.engine.grid.checking import check_config

    schema = dict(pipeline_of(config).schema)
    if "properties" not in schema:  # a schema for each key
        schema = {"type": "object", "properties": schema}
    own = {key: config[key] for key in KEYS}
    return {**config, **check_config(own, schema)}


def _with_key(reason: str) -> list[Fault]:
    """`reason`, with the key that it begins with, if it does."""
    key = reason.partition(":")[0].partition("[")[0].partition(".")[0]
    return [Fault((), reason, at=(key,) if key in KEYS else ())]


def _names(key: str, names: Iterable[str], pattern: re.Pattern[str]) -> Iterator[Fault]:
    counted = Counter(names)
    if not counted:
        yield Fault((key,), "gives nothing to measure: name at least one")
    for name, count in counted.items():
        if count > 1:
            yield Fault((key,), f"gives {shown(name)} {count} times: leave the others out")
        if not pattern.fullmatch(name):
            yield Fault((key,), f"gives the name {shown(name)}, needs one as {pattern.pattern}")


def _roles(strategies: Sequence[Strategy], baseline: str) -> Iterator[Fault]:
    references = [one.name for one in strategies if REFERENCE in one.tags]
    if len(references) != 1:
        found = ", ".join(references) or "none"
        yield Fault(
            ("strategies",), f"needs one reference, by which outputs are judged; got {found}"
        )
    if baseline not in [one.name for one in strategies]:
        yield Fault(("strategies",), f"lacks the baseline {baseline!r}, to which ratios are taken")
    if again_name(baseline) in [one.name for one in strategies]:
        yield Fault(("strategies",), f"{again_name(baseline)!r} is the name of the A/A control")


def _lacking(pipeline: Pipeline, strategies: Sequence[Strategy]) -> Iterator[Fault]:
    missing = sorted(
        {name for one in strategies for name in pipeline.packages(one) if _lacks(name)}
    )
    if missing:
        extra = f": pip install 'tiltyard[{pipeline.extra}]'" if pipeline.extra else ""
        yield Fault(
            ("pipeline",),
            f"{pipeline.name!r} needs {', '.join(missing)}, which "
            f"{'is' if len(missing) == 1 else 'are'} not installed{extra}",
        )


def _lacks(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return True
    return False


def _rounds(config: Mapping[str, Any]) -> Iterator[Fault]:
    trials, rounds = config["trials"], config["rounds"]
    if rounds.get("most", trials) > trials:
        yield Fault(
            ("rounds", "most"),
            f"got {rounds['most']}, needs at most {trials}, the number of trials: raise trials, or "
            "leave most out",
        )
    elif rounds.get("least", 0) > most_rounds(config):
        yield Fault(
            ("rounds", "least"), f"got {rounds['least']}, needs at most {most_rounds(config)}"
        )


def most_rounds(config: Mapping[str, Any]) -> int:
    """Most rounds of a workload."""
    return int(config["rounds"].get("most", config["trials"]))


def least_rounds(config: Mapping[str, Any]) -> int:
    """Rounds after which it is first asked whether they are enough."""
    return int(config["rounds"].get("least", min(LEAST_ROUNDS, most_rounds(config))))


def workloads_of(config: Mapping[str, Any]) -> dict[str, Workload]:
    """Workloads of the study by name."""
    return {one.name: one for one in pipeline_of(config).workloads(complete(config))}


def again_name(baseline: str) -> str:
    """Second name of the baseline, for the A/A control."""
    return f"{baseline}-{AGAIN}"


def is_compared(tags: Iterable[str]) -> bool:
    """Whether a strategy with these tags is one of those that a reader chooses between."""
    return not {REFERENCE, LIMIT, PEER, AGAIN} & set(tags)
