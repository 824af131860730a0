"""Subcommands about where results come from; each imports what it needs when it is called."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tiltyard.cli.options import CONFIG, ConfigOption, JsonOption, ResultsOption
from tiltyard.engine.files.json import json_text

ThreadsOption = Annotated[int, typer.Option(min=1, help="Cores to use.")]


def manifest(
    tables: Annotated[
        list[Path] | None,
        typer.Argument(help="Tables of the results; default all in the study's folder."),
    ] = None,
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    threads: ThreadsOption = 1,
    journal: Annotated[
        Path | None, typer.Option(help="Folder in which the job keeps its journal; none without.")
    ] = None,
) -> None:
    """Write down what a study's results are: digests, configuration, versions, machine, commit."""
    from tiltyard.engine.files.atomic import write_text
    from tiltyard.engine.journal.writing import record_job
    from tiltyard.engine.provenance.contents import contents_of
    from tiltyard.engine.provenance.manifest import NAME, RULE, make_manifest
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

    study = study_of(config)
    paths = paths_of(study, results)
    with record_job(journal, RULE, RULE, threads=threads) as job, _bar("digests") as observe:
        job.phase("reading")
        contents = contents_of(study, paths, tables)
        found = make_manifest(contents, paths.folder, threads=threads, observe=observe)
        write_text(paths.folder / NAME, json.dumps(found, indent=1) + "\n")
    print(f"{paths.folder / NAME}: {len(found['files'])} files, digest {found['digest']}")


def verify(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    sample: Annotated[
        int, typer.Option(min=0, help="Evaluations to compute again, drawn at random.")
    ] = 20,
    all: Annotated[bool, typer.Option("--all", help="Compute every evaluation again.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Instead, configuration/estimator/language; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides which are drawn.")] = 0,
    tolerance: Annotated[
        float | None,
        typer.Option(min=0.0, help="Relative; default 0 on the study's machine, else as needed."),
    ] = None,
    threads: ThreadsOption = 1,
    format: JsonOption = "table",
) -> None:
    """Check every digest of a study, compute evaluations again, and compare to the last bit.

    Exit status 1 if anything is not as it was.
    """
    from tiltyard.engine.provenance.describing import describe
    from tiltyard.engine.provenance.verifying import Request, verify_study
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

    if all and only:
        raise ValueError("--all and --only contradict each other: leave out one")
    study = study_of(config)
    request = Request(
        sample=None if all else sample,
        only=tuple(only or ()),
        seed=seed,
        tolerance=tolerance,
        threads=threads,
    )
    found = verify_study(study, paths_of(study, results), request, _bar)
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
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

    study = study_of(config)
    paths = paths_of(study, results)
    print(write_bundle(paths.folder, output or paths.folder / NAME))


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, if there is a terminal: told how many are done, and of how many."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    # The stream of now: while evaluations are computed, messages go elsewhere.
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


SUBCOMMANDS = (manifest, verify, bundle)
