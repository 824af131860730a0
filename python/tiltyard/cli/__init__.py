"""The command `tiltyard`: each workflow rule calls one subcommand, so any job reruns by hand."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from tiltyard.cli import provenance_commands as provenance
from tiltyard.cli import report_commands as commands
from tiltyard.cli.application_commands import SUBCOMMANDS
from tiltyard.cli.options import CONFIG, ConfigOption, JsonOption, ResultsOption
from tiltyard.cli.page_commands import page
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.json import json_text

# Subcommands import what they need: a job's start-up is paid by every configuration.

app = typer.Typer(
    help="Which estimator recovers derivatives from noisy samples?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

NUMBERS = {"cpu_seconds": [""]}  # an empty text elsewhere is not a missing number


def main() -> None:
    """Run the command line; faults of the user's input end with one clear message."""
    try:
        app()
    except (UnreadableFile, OSError, RuntimeError, ValueError) as error:
        sys.exit(f"tiltyard: {error}")


@app.command()
def validate(
    config: ConfigOption = CONFIG,
    text: Annotated[str, typer.Option("--json", help="The configuration itself, as JSON.")] = "",
    output: Annotated[Path | None, typer.Option(help="Where the checked copy goes.")] = None,
) -> None:
    """Check a configuration, and say what it amounts to."""
    from tiltyard.engine.files.atomic import write_text
    from tiltyard.studies.derivatives.jobs import study_of
    from tiltyard.studies.derivatives.study import Study

    study = Study.from_config(json.loads(text)) if text else study_of(config)
    if output is not None:
        write_text(output, study.to_json() + "\n")
    print(f"study {study.name}: {len(study.configurations)} configurations")


@app.command()
def catalogue(
    output: Annotated[Path, typer.Option(help="Where the facts of the estimators go (JSON).")],
    config: ConfigOption = CONFIG,
    journal: Annotated[
        Path | None, typer.Option(help="Folder in which the job keeps its journal; none without.")
    ] = None,
) -> None:
    """Write the facts and versions of the estimators that a study selects."""
    from tiltyard.engine.journal.writing import record_job
    from tiltyard.studies.derivatives.catalogue import (
        selected_estimators,
        warn_of_missing_peers,
        write_catalogue,
    )
    from tiltyard.studies.derivatives.jobs import study_of

    with record_job(journal, "catalogue", "catalogue") as job:
        job.phase("listing")
        warn_of_missing_peers()
        entries = selected_estimators(study_of(config))
        write_catalogue(entries, output)
    print(f"{len(entries)} estimators")


ConfigurationsArgument = Annotated[
    list[str],
    typer.Argument(help="Their ids, as lotka_volterra-n101-gaussian-1e-03-t2."),
]
StudyOption = Annotated[str, typer.Option(help="Name of the study.")]
SeedOption = Annotated[int, typer.Option(help="The study's seed.")]
FolderOption = Annotated[Path, typer.Option("--results", help="Folder of the study.")]
ReceiptOption = Annotated[
    Path | None, typer.Option(help="Where to write, at the end, that all files are whole (JSON).")
]


@app.command()
def dataset(
    configurations: ConfigurationsArgument,
    study: StudyOption,
    seed: SeedOption,
    results: FolderOption,
    receipt: ReceiptOption = None,
) -> None:
    """Generate the datasets of configurations; one that is there and fits is kept."""
    from tiltyard.studies.derivatives.jobs import DatasetSource, write_datasets

    write_datasets(configurations, DatasetSource(study, seed, results), receipt)


