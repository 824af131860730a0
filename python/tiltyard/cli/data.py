"""Subcommands of `tiltyard` for people with data; each imports what it needs when it is called."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiltyard.cli.data_options import (
    AverageOption,
    FileArgument,
    FormatOption,
    OrderOption,
    SignalOption,
    SortOption,
    TimeOption,
    UnitOption,
    parse_orders,
    renamed,
)
from tiltyard.cli.options import JsonOption
from tiltyard.cli.recommend import recommend
from tiltyard.engine.machine.threads import start_one_thread

if TYPE_CHECKING:
    from tiltyard.application.result import Derivatives
    from tiltyard.application.series import Series
    from tiltyard.application.times import Times
    from tiltyard.studies.derivatives.contract import Array


def differentiate(
    data: FileArgument,
    time: TimeOption = None,
    signal: SignalOption = None,
    order: OrderOption = "0:2",
    output: Annotated[
        Path | None, typer.Option(help="Table of the estimates (.csv, .tsv, .parquet).")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Plot (.png, .svg, .pdf); several signals, several files.")
    ] = None,
    estimator: Annotated[
        str, typer.Option(help="Name of a Python estimator; auto takes the study's winner.")
    ] = "auto",
    compare: Annotated[
        str, typer.Option(help="Estimators to draw beside it, as in a,b; 'some' takes a few.")
    ] = "",
    points: Annotated[
        int, typer.Option(min=0, help="Estimate at so many even times, not at the file's.")
    ] = 0,
    noise: Annotated[
        float | None,
        typer.Option(min=0, help="Standard deviation of the noise, if known; 0 interpolates."),
    ] = None,
    leave_out: Annotated[
        bool, typer.Option("--drop-outliers", help="Leave out outliers, and name them.")
    ] = False,
    draws: Annotated[int, typer.Option(min=0, help="Simulations on which the verdicts rest.")] = 5,
    write_all: Annotated[
        bool, typer.Option("--write-all", help="Write orders that are not recoverable, too.")
    ] = False,
    date_format: FormatOption = "",
    unit: UnitOption = "",
    sort: SortOption = False,
    average: AverageOption = False,
    format: JsonOption = "table",
    keep: Annotated[bool, renamed("--keep", "--write-all")] = False,
    leave_out_outliers: Annotated[bool, renamed("--leave-out-outliers", "--drop-outliers")] = False,
) -> None:
    """Differentiate measured data, and say which orders to trust."""
    start_one_thread()
    from tiltyard.application.arguments import checked_orders
    from tiltyard.application.estimation import AUTO, find_estimator
    from tiltyard.application.reading import read_series
    from tiltyard.application.times import evaluation_times
    from tiltyard.application.writing import check_endings, write_estimates

    orders = checked_orders(parse_orders(order))
    check_endings(output, plot)
    times, series = read_series(
        data,
        time,
        signal or [],
        date_format=date_format,
        unit=unit,
        sort=sort,
        average=average,
    )
    names = [estimator, *compared(compare)]
    for name in set(names) - {AUTO}:
        find_estimator(name)
    groups = []
    for one in series:
        t_eval = evaluation_times(one.t, times.values, points)
        groups.append(_estimate(one, orders, t_eval, names, noise, leave_out, draws))
        if format == "table":
            _say(groups[-1])
    if format == "json":
        _print_json(groups, times, write_all)
    if output is not None:
        write_estimates([group[0] for group in groups], times, output, write_all)
        left_out = any(not group[0].recoverable.all() for group in groups) and not write_all
        hint = " (without the orders that are not recoverable; --write-all writes them)"
        typer.echo(f"wrote {output}{hint if left_out else ''}", err=format == "json")
    if plot is not None:
        for drawn in _draw(groups, plot, times):
            typer.echo(f"drew {drawn}", err=format == "json")


def example(
    file: Annotated[Path, typer.Argument(help="Where to write it, as CSV.")] = Path("data.csv"),
) -> None:
    """Write a file of noisy samples to try `tiltyard differentiate` on."""
    from tiltyard.application.example import write_example

    write_example(file)
    typer.echo(f"wrote {file}; what it is stands in its first lines. Now try:")
    typer.echo(f"  tiltyard differentiate {shlex.quote(str(file))} --order 0:3 --plot d.png")


def compared(text: str) -> list[str]:
    """Names of the estimators to compare with."""
    from tiltyard.application.side_by_side import SOME

    if text == "some":
        return SOME
    return [name.strip() for name in text.split(",")] if text else []


def _estimate(
    series: Series,
    orders: tuple[int, ...],
    t_eval: Array,
    names: Sequence[str],
    noise: float | None,
    leave_out: bool,
    draws: int,
) -> list[Derivatives]:
    """One estimate for each name; only the first is judged by simulation, with a progress bar.

    Only the first is told the noise, and is without outliers. Another one that cannot be had is
    named, and ends nothing.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from tiltyard.application.differentiation import differentiate_series
    from tiltyard.application.series import UnusableData

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        title = escape(series.name)
        task = bar.add_task(f"{title}: {names[0]}", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=f"{title}: simulation")

        first = differentiate_series(
            series,
            orders,
            t_eval,
            names[0],
            noise=noise,
            leave_out=leave_out,
            draws=draws,
            progress=progress,
        )
        found = [first]
        for place, name in enumerate(names[1:], 1):
            bar.update(task, completed=place, total=len(names), description=name)
            if name == first.estimator:
                continue
            try:
                found.append(differentiate_series(series, orders, t_eval, name, draws=0))
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


def _print_json(groups: list[list[Derivatives]], times: Times, lost: bool) -> None:
    """Print a list with an object for each series, with those of other estimators in it."""
    from tiltyard.application.facts import facts_of
    from tiltyard.engine.files.json import json_text

    facts = [[facts_of(found, times, lost) for found in group] for group in groups]
    typer.echo(json_text([{**first, "compared": others} for first, *others in facts]))


def _draw(groups: list[list[Derivatives]], path: Path, times: Times) -> Iterator[Path]:
    """Write a plot for each series, and yield its file."""
    from tiltyard.application.plotting import draw

    for group in groups:
        own = path
        if len(groups) > 1:
            signal = re.sub(r"[/\\]+", "-", group[0].series.name)
            own = path.with_name(f"{path.stem}-{signal}{path.suffix}")
        draw(group, own, times)
        yield own


#: Added to the command line by `tiltyard.cli`.
SUBCOMMANDS = (differentiate, example, recommend)
