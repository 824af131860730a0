"""Subcommands of `tiltyard` for people with data; each imports what it needs when it is called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiltyard.options import ResultsOption

if TYPE_CHECKING:
    from tiltyard.application.derivatives import Derivatives
    from tiltyard.application.reading import Times
    from tiltyard.application.series import Series
    from tiltyard.derivatives.estimator import Array

FileArgument = Annotated[Path, typer.Argument(help="CSV, TSV or Parquet file with a header.")]
TimeOption = Annotated[
    str | None, typer.Option("--time", help="Column of the times, numbers or dates; the first.")
]
SignalOption = Annotated[
    list[str] | None,
    typer.Option("--signal", help="Column to differentiate; repeatable; all with numbers."),
]
OrderOption = Annotated[str, typer.Option(help="Orders: 2, or 0,2, or 0:3 (0, 1, 2 and 3).")]
FormatOption = Annotated[str, typer.Option(help="How dates are written, as in %Y%m%d.")]
UnitOption = Annotated[str, typer.Option(help="Unit between dates: s, min, h, day or year.")]
SortOption = Annotated[bool, typer.Option("--sort", help="Sort the rows by time.")]
AverageOption = Annotated[bool, typer.Option("--average", help="Average samples of the same time.")]


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
    draws: Annotated[int, typer.Option(min=0, help="Simulations on which the verdicts rest.")] = 5,
    keep: Annotated[
        bool, typer.Option("--keep", help="Write orders that are not recoverable, too.")
    ] = False,
    date_format: FormatOption = "",
    unit: UnitOption = "",
    sort: SortOption = False,
    average: AverageOption = False,
) -> None:
    """Differentiate measured data, and say which orders to trust."""
    from tiltyard.application.differentiation import checked_orders
    from tiltyard.application.reading import read_series
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
    groups = []
    for one in series:
        t_eval = evaluation_times(one.t, times.values, points)
        groups.append(_estimate(one, orders, t_eval, [estimator, *compared(compare)], draws))
        _say(groups[-1])
    if output is not None:
        write_estimates([group[0] for group in groups], times, output, keep)
        left_out = any(not group[0].recoverable.all() for group in groups) and not keep
        hint = " (without the orders that are not recoverable; --keep writes them)"
        typer.echo(f"wrote {output}{hint if left_out else ''}")
    if plot is not None:
        _draw(groups, plot, times)


def parse_orders(text: str) -> list[int]:
    """Orders from text such as ``2``, ``0,2`` or ``0:3``, both ends included.

    Raises
    ------
    ValueError
        If the text is something else.
    """
    orders: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition(":")
            orders += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise ValueError(f"--order {text}: write 2, or 0,2, or 0:3") from error
    return orders


def evaluation_times(t: Array, all_times: Array, points: int) -> Array:
    """Even times, or the file's own within the record of this series, missing samples included."""
    import numpy as np

    if points:
        return np.linspace(t[0], t[-1], max(points, 2))
    unique = np.unique(all_times)
    return unique[(unique >= t[0]) & (unique <= t[-1])]


def compared(text: str) -> list[str]:
    """Names of the estimators to compare with."""
    from tiltyard.application.comparing import SOME

    if text == "some":
        return SOME
    return [name.strip() for name in text.split(",")] if text else []


def _estimate(
    series: Series, orders: tuple[int, ...], t_eval: Array, names: Sequence[str], draws: int
) -> list[Derivatives]:
    """One estimate for each name; only the first is judged by simulation, with a progress bar."""
    from rich.console import Console
    from rich.progress import Progress

    from tiltyard.application.differentiation import differentiate_series

    console = Console(stderr=True)
    found: list[Derivatives] = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{series.name}: {names[0]}", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=f"{series.name}: simulation")

        for i, name in enumerate(names):
            if i and name == found[0].estimator:
                continue
            if i:
                bar.update(task, completed=i, total=len(names), description=name)
            found.append(
                differentiate_series(
                    series,
                    orders,
                    t_eval,
                    name,
                    draws=0 if i else draws,
                    progress=progress,
                )
            )
    return found


def _say(group: list[Derivatives]) -> None:
    """Print the report, and how far the others are from the first."""
    from tiltyard.application.comparing import comparison

    typer.echo(group[0].report())
    if len(group) > 1:
        typer.echo("\n" + comparison(group))
    typer.echo("")


