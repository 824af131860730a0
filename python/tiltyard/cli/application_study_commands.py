"""Subcommands that set data, and the verdicts on them, beside a study of known signals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tiltyard.cli.application_options import (
    AverageOption,
    FileArgument,
    FormatOption,
    OrderOption,
    SignalOption,
    SortOption,
    TimeOption,
    UnitOption,
    parse_orders,
)
from tiltyard.cli.options import ResultsOption


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

    from tiltyard.engine.files.atomic import write_text
    from tiltyard.report.terminal import frame_table, print_table
    from tiltyard.studies.derivatives.advice.hit_rate import COLUMNS, hit_rates
    from tiltyard.studies.derivatives.advice.hit_rate import verdicts as measure
    from tiltyard.studies.derivatives.jobs import study_of
    from tiltyard.studies.derivatives.signals.division import PARTS

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
    from tiltyard.report.terminal import frame_table, print_table
    from tiltyard.studies.derivatives.advice.recommending import advise
    from tiltyard.studies.derivatives.advice.resemblance import character_of_estimate, characters_of
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

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
        try:
            character = character_of_estimate(found)
        except ValueError as error:
            typer.echo(f"{one.name}: {error}\n")
            continue
        noise = found.noise_level / float(found.curve.std(ddof=1))
        advice = advise(
            table,
            characters,
            character,
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