@app.command()
def evaluate(
    configurations: ConfigurationsArgument,
    study: StudyOption,
    seed: SeedOption,
    catalogue: Annotated[Path, typer.Option(help="The estimators (from `tiltyard catalogue`).")],
    results: FolderOption,
    receipt: ReceiptOption = None,
    orders: Annotated[
        str, typer.Option(help="Derivative orders, as in 0,1,2.")
    ] = "0,1,2,3,4,5,6,7",
    threads: Annotated[int, typer.Option(min=1, help="Cores to use.")] = 1,
    time_limit: Annotated[float, typer.Option(help="Wall seconds per evaluation.")] = 300,
    memory_limit: Annotated[float, typer.Option(help="Worker's resident memory [MB].")] = 4096,
) -> None:
    """Evaluate every estimator of a catalogue on each of some configurations.

    An evaluation that is there and answers the same question is kept; what was computed before
    comes from the study's store.
    """
    from tiltyard.engine.outcome import Limits
    from tiltyard.studies.derivatives.jobs import DatasetSource, evaluate_batch

    evaluate_batch(
        configurations,
        DatasetSource(study, seed, results),
        catalogue,
        receipt,
        orders=[int(order) for order in orders.split(",")],
        limits=Limits(time_limit, memory_limit),
        threads=threads,
    )