def _draw(groups: list[list[Derivatives]], path: Path, times: Times) -> None:
    from tiltyard.application.plotting import draw

    for group in groups:
        own = path
        if len(groups) > 1:
            own = path.with_name(f"{path.stem}-{group[0].series.name}{path.suffix}")
        draw(group, own, times)
        typer.echo(f"drew {own}")


def verdicts(
    config: Annotated[Path, typer.Option(help="The study whose signals are used.")] = Path(
        "config/suite.yaml"
    ),
    part: Annotated[
        list[str] | None,
        typer.Option(help="system, development, proof or non-smooth; repeatable; all."),
    ] = None,
    samples: Annotated[
        list[int] | None, typer.Option(help="Numbers of samples; repeatable; all of the study's.")
    ] = None,
    estimator: Annotated[str, typer.Option(help="Name of a Python estimator.")] = "auto",
    draws: Annotated[int, typer.Option(min=0, help="Simulations on which verdicts rest.")] = 5,
    by: Annotated[str, typer.Option(help="part, order, noise_level, samples or signal.")] = "part",
    output: Annotated[
        Path | None, typer.Option(help="Where every single verdict goes (.csv).")
    ] = None,
) -> None:
    """Measure how often the verdicts of `tiltyard differentiate` are right."""
    from rich.console import Console
    from rich.progress import Progress

    from tiltyard.application.hit_rate import COLUMNS, hit_rates
    from tiltyard.application.hit_rate import verdicts as measure
    from tiltyard.derivatives.jobs import study_of
    from tiltyard.derivatives.signals.division import PARTS
    from tiltyard.report.tables import frame_table, print_table
    from tiltyard.study.files import write_text

    if unknown := set(part or []) - set(PARTS):
        raise ValueError(f"--part {unknown.pop()}: use {', '.join(PARTS)}")
    if by not in COLUMNS:
        raise ValueError(f"--by {by}: use part, order, noise_level, samples or signal")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("verdicts", total=None)
        table = measure(
            study_of(config),
            parts=part or PARTS,
            samples=samples or (),
            estimator=estimator,
            draws=draws,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if output is not None:
        write_text(output, table.to_csv(index=False))
    print_table(frame_table(hit_rates(table, by), f"verdicts of {estimator}, by {by}"))


def recommend(
    data: FileArgument,
    time: TimeOption = None,
    signal: SignalOption = None,
    order: OrderOption = "0:2",
    config: Annotated[Path, typer.Option(help="A finished study of five signals or more.")] = Path(
        "config/suite.yaml"
    ),
    results: ResultsOption = None,
    rows: Annotated[int, typer.Option(min=1, help="Estimators in the table.")] = 10,
    date_format: FormatOption = "",
    unit: UnitOption = "",
    sort: SortOption = False,
    average: AverageOption = False,
) -> None:
    """Show a study's leaderboard around your data, and advise on an estimator."""
    import pandas as pd

    from tiltyard.application.differentiation import checked_orders, differentiate_series
    from tiltyard.application.reading import read_series
    from tiltyard.application.recommending import advise
    from tiltyard.application.resemblance import character_of_estimate, characters_of
    from tiltyard.derivatives.jobs import paths_of, study_of
    from tiltyard.report.tables import frame_table, print_table

    orders = checked_orders(parse_orders(order))
    summary = paths_of(study_of(config), results).folder / "summary.csv"
    if not summary.is_file():
        raise FileNotFoundError(f"{summary}: no such file; run the study {config} first")
    table = pd.read_csv(summary)
    characters = characters_of(table["signal"].unique())
    _, series = read_series(
        data,
        time,
        signal or [],
        date_format=date_format,
        unit=unit,
        sort=sort,
        average=average,
    )
    for one in series:
        found = differentiate_series(one, (0, 1, 2), draws=0)
        noise = found.noise_level / float(found.curve.std(ddof=1))
        advice = advise(
            table,
            characters,
            character_of_estimate(found),
            samples=len(one.t),
            noise_level=noise,
            orders=orders,
        )
        levels = " and ".join(f"{level:g}" for level in advice.noise_levels)
        title = (
            f"{one.name}: {len(one.t)} samples, noise {noise:.2g} of the spread; the study at "
            f"{advice.samples} samples, noise {levels}"
        )
        print_table(frame_table(advice.table.head(rows), title))
        typer.echo(advice.words + "\n")


#: Added to the command line by `tiltyard.cli`.
SUBCOMMANDS = (differentiate, recommend, verdicts)
