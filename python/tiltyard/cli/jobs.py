"""Subcommands of the workflow's jobs, with which any job can be run again by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiltyard.cli.options import (
    CONFIG,
    EVALUATIONS,
    SUMMARY,
    ConfigOption,
    ResultsOption,
    ThreadsOption,
    study_in,
)
from tiltyard.cli.study import bar
from tiltyard.engine.wording import count

if TYPE_CHECKING:
    from tiltyard.engine.study import Study

ConfigurationsArgument = Annotated[
    list[str], typer.Argument(help="Ids, as lotka_volterra-n101-gaussian-1e-03-t2.")
]
ReceiptOption = Annotated[
    Path | None, typer.Option(help="File for the receipt that all files are whole (JSON).")
]


TextOption = Annotated[str, typer.Option("--json", help="The configuration itself, as JSON.")]


def _study(text: str, config: Path, results: Path | None) -> Study:
    """The study of the configuration `text`, or of the file `config` without one."""
    from tiltyard.engine.grid.reading import read_json
    from tiltyard.engine.study import Study, refuse_other

    if not text:
        return study_in(config, results)
    study = Study.from_config(read_json(text), results)
    refuse_other(study)
    return study


def prepare(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    text: TextOption = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only check the configuration; write nothing.")
    ] = False,
) -> None:
    """Check a configuration, and write it and the versions of its methods into the study."""
    from tiltyard.engine.catalogue import selected_methods
    from tiltyard.engine.jobs import prepare as write
    from tiltyard.engine.journal.writing import record_job

    study = _study(text, config, results)
    if check:
        methods = selected_methods(study)
    else:
        with record_job(study.journal, "prepare", "prepare") as job:
            job.phase("listing")
            methods = write(study)
    word = study.kind.words.method
    print(f"study {study.name}: {len(study.ids)} configurations, {count(len(methods), word)}")


def dataset(
    configurations: ConfigurationsArgument,
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    receipt: ReceiptOption = None,
) -> None:
    """Generate the datasets of configurations; those that are there and up to date are kept."""
    from tiltyard.engine.jobs import write_datasets

    write_datasets(study_in(config, results), configurations, receipt)


def evaluate(
    configurations: ConfigurationsArgument,
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    receipt: ReceiptOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Evaluate every method of the study's catalogue on each of some configurations.

    An evaluation file that is up to date is kept; outcomes that were computed before come from
    the study's store.
    """
    from tiltyard.engine.jobs import evaluate_batch

    evaluate_batch(study_in(config, results), configurations, receipt, threads=threads)


def merge(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    complete: Annotated[
        bool,
        typer.Option(help="Fail if an evaluation is missing, or unreadable and then set aside."),
    ] = False,
    threads: ThreadsOption = 1,
) -> None:
    """Merge what has been evaluated into one table, with summary, ranks and failures."""
    from tiltyard.engine.jobs import merge_results
    from tiltyard.engine.journal.writing import record_job

    study = study_in(config, results, EVALUATIONS)
    folder = study.journal if complete else None
    with record_job(folder, "merge", "merge", threads=threads) as journal:
        journal.phase("merging")
        coverage = merge_results(study, complete=complete, threads=threads)
    print(f"merged {coverage}")


def statistics(config: ConfigOption = CONFIG, results: ResultsOption = None) -> None:
    """Write the tables that are computed from the summary: ranks by other means, alarms, …."""
    from tiltyard.engine.statistics.writing import write_statistics

    alarms = write_statistics(study_in(config, results, SUMMARY))
    for alarm in alarms:
        print(f"alarm: {alarm}")
    print(f"{len(alarms)} alarms")


def manifest(
    tables: Annotated[
        list[Path] | None,
        typer.Argument(help="Tables of the results; default all in the study's folder."),
    ] = None,
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Write the manifest of a study: digests, configuration, versions, machine, commit."""
    from tiltyard.engine.files.json import write_sealed
    from tiltyard.engine.journal.reading import ended_journals
    from tiltyard.engine.journal.writing import record_job
    from tiltyard.engine.provenance.contents import groups_of
    from tiltyard.engine.provenance.manifest import NAME, RULE, make_manifest
    from tiltyard.engine.provenance.signing import remove_left_over

    study = study_in(config, results, SUMMARY)
    with record_job(study.journal, RULE, RULE, threads=threads) as job, bar("digests") as observe:
        job.phase("reading")
        for name in remove_left_over(study.folder):
            print(f"removed the damaged receipt {name}, which no batch has any more")
        groups = groups_of(study, tables)
        found = make_manifest(study, groups, threads=threads, observe=observe)
        write_sealed(study.folder / NAME, found)
        # The manifest has times and hosts from the journals.
        files = [study.folder / NAME, *ended_journals(study.journal)]
        study.receipts.write(RULE, files, inputs={})
    print(f"{study.folder / NAME}: {len(found['files'])} files, digest {found['digest']}")


def rehearse(
    results: Annotated[Path, typer.Option(help="An empty folder for the made-up evaluations.")],
    config: ConfigOption = Path("config/scale.yaml"),
) -> None:
    """Make up the evaluations of a whole study, to measure `tiltyard merge` at its size."""
    from tiltyard.engine.catalogue import selected_methods
    from tiltyard.engine.merge.rehearsal import rehearse as make_up

    study = study_in(config, results)
    count = make_up(study, selected_methods(study))
    print(f"made up {count} evaluations; now: tiltyard merge --config {config} --results {results}")


SUBCOMMANDS = (prepare, dataset, evaluate, merge, statistics, manifest)
#: For developers; they are not listed.
HIDDEN = (rehearse,)
