"""Subcommands that only the derivative study has; each imports what it needs when called."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from tiltyard.engine.files.json import json_text

FormatOption = Annotated[
    Literal["table", "json"], typer.Option("--format", help="How to print it.")
]


def signals(format: FormatOption = "table") -> None:
    """List the signals and noise models that a configuration may name."""
    from tiltyard.report.terminal import facts_table, print_table
    from tiltyard.studies.derivatives.listing import signals_facts, signals_rows

    if format == "json":
        print(json_text(signals_facts()))
    else:
        print_table(facts_table(signals_rows(), "signals and noise models"))


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
    from tiltyard.engine.project import project_root
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
        return
    print(f"Julia {runtime.version} ({runtime.origin}): {runtime.executable}")
    if image:
        print("its estimators are compiled once, for all jobs")
    elif not install:
        print("its estimators are compiled anew in every job: `make image` does it once")


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
    draws: Annotated[int, typer.Option(min=0, help="Simulations on which verdicts rest.")] = 5,
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

    from tiltyard.engine.files.atomic import write_text
    from tiltyard.engine.study import Study
    from tiltyard.report.terminal import frame_table, print_table
    from tiltyard.studies.derivatives.advice.hit_rate import COLUMNS, hit_rates
    from tiltyard.studies.derivatives.advice.hit_rate import verdicts as measure
    from tiltyard.studies.derivatives.suite import DIVISIONS

    if unknown := set(division or []) - set(DIVISIONS):
        raise ValueError(f"--division {unknown.pop()}: use one of {', '.join(DIVISIONS)}")
    if by not in COLUMNS:
        raise ValueError(f"--by {by}: use division, order, noise_level, samples or signal")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("verdicts", total=None)
        table = measure(
            Study.read(config),
            divisions=division or DIVISIONS,
            samples=samples or (),
            estimator=estimator,
            draws=draws,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if output is not None:
        write_text(output, table.to_csv(index=False))
    print_table(frame_table(hit_rates(table, by), f"verdicts of {estimator}, by {by}"))
