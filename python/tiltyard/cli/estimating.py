"""Estimates of all records of a file, with a progress bar and reports in their sequence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tiltyard.cli.bar import Bar

if TYPE_CHECKING:
    from tiltyard.application.reading import Reading, Record
    from tiltyard.application.result import Derivatives
    from tiltyard.application.series import Series
    from tiltyard.application.simulation import Progress
    from tiltyard.studies.derivatives.contract import Array


@dataclass(frozen=True)
class Task:
    """What to do with each series.

    Attributes
    ----------
    orders : tuple of int
    names : sequence of str
        Of the estimators; the first one is judged, the others are for comparison.
    points : int
        Number of even times; 0: those of the file.
    asked : dict
        What else `derive` is asked for the first one.
    say : bool
        Whether to print reports.
    """

    orders: tuple[int, ...]
    names: Sequence[str]
    points: int
    asked: dict[str, Any]
    say: bool


@dataclass(frozen=True, eq=False)
class Estimated:
    """A record, a group of estimates for each series, and the series that have none, with why."""

    record: Record
    groups: list[list[Derivatives]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one series.

    Attributes
    ----------
    group : list of Derivatives
        Of each estimator; empty if the first one has none.
    failure : str
        Why it has none.
    warnings : tuple of str
        Estimators that were to be compared and fail, with why.
    """

    group: list[Derivatives] = field(default_factory=list)
    failure: str = ""
    warnings: tuple[str, ...] = ()


def estimated(reading: Reading, task: Task, jobs: int = 1) -> list[Estimated]:
    """Estimates of each record; one that fails is named, and does not end the others.

    Parameters
    ----------
    reading : Reading
    task : Task
    jobs : int
        Processes among which the series are divided; what is found and said is the same.

    Raises
    ------
    UnusableData
        If nothing can be estimated, with the first reason.
    """
    from tiltyard.application.processes import each
    from tiltyard.application.series import UnusableData
    from tiltyard.application.times import evaluation_times

    found = [Estimated(one, failures=dict(one.failures)) for one in reading.records]
    items = [
        (series, evaluation_times(series.t, one.record.times.values, task.points))
        for one in found
        for series in one.record.series
    ]
    with Bar(len(items)) as bar:
        simulated = bar.of_simulations if len(items) == 1 else None
        outcomes = each(partial(outcome_of, task=task, progress=simulated), items, jobs)
        for one in found:
            if one.record.label and task.say:
                first, last = one.record.rows
                title = f"{reading.by} {one.record.label}, rows {first} to {last}"
                bar.echo(f"{title}\n{'-' * min(len(title), 80)}")
            for series in one.record.series:
                bar.describe(f"{one.record.label} {series.name}".strip())
                outcome = next(outcomes)
                for warning in outcome.warnings:
                    bar.echo(warning, err=True)
                if outcome.failure:
                    one.failures[series.name] = outcome.failure
                else:
                    one.groups.append(outcome.group)
                    if task.say:
                        bar.echo(_said(outcome.group))
                bar.advance()
    if not any(one.groups for one in found):
        raise UnusableData(next(text for one in found for text in one.failures.values()))
    return found


def failures(found: Sequence[Estimated]) -> list[str]:
    """Each series that was not differentiated, with its record and the reason."""
    return [
        f"{one.record.label}: {_named(name, reason)}" if one.record.label else _named(name, reason)
        for one in found
        for name, reason in one.failures.items()
    ]


def _named(name: str, reason: str) -> str:
    return reason if reason.startswith(f"{name}:") else f"{name}: {reason}"


def drawn_files(reading: Reading, path: Path | None) -> dict[tuple[str, str], Path]:
    """The file of each plot, by record and signal: `path`, or names that begin with it."""
    if path is None:
        return {}
    keys = [(one.label, series.name) for one in reading.records for series in one.series]
    if len(keys) == 1:
        return {keys[0]: path}
    files: dict[tuple[str, str], Path] = {}
    for label, signal in keys:
        name = re.sub(r"[/\\]+", "-", f"{label}-{signal}" if label else signal)
        own = path.with_name(f"{path.stem}-{name}{path.suffix}")
        if own in files.values():
            own = path.with_name(f"{path.stem}-{name}-{len(files)}{path.suffix}")
        files[label, signal] = own
    return files


def outcome_of(item: tuple[Series, Array], task: Task, progress: Progress | None = None) -> Outcome:
    """Estimates of a series, one for each name; only the first is judged by simulation.

    Only the first is told the noise, and is without outliers. Another one that cannot be had is
    named, and ends nothing.
    """
    from tiltyard.application.derived.deriving import derive
    from tiltyard.application.derived.wanted import NO_PLACES
    from tiltyard.application.series import UnusableData

    series, t_eval = item
    first_name, *others = task.names
    try:
        first = derive(series, task.orders, t_eval, first_name, **task.asked, progress=progress)
    except UnusableData as error:
        return Outcome(failure=str(error))
    group, warnings = [first], []
    plain = replace(task.asked["derived"], find=NO_PLACES)
    alone = replace(series, noise=None)
    for name in others:
        if name == first.estimator:
            continue
        try:
            group.append(derive(alone, task.orders, t_eval, name, derived=plain, draws=0))
        except UnusableData as error:
            warnings.append(f"{series.name}: not compared: {error}")
    return Outcome(group, warnings=tuple(warnings))


def _said(group: list[Derivatives]) -> str:
    """The report, and how far the others are from the first."""
    from tiltyard.application.side_by_side import comparison

    parts = [group[0].report()]
    if len(group) > 1:
        parts.append("\n" + comparison(group))
    return "\n".join([*parts, ""])


def print_json(reading: Reading, found: Sequence[Estimated], lost: bool) -> None:
    """Print a list with an object for each series, with those of other estimators in it.

    Each has what was read of the file, and the record that it is of.
    """
    from tiltyard.application.facts import facts_of
    from tiltyard.engine.files.json import json_text

    read = reading.facts()
    printed: list[dict[str, Any]] = []
    for one in found:
        of = {"record": one.record.label, "read": read}
        for group in one.groups:
            first, *others = [facts_of(estimate, one.record.times, lost) for estimate in group]
            printed.append({**first, **of, "compared": others})
        printed += [{"signal": name, **of, "error": why} for name, why in one.failures.items()]
    typer.echo(json_text(printed))
