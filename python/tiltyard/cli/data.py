"""Subcommands of `tiltyard` for people with data; each imports what it needs when it is called."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from tiltyard.cli.data_options import (
    AverageOption,
    ByOption,
    DecimalOption,
    EncodingOption,
    FileArgument,
    FindOption,
    FormatOption,
    HeaderOption,
    LogTimeOption,
    MissingOption,
    NoiseColumnOption,
    NoiseModelOption,
    OrderOption,
    RelativeOption,
    ReplicatesOption,
    SeparatorOption,
    SheetOption,
    SignalOption,
    SortOption,
    TimeOption,
    UnitOption,
    WeightColumnOption,
    ZoneOption,
    parse_orders,
    renamed,
    wishes_of,
)
from tiltyard.cli.options import JsonOption
from tiltyard.cli.recommend import recommend
from tiltyard.engine.machine.threads import start_one_thread


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
    noise_column: NoiseColumnOption = None,
    weight_column: WeightColumnOption = None,
    noise_model: NoiseModelOption = "auto",
    replicates: ReplicatesOption = False,
    resolution: Annotated[
        float | None, typer.Option(help="Step of the instrument's values, if known.")
    ] = None,
    outliers: Annotated[
        bool,
        typer.Option("--drop-outliers/--keep-outliers", help="Leave out outliers, and name them."),
    ] = True,
    pieces: Annotated[
        bool, typer.Option("--pieces/--whole", help="Judge a record that breaks in pieces.")
    ] = True,
    find: FindOption = None,
    relative: RelativeOption = False,
    log_time: LogTimeOption = "",
    draws: Annotated[
        int | None,
        typer.Option(min=0, help="Simulations; as many as the estimator needs if absent."),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Processes among which the records are divided.")
    ] = 1,
    write_all: Annotated[
        bool,
        typer.Option("--write-all", "--keep", help="Write orders that are not recoverable, too."),
    ] = False,
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
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that are there already.")
    ] = False,
    format: JsonOption = "table",
    leave_out_outliers: Annotated[bool, renamed("--leave-out-outliers", "--drop-outliers")] = False,
) -> None:
    """Differentiate measured data, and say which orders to trust."""
    start_one_thread()
    from tiltyard.application.arguments import checked_orders
    from tiltyard.application.derived.deriving import checked_derived
    from tiltyard.application.derived.table import features_beside
    from tiltyard.application.estimation import AUTO, find_estimator
    from tiltyard.application.noise.models import checked_noise_model
    from tiltyard.application.reading import read_records
    from tiltyard.application.writing import check_targets, write_features, write_records
    from tiltyard.cli.estimating import Task, drawn_files, estimated, failures, print_json

    orders = checked_orders(parse_orders(order))
    given = {"noise": noise, "noise_model": noise_model, "resolution": resolution}
    derived = checked_derived(orders, find, relative, log_time, **given)
    check_targets(data, output, plot, force=force)
    found_beside = features_beside(output) if output is not None and find else None
    check_targets(data, found_beside, None, force=force)
    wishes = wishes_of(
        *(time, signal, by, missing, noise_column, weight_column),
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
        replicates=replicates,
    )
    checked_noise_model(noise_model)
    names = [estimator, *compared(compare)]
    for name in set(names) - {AUTO}:
        find_estimator(name)
    reading = read_records(data, wishes)
    plots = drawn_files(reading, plot)
    for path in plots.values():
        check_targets(data, None, path, force=force)
    if format == "table":
        typer.echo(reading.words() + "\n")
    task = Task(
        orders,
        names,
        points,
        {
            "noise": noise,
            "noise_model": noise_model,
            "resolution": resolution,
            "leave_out_outliers": outliers,
            "pieces": pieces,
            "derived": derived,
            "draws": draws,
        },
        say=format == "table",
    )
    found = estimated(reading, task, jobs)
    if format == "json":
        print_json(reading, found, write_all)
    if output is not None and (kept := [one for one in found if one.groups]):
        tables = [(one.record, [group[0] for group in one.groups]) for one in kept]
        write_records(tables, reading.by, output, write_all)
        left_out = not all(first.shown().all() for _, firsts in tables for first in firsts)
        hint = " (without the orders that are not recoverable; --write-all writes them)"
        typer.echo(f"wrote {output}{hint if left_out and not write_all else ''}", err=not task.say)
        if found_beside is not None:
            write_features(tables, reading.by, found_beside, write_all)
            typer.echo(f"wrote {found_beside}", err=not task.say)
    if plot is not None:
        from tiltyard.application.plotting import draw

        for one in found:
            for group in one.groups:
                path = plots[one.record.label, group[0].series.name]
                draw(group, path, one.record.times)
                typer.echo(f"drew {path}", err=not task.say)
    if failed := failures(found):
        typer.echo("\n".join(f"tiltyard: not differentiated: {text}" for text in failed), err=True)
        raise typer.Exit(1)


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


#: Added to the command line by `tiltyard.cli`.
SUBCOMMANDS = (differentiate, example, recommend)
