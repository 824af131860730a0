"""Subcommands that look at a study while it runs, and at where its time goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiltyard.cli.options import CONFIG, ConfigOption, JsonOption, ResultsOption
from tiltyard.engine.files.json import json_text

if TYPE_CHECKING:
    from tiltyard.engine.journal.progress import Observer
    from tiltyard.studies.derivatives.study import Paths, Study


def status(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it live until the study is done.")
    ] = False,
    format: JsonOption = "table",
) -> None:
    """Say how far a study is: done, running, failed, slowest estimators, time left.

    It reads files only, and works while a cluster computes, and after a crash.
    """
    from rich.console import Console

    from tiltyard.report.watch import describe
    from tiltyard.report.watch import watch as show
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

    if watch and format == "json":
        raise ValueError("--watch shows text: leave out --format json, or --watch")
    study = study_of(config)
    observer = observe(study, paths_of(study, results))
    if watch:
        show(observer.observe, Console())
    elif format == "json":
        print(json_text(observer.observe().to_dict()))
    else:
        print(describe(observer.observe()))


def observe(study: Study, paths: Paths) -> Observer:
    """An observer of `study`, whose files lie at `paths`."""
    from tiltyard.engine.journal.progress import Observer

    return Observer(
        study.name,
        [point.id for point in study.configurations],
        evaluations=paths.evaluation("x").parent,
        journals=paths.journal,
        catalogue=paths.catalogue,
    )


def partial(config: ConfigOption = CONFIG, results: ResultsOption = None) -> None:
    """Merge and draw what has been evaluated so far, in the folder `partial` of the study."""
    from tiltyard.engine.files.atomic import write_text
    from tiltyard.report.figures.drawing import draw_figures
    from tiltyard.report.page.building import write_page
    from tiltyard.report.timeline import draw_timeline
    from tiltyard.studies.derivatives.jobs import merge_results, paths_of, study_of
    from tiltyard.studies.derivatives.statistics import write_statistics

    study = study_of(config)
    paths = paths_of(study, results)
    folder = paths.folder / "partial"
    coverage = merge_results(study, paths, complete=False, into=folder)
    write_statistics(study, paths, into=folder)
    facts = {**coverage.to_dict(), "missing": missing(study, paths)}
    write_text(folder / "coverage.json", json.dumps(facts, indent=1) + "\n")
    draw_figures(study, paths, tables=folder, coverage=coverage)
    draw_timeline(paths.folder, study.name, into=folder / "figures")
    write_page(study, paths, into=folder)
    print(f"{folder}: {coverage}")


def statistics(config: ConfigOption = CONFIG, results: ResultsOption = None) -> None:
    """Write robustness, differences, reach, cost and alarms, from the summary of a merged study."""
    from tiltyard.studies.derivatives.jobs import paths_of, study_of
    from tiltyard.studies.derivatives.statistics import write_statistics

    study = study_of(config)
    alarms = write_statistics(study, paths_of(study, results))
    for alarm in alarms:
        print(f"alarm: {alarm}")
    print(f"{len(alarms)} alarms")


def missing(study: Study, paths: Paths) -> list[str]:
    """Ids of the configurations of `study` that have no evaluation."""
    return [p.id for p in study.configurations if not paths.evaluation(p.id).exists()]


def figure(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    only: Annotated[
        list[str] | None, typer.Option(help="heatmap, reach, ...; may be repeated.")
    ] = None,
    into: Annotated[Path | None, typer.Option(help="Folder of the figures.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="svg, png or pdf; default the first two.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Processes that draw.")] = 1,
) -> None:
    """Draw the figures of a merged study, and the timeline of its last run."""
    from tiltyard.report.figures.drawing import draw_figures
    from tiltyard.report.figures.style import KINDS
    from tiltyard.report.timeline import draw_timeline
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

    study = study_of(config)
    paths = paths_of(study, results)
    files = draw_figures(
        study, paths, into=into, only=only or (), kinds=kind or KINDS, threads=threads
    )
    if not only:
        files += draw_timeline(paths.folder, study.name, into=into)
    for path in files:
        print(path)


def timeline(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    cores: Annotated[
        int | None,
        typer.Option(min=1, help="Cores that the study had; default those it used at once."),
    ] = None,
) -> None:
    """Draw what every core was at during the last run of a study (SVG and PNG)."""
    from tiltyard.report.timeline import draw_timeline
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

    study = study_of(config)
    for path in draw_timeline(paths_of(study, results).folder, study.name, cores):
        print(path)


def profile(
    configuration: Annotated[
        str, typer.Argument(help="Its id, as lotka_volterra-n101-gaussian-1e-03-t2.")
    ],
    config: ConfigOption = CONFIG,
    rows: Annotated[int, typer.Option(min=1, help="Estimators in the table.")] = 25,
    format: JsonOption = "table",
) -> None:
    """Evaluate one configuration afresh, in one thread, and show where the time goes."""
    from tiltyard.report.terminal import print_table, profile_tables
    from tiltyard.studies.derivatives.jobs import study_of
    from tiltyard.studies.derivatives.profile import profile_configuration

    found = profile_configuration(study_of(config), configuration)
    if format == "json":
        print(json_text(found.to_dict()))
    else:
        for table in profile_tables(found, rows):
            print_table(table)


def winner(
    config: ConfigOption = Path("config/suite.yaml"),
    results: ResultsOption = None,
    estimator: Annotated[
        str, typer.Option(help="The one in question.")
    ] = "gaussian_process_warped",
    against: Annotated[str, typer.Option(help="The reference.")] = "gaussian_process_se",
    language: Annotated[str, typer.Option(help="Of both.")] = "python",
    by: Annotated[str, typer.Option(help="part, signal, noise_level, order, ...")] = "part",
    part: Annotated[
        str, typer.Option(help="Only system, development, proof or non-smooth signals.")
    ] = "",
    worst: Annotated[int, typer.Option(min=0, help="List so many of the worst cells.")] = 0,
    format: JsonOption = "table",
) -> None:
    """One estimator against the best of all others, cell by cell, and against a reference."""
    import pandas as pd

    from tiltyard.engine.statistics.contest import against_rivals, standing
    from tiltyard.engine.statistics.replicates import METHOD_KEY
    from tiltyard.report.terminal import frame_table, print_table
    from tiltyard.studies.derivatives.jobs import paths_of, study_of
    from tiltyard.studies.derivatives.signals import find_signal
    from tiltyard.studies.derivatives.signals.division import PARTS, part_of
    from tiltyard.studies.derivatives.study import CELL

    if by not in ("part", *CELL):
        raise ValueError(f"--by {by}: use one of part, {', '.join(CELL)}")
    if part and part not in PARTS:
        raise ValueError(f"--part {part}: use one of {', '.join(PARTS)}")
    summary = pd.read_csv(paths_of(study_of(config), results).folder / "summary.csv")
    contestants = summary[summary["family"] != "control"]
    cells = against_rivals(contestants, (estimator, language), (against, language), CELL)
    cells["part"] = [part_of(find_signal(name)) for name in cells["signal"]]
    if part:
        cells = cells[cells["part"] == part]
        if cells.empty:
            raise ValueError(f"--part {part}: the study {config} has no such signal")
    table = standing(cells, by)
    farthest = cells.sort_values("ratio", ascending=False).head(worst)
    if format == "json":
        facts = {"standing": table.to_dict("records"), "worst": farthest.to_dict("records")}
        print(json_text(facts))
        return
    others = contestants.drop_duplicates(METHOD_KEY).shape[0] - 1
    title = f"{estimator} beside {against}, and the best of {others} others in each cell"
    print_table(frame_table(table, title))
    if worst:
        print_table(frame_table(farthest, f"largest ratios to {against}"))
