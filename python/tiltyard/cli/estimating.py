"""Estimates of all records of a file: one after the other, with a progress bar and reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from tiltyard.application.reading import Reading, Record
    from tiltyard.application.result import Derivatives
    from tiltyard.application.series import Series
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


def estimated(reading: Reading, task: Task) -> list[Estimated]:
    """Estimates of each record; one that fails is named, and does not end the others.

    Raises
    ------
    UnusableData
        If nothing can be estimated, with the first reason.
    """
    from tiltyard.application.series import UnusableData
    from tiltyard.application.times import evaluation_times

    found = []
    for record in reading.records:
        one = Estimated(record, failures=dict(record.failures))
        found.append(one)
        if record.label and task.say:
            first, last = record.rows
            title = f"{reading.by} {record.label}, rows {first} to {last}"
            typer.echo(f"{title}\n{'-' * min(len(title), 80)}")
        for series in record.series:
            t_eval = evaluation_times(series.t, record.times.values, task.points)
            try:
                group = _estimate(series, t_eval, task)
            except UnusableData as error:
                one.failures[series.name] = str(error)
                continue
            one.groups.append(group)
            if task.say:
                _say(group)
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


def _estimate(series: Series, t_eval: Array, task: Task) -> list[Derivatives]:
    """One estimate for each name; only the first is judged by simulation, with a progress bar.

    Only the first is told the noise, and is without outliers. Another one that cannot be had is
    named, and ends nothing.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from tiltyard.application.derived.deriving import derive
    from tiltyard.application.derived.wanted import NO_PLACES
    from tiltyard.application.series import UnusableData

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        title = escape(series.name)
        line = bar.add_task(f"{title}: {task.names[0]}", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(line, completed=done, total=total, description=f"{title}: simulation")

        first = derive(
            series,
            task.orders,
            t_eval,
            task.names[0],
            **task.asked,
            progress=progress,
        )
        found = [first]
        plain = replace(task.asked["derived"], find=NO_PLACES)
        for place, name in enumerate(task.names[1:], 1):
            bar.update(line, completed=place, total=len(task.names), description=name)
            if name == first.estimator:
                continue
            try:
                alone = replace(series, noise=None)
                found.append(derive(alone, task.orders, t_eval, name, derived=plain, draws=0))
            except UnusableData as error:
                typer.echo(f"{series.name}: not compared: {error}", err=True)
    return found


def _say(group: list[Derivatives]) -> None:
    """Print the report, and how far the others are from the first."""
    from tiltyard.application.side_by_side import comparison

    typer.echo(group[0].report())
    if len(group) > 1:
        typer.echo("\n" + comparison(group))
    typer.echo("")


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
