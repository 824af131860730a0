"""Subcommands about parts of a study: its methods, and one of its configurations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from tiltyard.cli.options import CONFIG, ConfigOption, JsonOption, study_of
from tiltyard.engine.files.json import json_text
from tiltyard.engine.wording import plural


def methods(
    config: Annotated[
        Path | None, typer.Option("--config", help="Only the methods that this study selects.")
    ] = None,
    kind: Annotated[str, typer.Option(help="Kind of study, in place of --config.")] = "",
    language: Annotated[str, typer.Option(help="Only methods in this language.")] = "",
    format: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--format", help="How to print it.")
    ] = "table",
) -> None:
    """List the methods of a study, or of a kind of study, with their facts."""
    from tiltyard.engine.catalogue import find_methods, selection_of, warnings_of
    from tiltyard.engine.kind import DEFAULT, find_kind

    if config is not None:
        study = study_of(config)
        chosen, (everything, faults) = study.kind, selection_of(study)
    else:
        chosen = find_kind(kind or DEFAULT)
        only = {"include": {"language": [language]}} if language else {}
        everything, faults = find_methods(chosen, {chosen.selection: only})
    for warning in warnings_of(chosen, faults):
        print(f"warning: {warning}", file=sys.stderr)
    found = [method for method in everything if language in ("", method.language)]
    if not found:
        raise ValueError(
            f"--language {language}: no {chosen.words.method} is written in it; "
            "tiltyard methods lists all languages"
        )
    if format == "json":
        print(json_text([method.to_dict() for method in found]))
        return
    if format == "markdown":
        print(chosen.methods_page(found), end="")
    else:
        from tiltyard.report.terminal import facts_table, print_table

        print_table(facts_table(chosen.facts(found), f"{len(found)} {plural(chosen.words.method)}"))


def profile(
    configuration: Annotated[
        str, typer.Argument(help="Its id, as lotka_volterra-n101-gaussian-1e-03-t2.")
    ],
    config: ConfigOption = CONFIG,
    rows: Annotated[int, typer.Option(min=1, help="Methods in the table.")] = 25,
    format: JsonOption = "table",
) -> None:
    """Evaluate one configuration afresh, in one thread, and show where the time goes."""
    from tiltyard.engine.journal.profile import profile_configuration
    from tiltyard.report.terminal import print_table, profile_tables

    study = study_of(config)
    found = profile_configuration(study, configuration)
    if format == "json":
        print(json_text(found.to_dict()))
    else:
        for table in profile_tables(found, rows, study.kind.words.method):
            print_table(table)


def hit_rate(
    config: Annotated[Path, typer.Option(help="The study whose signals are used.")] = Path(
        "config/suite.yaml"
    ),
    division: Annotated[
        list[str] | None,
        typer.Option(help="system, development, proof or non-smooth; repeatable; all."),
    ] = None,
    samples: Annotated[
        list[int] | None, typer.Option(help="Numbers of samples; repeatable; all of the study's.")
    ] = None,
    estimator: Annotated[str, typer.Option(help="Name of a Python estimator.")] = "auto",
    draws: Annotated[
        int | None,
        typer.Option(min=0, help="Simulations; as many as the estimator needs if absent."),
    ] = None,
    by: Annotated[
        str, typer.Option(help="division, order, noise_level, samples or signal.")
    ] = "division",
    output: Annotated[
        Path | None, typer.Option(help="Where every single verdict goes (.csv).")
    ] = None,
) -> None:
    """Measure how often the verdicts of `tiltyard differentiate` are right."""
    from rich.console import Console
    from rich.progress import Progress

    from tiltyard.advice.hit_rate import COLUMNS, hit_rates
    from tiltyard.advice.hit_rate import verdicts as measure
    from tiltyard.engine.files.atomic import write_text
    from tiltyard.report.terminal import frame_table, print_table
    from tiltyard.studies.derivatives.suite import DIVISIONS

    if unknown := set(division or []) - set(DIVISIONS):
        raise ValueError(f"--division {unknown.pop()}: use one of {', '.join(DIVISIONS)}")
    if by not in COLUMNS:
        raise ValueError(f"--by {by}: use division, order, noise_level, samples or signal")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("verdicts", total=None)
        table = measure(
            study_of(config),
            divisions=division or DIVISIONS,
            samples=samples or (),
            estimator=estimator,
            draws=draws,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if output is not None:
        write_text(output, table.to_csv(index=False))
    print_table(frame_table(hit_rates(table, by), f"verdicts of {estimator}, by {by}"))


def verdicts(
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Kind of record, such as jump or 'short throw'; repeatable; all."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Records of each kind.")] = 10,
    first: Annotated[int, typer.Option(min=0, help="Seed of the first of them.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at a time.")] = 1,
    output: Annotated[
        Path | None, typer.Option(help="Where every single verdict goes (.csv).")
    ] = None,
    format: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--format", help="How to print it.")
    ] = "table",
) -> None:
    """Count wrong verdicts of `tiltyard differentiate` on made records of every kind."""
    from rich.console import Console
    from rich.progress import Progress

    from tiltyard.advice.verdict_counts import counted
    from tiltyard.advice.verdict_counts import verdicts as measure
    from tiltyard.advice.verdict_table import markdown_lines, shown
    from tiltyard.engine.files.atomic import special_fault, write_text

    if output is not None and (fault := special_fault(output)):
        raise ValueError(f"--output: {fault}")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("records", total=None)
        table = measure(
            kind or (),
            range(first, first + seeds),
            jobs=jobs,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if output is not None:
        write_text(output, table.to_csv(index=False))
    counts = counted(table)
    if format == "json":
        print(json_text(counts.to_dict("records")))
    elif format == "markdown":
        print("\n".join(markdown_lines(shown(counts))))
    else:
        from tiltyard.report.terminal import frame_table, print_table

        title = f"verdicts on kinds of record, seeds {first} to {first + seeds - 1}"
        print_table(frame_table(shown(counts), title))


SUBCOMMANDS = (methods, profile, hit_rate, verdicts)