@app.command()
def plan(
    config: ConfigOption = CONFIG,
    cores: Annotated[
        int | None, typer.Option(min=1, help="Cores that jobs share; default all of this machine.")
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
    """Say how a study would run here: jobs at once, threads and configurations a job, and why."""
    from tiltyard.engine.grid.checking import read_config
    from tiltyard.engine.plan.plan import Room, available_cores, free_memory_mb
    from tiltyard.workflow import plan_workflow

    room = Room(
        cores=None if nodes else cores or available_cores(),
        nodes=nodes,
        memory_mb=None if nodes else free_memory_mb(),
        threads=threads,
        batch_size=configurations,
    )
    found = plan_workflow(read_config(config), room).parallel
    if format == "json":
        print(json_text(found.to_dict()))
    else:
        print(found)


@app.command()
def merge(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    complete: Annotated[
        bool,
        typer.Option(help="Fail if an evaluation is missing, or unreadable and then set aside."),
    ] = False,
    threads: Annotated[
        int,
        typer.Option(min=1, help="Processes to read with; six are enough."),
    ] = 1,
) -> None:
    """Merge what has been evaluated into one table, with summary, ranks and failures."""
    from tiltyard.engine.journal.writing import record_job
    from tiltyard.studies.derivatives.jobs import merge_results, paths_of, study_of

    study = study_of(config)
    paths = paths_of(study, results)
    folder = paths.journal if complete else None
    with record_job(folder, "merge", "merge", threads=threads) as journal:
        journal.phase("merging")
        coverage = merge_results(study, paths, complete=complete, threads=threads)
    print(f"merged {coverage}")


@app.command()
def rehearse(
    results: Annotated[Path, typer.Option(help="An empty folder for the made-up evaluations.")],
    config: ConfigOption = Path("config/scale.yaml"),
) -> None:
    """Make up the evaluations of a whole study, to see what `tiltyard merge` takes at its size."""
    from tiltyard.studies.derivatives.catalogue import selected_estimators
    from tiltyard.studies.derivatives.jobs import paths_of, study_of
    from tiltyard.studies.derivatives.rehearsal import rehearse

    study = study_of(config)
    count = rehearse(study, paths_of(study, results), selected_estimators(study))
    print(f"made up {count} evaluations; now: tiltyard merge --config {config} --results {results}")


@app.command()
def methods(
    config: Annotated[
        Path | None, typer.Option("--config", help="Only those that this study selects.")
    ] = None,
    julia: Annotated[bool, typer.Option(help="Whether to ask Julia for its estimators.")] = True,
    format: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--format", help="How to print it.")
    ] = "table",
) -> None:
    """List the estimators with their facts."""
    from tiltyard.studies.derivatives.catalogue import (
        load,
        selected_estimators,
        to_dict,
        warn_of_missing_peers,
    )
    from tiltyard.studies.derivatives.jobs import study_of

    warn_of_missing_peers()
    entries = selected_estimators(study_of(config)) if config else load(julia)
    if format == "json":
        print(
            json_text([{**to_dict(entry), "source": Path(entry.source).name} for entry in entries])
        )
        return
    from tiltyard.report.terminal import methods_page, methods_table, print_table

    if format == "markdown":
        print(methods_page(entries), end="")
    else:
        print_table(methods_table(entries))


@app.command()
def signals(format: JsonOption = "table") -> None:
    """List the signals and noise models that a configuration may name."""
    from tiltyard.report.terminal import print_table, signals_facts, signals_table

    if format == "json":
        print(json_text(signals_facts()))
    else:
        print_table(signals_table())


for command in (
    commands.status,
    commands.partial,
    commands.figure,
    commands.timeline,
    commands.profile,
    commands.winner,
    commands.statistics,
    page,
    *SUBCOMMANDS,
    *provenance.SUBCOMMANDS,
):
    app.command()(command)


@app.command()
def compare(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    against: Annotated[str, typer.Option(help="The reference.")] = "gaussian_process_se",
    language: Annotated[str, typer.Option(help="Of the reference.")] = "python",
    by: Annotated[str, typer.Option(help="signal, order, noise_level, ...")] = "signal",
    format: JsonOption = "table",
) -> None:
    """Every estimator's error relative to a reference: geometric means over a study's cells."""
    import pandas as pd

    from tiltyard.engine.statistics.comparison import error_ratios
    from tiltyard.report.terminal import frame_table, print_table
    from tiltyard.studies.derivatives.jobs import paths_of, study_of
    from tiltyard.studies.derivatives.study import CELL

    if by not in CELL:
        raise ValueError(f"--by {by}: use one of {', '.join(CELL)}")
    summary = pd.read_csv(paths_of(study_of(config), results).folder / "summary.csv")
    table = error_ratios(summary, (against, language), CELL, by)
    if format == "json":
        print(json_text(table.to_dict("records")))
    else:
        title = f"geometric mean of nRMSE relative to {against} ({language}), by {by}"
        print_table(frame_table(table, title))


@app.command()
def cost(
    config: ConfigOption = Path("config/cost.yaml"),
    results: ResultsOption = None,
    format: JsonOption = "table",
) -> None:
    """CPU seconds of every estimator by number of samples, and how they grow."""
    import pandas as pd

    from tiltyard.engine.statistics.comparison import cost_growth
    from tiltyard.engine.statistics.replicates import METHOD_KEY
    from tiltyard.report.terminal import frame_table, print_table
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

    file = paths_of(study_of(config), results).folder / "results.csv"
    columns = ["configuration", "samples", *METHOD_KEY, "family", "tags", "status", *NUMBERS]
    rows = pd.read_csv(file, usecols=columns, keep_default_na=False, na_values=NUMBERS)
    table = cost_growth(rows, "samples")
    if format == "json":
        print(json_text(table.to_dict("records")))
    else:
        print_table(frame_table(table, "CPU seconds by number of samples"))


@app.command()
def bench(
    config: ConfigOption = CONFIG,
    cores: Annotated[int, typer.Option(min=1, help="Cores that Snakemake may use.")] = 2,
) -> None:
    """Run a fresh copy of a study through Snakemake and print where the time went."""
    from tiltyard.engine.journal.bench import run_bench
    from tiltyard.studies.derivatives.jobs import study_of

    print(run_bench(config, study_of(config).name, cores))


@app.command()
def julia(
    install: Annotated[bool, typer.Option("--install", help="Install one if none works.")] = False,
    compile: Annotated[
        bool, typer.Option("--compile", help="Compile the estimators once for all jobs.")
    ] = False,
    print_command: Annotated[
        bool, typer.Option("--print-command", help="Only how to start it, with its image.")
    ] = False,
) -> None:
    """Say which Julia the study uses, or install one into the project."""
    from tiltyard.engine.files.atomic import project_root
    from tiltyard.studies.derivatives.julia.image import build_image, find_image
    from tiltyard.studies.derivatives.julia.installing import InstallError, say
    from tiltyard.studies.derivatives.julia.runtime import find_julia, install_julia

    runtime = (install_julia if install else find_julia)(project_root())
    if compile:
        try:
            build_image(runtime)
        except InstallError as error:  # it only costs time
            say(str(error))
    image = find_image(runtime)
    if print_command:
        command = [str(runtime.executable), "--startup-file=no"]
        print(shlex.join([*command, f"--sysimage={image}"] if image else command))
    else:
        compiled = "compiled once" if image else "compiled anew in every job"
        print(f"Julia {runtime.version} ({runtime.origin}): {runtime.executable}")
        print(f"its estimators are {compiled}")


if __name__ == "__main__":
    main()
