"""Subcommands about a study; each imports what it needs when it is called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tiltyard.cli.options import (
    CONFIG,
    EVALUATIONS,
    JOURNAL,
    MANIFEST,
    SUMMARY,
    ConfigOption,
    JsonOption,
    ResultsOption,
    ThreadsOption,
    study_in,
    study_of,
)
from tiltyard.engine.files.json import json_text
from tiltyard.engine.wording import count


def validate(
    configs: Annotated[
        list[Path] | None, typer.Argument(help="Configuration files (YAML or JSON).")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="The same, as other commands have it; the default study's."),
    ] = None,
    results: ResultsOption = None,
    format: JsonOption = "table",
) -> None:
    """Check configurations as a run does before its first job: every file, and every fault in it.

    Keys and values, the methods that they select, and whether the folder of the results is of
    another study. Nothing is written. The exit status is 1 if a file is refused.
    """
    from tiltyard.engine.catalogue import selected_methods
    from tiltyard.engine.grid.places import ConfigError

    files = [*(configs or ()), *([config] if config else ())] or [CONFIG]
    found, refused = [], []
    for file in files:
        try:
            study = study_in(file, results)
            number = len(selected_methods(study))
            facts = {
                "file": str(file),
                "kind": study.kind.name,
                "study": study.name,
                "configurations": len(study.ids),
                "methods": number,
            }
        except (RuntimeError, ValueError) as error:
            named = isinstance(error, ConfigError)
            refused.append(str(error) if named else f"{file}: {error}")
            continue
        found.append(facts)
        if format == "table":
            methods = count(number, study.kind.words.method)
            numbers = f"{facts['configurations']} configurations, {methods}"
            print(f"{file}: study {study.name}, {numbers}")
    if format == "json":
        print(json_text(found))
    if refused:
        raise ValueError("\n".join(refused))


def plan(
    config: ConfigOption = CONFIG,
    cores: Annotated[
        int | None, typer.Option(min=1, help="Cores that jobs share; default all that there are.")
    ] = None,
    memory: Annotated[
        int | None, typer.Option(min=1, help="Memory that jobs share [MB]; default all free.")
    ] = None,
    nodes: Annotated[
        int | None, typer.Option(min=1, help="Jobs that a cluster takes at once, instead of cores.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of a job.")] = None,
    configurations: Annotated[
        int | None, typer.Option(min=1, help="Configurations of a job.")
    ] = None,
    format: JsonOption = "table",
) -> None:
    """Show how a study would run here: jobs at once, threads and configurations a job, and why."""
    from tiltyard.engine.grid.reading import read_config
    from tiltyard.engine.machine.room import available_room
    from tiltyard.engine.plan.plan import Resources
    from tiltyard.engine.plan.snakemake import share
    from tiltyard.workflow import plan_workflow

    room = Resources(cores=None, nodes=nodes, threads=threads, batch_size=configurations)
    if nodes is None:
        room = share(room, available_room(), cores, memory)
    found = plan_workflow(read_config(config), room).parallel
    print(json_text(found.to_dict()) if format == "json" else found)


def status(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep showing it until the study is done.")
    ] = False,
    format: JsonOption = "table",
) -> None:
    """Show the progress of a study: done, running, failed, slowest methods, time left.

    It only reads files, so that it works while a cluster computes, and after a crash.
    """
    from rich.console import Console

    from tiltyard.engine.journal.progress import ProgressReader
    from tiltyard.report.watch import describe
    from tiltyard.report.watch import watch as show

    if watch and format == "json":
        raise ValueError("--watch shows text: leave out --format json, or --watch")
    study = study_in(config, results)
    reader = ProgressReader.of(study)
    if watch:
        show(reader.observe, Console(), method_word=study.kind.words.method)
    elif format == "json":
        print(json_text(reader.observe().to_dict()))
    else:
        print(describe(reader.observe()))


def page(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    megabytes: Annotated[
        float, typer.Option(min=3, help="Largest size; curves that do not fit are left out.")
    ] = 30,
    picture: Annotated[
        Path | None, typer.Option(help="File for a PNG of its first screen; needs Chromium.")
    ] = None,
) -> None:
    """Write the page of a study, report.html, which holds its results and needs no network."""
    from tiltyard.report.page.building import write_page

    path = write_page(study_in(config, results, SUMMARY), largest=int(megabytes * 1e6))
    print(path)
    if picture is not None:
        from tiltyard.report.page.picture import draw_picture

        draw_picture(path, picture)
        print(picture)


def figure(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    only: Annotated[
        list[str] | None, typer.Option(help="heatmap, timeline, ...; may be repeated.")
    ] = None,
    into: Annotated[Path | None, typer.Option(help="Folder of the figures.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="svg, png or pdf; default the first two.")
    ] = None,
    cores: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Cores in the timeline; default those that the run was given.",
        ),
    ] = None,
    threads: ThreadsOption = 1,
) -> None:
    """Draw the figures of a merged study, and the timeline of its last run."""
    from tiltyard.report.figures.drawing import TIMELINE, draw_figures
    from tiltyard.report.figures.style import KINDS
    from tiltyard.report.timeline import draw_timeline

    chosen = [name for name in only or () if name != TIMELINE]
    study = study_in(config, results, SUMMARY if chosen or not only else JOURNAL)
    files: list[Path] = []
    if chosen or not only:
        files = draw_figures(study, into=into, only=chosen, kinds=kind or KINDS, threads=threads)
    if not only or TIMELINE in only:
        files += draw_timeline(
            study.folder, study.name, cores, into=into, method_word=study.kind.words.method
        )
    if into is None:
        study.receipts.write("figures", files, keep=True)
    for path in files:
        print(path)


def partial(config: ConfigOption = CONFIG, results: ResultsOption = None) -> None:
    """Merge and draw what has been evaluated so far, in the folder `partial` of the study."""
    from tiltyard.report.partial import write_partial

    folder, coverage = write_partial(study_in(config, results, EVALUATIONS))
    print(f"{folder}: {coverage}")


def verify(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    sample: Annotated[
        int, typer.Option(min=0, help="Number of evaluations to compute again, drawn at random.")
    ] = 20,
    all: Annotated[bool, typer.Option("--all", help="Compute every evaluation again.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Compute only this configuration/method/language; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
    tolerance: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Relative tolerance; default 0 on the study's machine, else 0.01."
        ),
    ] = None,
    threads: ThreadsOption = 1,
    format: JsonOption = "table",
) -> None:
    """Check every digest of a study, compute evaluations again, and compare to the last bit.

    The exit status is 1 if anything differs.
    """
    from tiltyard.engine.provenance.describing import describe
    from tiltyard.engine.provenance.verifying import Request, verify_study

    if all and only:
        raise ValueError("--all and --only contradict each other: leave out one")
    request = Request(
        sample=None if all else sample,
        only=tuple(only or ()),
        seed=seed,
        tolerance=tolerance,
        threads=threads,
    )
    found = verify_study(study_in(config, results, MANIFEST), request, bar)
    print(json_text(found.to_dict()) if format == "json" else describe(found))
    if not found.passed:
        raise typer.Exit(1)


def bundle(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    output: Annotated[
        Path | None, typer.Option(help="The archive; default bundle.zip in the study's folder.")
    ] = None,
) -> None:
    """Pack a study's results with their provenance into one archive, an RO-Crate."""
    from tiltyard.engine.provenance.bundle import NAME, write_bundle

    study = study_in(config, results, MANIFEST)
    print(write_bundle(study, output or study.folder / NAME))
    if output in (None, study.folder / NAME):
        study.receipts.write("bundle", [study.folder / NAME], inputs={})


