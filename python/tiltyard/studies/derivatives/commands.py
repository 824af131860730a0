"""Subcommands that only the derivative study has; each imports what it needs when called."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tiltyard.engine.files.json import json_text

if TYPE_CHECKING:
    from tiltyard.engine.study import Study

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


def _takes_julia(study: Study) -> bool:
    from tiltyard.studies.derivatives.kind import Derivatives, takes_julia

    return study.kind.name == Derivatives.name and takes_julia(study.config)


def _launched_by(study: Study) -> list[Study]:
    """Studies of derivatives that the launches of a `study` of levels run."""
    from tiltyard.engine.study import Study
    from tiltyard.studies.derivatives.levels.pipeline import Levels
    from tiltyard.studies.derivatives.levels.workload import base_file

    if study.config.get("pipeline") != Levels.name:
        return []
    return [Study.read(base_file(name)) for name in study.config["workload"]["base"]]


def julia(
    install: Annotated[bool, typer.Option("--install", help="Install one if none works.")] = False,
    compile: Annotated[
        bool, typer.Option("--compile", help="Compile the estimators once for all jobs.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(help="Check this study first; do nothing else where it takes no Julia."),
    ] = None,
    print_command: Annotated[
        bool, typer.Option("--print-command", help="Only how to start it, with its image.")
    ] = False,
) -> None:
    """Say which Julia the study uses, or install one into the project."""
    from tiltyard.engine.catalogue import selected_methods
    from tiltyard.engine.machine.facts import python_kernels
    from tiltyard.engine.project import project_root
    from tiltyard.engine.study import Study
    from tiltyard.studies.derivatives.julia.image import USUAL_SECONDS, build_image, find_image
    from tiltyard.studies.derivatives.julia.installing import InstallError, say
    from tiltyard.studies.derivatives.julia.runtime import find_julia, install_julia

    study = Study.read(config) if config else None
    if study and not any(map(_takes_julia, [study, *_launched_by(study)])):
        print(f"study {study.name}: takes no Julia")
        return
    runtime = (install_julia if install else find_julia)(project_root())
    if study:
        selected_methods(study)  # refuses names that there are not
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
    print(f"its BLAS computes with the kernel {runtime.kernel}; Python's: ", end="")
    print(", ".join(python_kernels()))
    if image:
        print("its estimators are compiled once, for all jobs")
    elif not compile:
        print(
            "its estimators are compiled anew in every job, some 20 s of CPU each time; `make "
            f"image` does it once, which takes some {USUAL_SECONDS} s of CPU"
        )
