"""The subcommand that sets data beside a study of known signals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiltyard.cli.data_options import (
    AverageOption,
    ByOption,
    DecimalOption,
    EncodingOption,
    FileArgument,
    FormatOption,
    HeaderOption,
    MissingOption,
    OrderOption,
    SeparatorOption,
    SheetOption,
    SignalOption,
    SortOption,
    TimeOption,
    UnitOption,
    ZoneOption,
    parse_orders,
    wishes_of,
)
from tiltyard.cli.options import SUMMARY, ResultsOption, study_in

if TYPE_CHECKING:
    from tiltyard.engine.study import Study

#: The study that is taken if none is named, in this folder or the project's.
SUITE = Path("config/suite.yaml")


def recommend(
    data: FileArgument,
    time: TimeOption = None,
    signal: SignalOption = None,
    order: OrderOption = "0:2",
    config: Annotated[
        Path | None,
        typer.Option(
            help="A finished study of five signals or more; config/suite.yaml of the project."
        ),
    ] = None,
    results: ResultsOption = None,
    rows: Annotated[int, typer.Option(min=1, help="Estimators in the table.")] = 10,
    by: ByOption = None,
    date_format: FormatOption = "",
    unit: UnitOption = "",
    zone: ZoneOption = "",
    decimal: DecimalOption = "",
    separator: SeparatorOption = "",
    encoding: EncodingOption = "",
    sheet: SheetOption = "",
    header: HeaderOption = None,
    missing: MissingOption = None,
    sort: SortOption = False,
    average: AverageOption = False,
) -> None:
    """Show a study's leaderboard around your data, and advise on an estimator."""
    from tiltyard.advice.recommending import advise
    from tiltyard.advice.resemblance import character_of_estimate, characters_of
    from tiltyard.application.arguments import checked_orders
    from tiltyard.application.differentiation import differentiate_series
    from tiltyard.application.reading import read_records
    from tiltyard.engine.statistics.tables import read_summary
    from tiltyard.report.terminal import frame_table, print_table

    orders = checked_orders(parse_orders(order))
    study = _finished(config, results)
    table = read_summary(study)
    characters = characters_of(table["signal"].unique())
    wishes = wishes_of(
        *(time, signal, by, missing),
        date_format=date_format,
        unit=unit,
        zone=zone,
        decimal=decimal,
        separator=separator,
        encoding=encoding,
        sheet=sheet,
        header=header,
        sort=sort,
        average=average,
    )
    reading = read_records(data, wishes)
    typer.echo(reading.words() + "\n")
    for one in (series for record in reading.records for series in record.series):
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


def _finished(config: Path | None, results: Path | None) -> Study:
    """The study that is asked for, or the suite of this folder, or else of the project.

    Raises
    ------
    ValueError
        If none is asked for, and the package has no project around it.
    """
    from tiltyard.engine.grid.reading import read_config
    from tiltyard.engine.project import project_root

    if config is None and SUITE.is_file():
        config = SUITE
    if config is not None:
        return study_in(config, results, SUMMARY)
    try:
        root = project_root()
    except RuntimeError as error:
        raise ValueError(
            "recommend needs a finished study of signals that are known, and there is none in an "
            "installed package: run config/suite.yaml in a checkout of Tiltyard, and name it here "
            "with --config and --results"
        ) from error
    suite = root / SUITE
    folder = root / "results" / str(read_config(suite)["study"])
    return study_in(suite, results or folder, SUMMARY)