def bench(
    config: ConfigOption = CONFIG,
    cores: Annotated[int, typer.Option(min=1, help="Cores that Snakemake may use.")] = 2,
) -> None:
    """Run a fresh copy of a study through Snakemake and print where the time went."""
    from tiltyard.engine.journal.bench import run_bench

    study = study_of(config)
    print(run_bench(config, study.name, cores, method_word=study.kind.words.method))


def compare(
    context: typer.Context,
    pair: Annotated[
        list[str] | None,
        typer.Argument(metavar="[A B]", help="Two strategies, or command lines, to be launched."),
    ] = None,
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    method: Annotated[
        str,
        typer.Option(help="Compare this method, cell by cell, with the best of all others."),
    ] = "",
    against: Annotated[
        str, typer.Option(help="Reference, as name or name/language; default the study's.")
    ] = "",
    by: Annotated[
        str,
        typer.Option(
            help="Column of a cell; each of its values has its own numbers. With --method several, "
            "with commas."
        ),
    ] = "",
    where: Annotated[
        list[str] | None, typer.Option(help="Only cells with COLUMN=VALUE; may be repeated.")
    ] = None,
    worst: Annotated[
        int, typer.Option(min=0, help="With --method, number of the worst cells to list.")
    ] = 0,
    bands: Annotated[
        bool,
        typer.Option(
            "--bands", help="With --method, show how often its bands hold the truth, too."
        ),
    ] = False,
    cost: Annotated[
        bool, typer.Option("--cost", help="Show CPU seconds by size, and their growth, instead.")
    ] = False,
    rounds: Annotated[int, typer.Option(min=5, help="With A and B: rounds of launches.")] = 10,
    workload: Annotated[
        str, typer.Option(help="With A and B: the study's first if left out.")
    ] = "",
    workers: Annotated[
        int | None, typer.Option(min=1, help="With two command lines: what they use; all cores.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="With A and B: decides their sequence.")] = 0,
    seconds: Annotated[
        float, typer.Option(help="With A and B: seconds that a launch may take.")
    ] = 600.0,
    memory: Annotated[
        float | None, typer.Option(help="With A and B: limit of a launch [MB]; all that is free.")
    ] = None,
    format: JsonOption = "table",
) -> None:
    """Every method's score relative to a reference: geometric means over a study's cells.

    With A and B, two strategies of the study --config or two command lines: launch both in the same
    rounds, and exit with 1 if B costs more CPU time than A, above the noise. In a command line
    {output} stands for a file that is made anew for each launch.
    """
    if pair:
        from tiltyard.cli.gate import Wanted, gate

        source = context.get_parameter_source("config")
        named = source is not None and source.name != "DEFAULT"
        wanted = Wanted(rounds, seed, seconds, memory, workload, workers)
        raise typer.Exit(gate(pair, config if named else None, wanted, format))
    from tiltyard.engine.statistics import contest
    from tiltyard.report.terminal import frame_table, print_table

    study = study_in(config, results, SUMMARY)
    if cost:
        tables = {"cost": (contest.cost_by_size(study), "CPU seconds by size of the problem")}
    else:
        from tiltyard.cli.standings import Asked, compared

        tables = compared(study, Asked(method, against, by, where or (), worst, bands))
    if format == "json":
        print(json_text({name: table.to_dict("records") for name, (table, _) in tables.items()}))
        return
    for table, title in tables.values():
        print_table(frame_table(table, title))


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, if there is a terminal; the function takes the numbers done and of all."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    # `sys.stderr` of this moment: while evaluations are computed, it is redirected.
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        redirect_stdout=False,
        redirect_stderr=False,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


SUBCOMMANDS = (validate, plan, status, page, figure, compare, partial, verify, bundle, bench)
