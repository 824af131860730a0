"""The subcommand that sets data beside a study of known signals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
)
from tiltyard.cli.options import SUMMARY, ResultsOption, study_in


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
    from tiltyard.advice.recommending import advise
    from tiltyard.advice.resemblance import character_of_estimate, characters_of
    from tiltyard.application.arguments import checked_orders
    from tiltyard.application.differentiation import differentiate_series
    from tiltyard.application.reading import read_series
    from tiltyard.engine.statistics.tables import read_summary
    from tiltyard.report.terminal import frame_table, print_table

    orders = checked_orders(parse_orders(order))
    study = study_in(config, results, SUMMARY)
    table = read_summary(study)
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
