"""Command line `tiltyard`, for people with data, people with a study, and the workflow's jobs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer

from tiltyard.application.options import in_a_shell
from tiltyard.cli import data, jobs, parts, study
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.machine.interpreter import refuse_optimisation, spare_working_folder, unmoved
from tiltyard.pipelines import commands as pipelines

# Subcommands import what they need: a job's start-up is paid by every configuration.

app = typer.Typer(
    help="Which method is best? Measured: on known problems, and handed to people with data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
#: Groups of the help, in its order.
GROUPS: Sequence[tuple[str, Sequence[Callable[..., Any]]]] = (
    ("Your data", data.SUBCOMMANDS),
    ("A study", study.SUBCOMMANDS),
    ("Its parts", parts.SUBCOMMANDS),
    ("The workflow's jobs", jobs.SUBCOMMANDS),
)


def main() -> None:
    """Run the command line; faults of the user's input end with one message.

    A package that is not installed is such a fault if an extra brings it; else it is a bug.
    """
    spare_working_folder()
    try:
        refuse_optimisation()
        if sys.argv[1:] and sys.argv[1] in pipelines.GROUPS:
            pipelines.run(sys.argv[1], sys.argv[2:])
        add_kinds(sys.argv[1:])
        add_pipelines(sys.argv[1:])
        with in_a_shell():
            app()
    except ModuleNotFoundError as error:
        from tiltyard.engine.extras import refusal_of

        if message := refusal_of(error):
            sys.exit(message)
        raise
    except (UnreadableFile, OSError, RuntimeError, ValueError) as error:
        sys.exit(f"tiltyard: {error}")


for title, commands in GROUPS:
    for command in commands:
        app.command(rich_help_panel=title)(command)
for command in jobs.HIDDEN:
    app.command(hidden=True)(command)
for name in pipelines.GROUPS:
    app.add_typer(pipelines.group(name), name=name, rich_help_panel="Pipelines")


def _known() -> set[str]:
    """Names of the commands and groups that there are."""
    commands = (str(each.name or each.callback.__name__) for each in app.registered_commands)  # type: ignore[union-attr]
    return {*commands, *(str(each.name) for each in app.registered_groups)}


def _unknown(arguments: Sequence[str]) -> str:
    """The command if it is not known, "--help" if the arguments ask for help, else ""."""
    wanted = arguments[0] if arguments else "--help"
    known = wanted in _known() or (wanted.startswith("-") and wanted != "--help")
    return "" if known else wanted


def add_kinds(arguments: Sequence[str]) -> None:
    """Add the commands of installed kinds, if the arguments ask for help or an unknown command.

    A kind that cannot be used is named, and so is a command that cannot be imported.
    """
    wanted, known = _unknown(arguments), _known()
    if not wanted:
        return
    from tiltyard.engine.extras import MissingPackage, command_for, extras_of
    from tiltyard.engine.kind import installed_kinds, resolve

    try:
        kinds, faults = installed_kinds()
    except ModuleNotFoundError as error:
        if not extras_of(error.name or ""):
            raise
        from tiltyard.studies.throughput.finding import pipeline_names

        if wanted in ("--help", *pipeline_names(others=True)):
            return
        raise MissingPackage(
            f"no command {wanted!r}; the study's packages bring more: "
            f"{command_for([str(error.name)])}"
        ) from error
    warnings = [f"without the kind of study of {fault}" for fault in faults]
    for kind in kinds:
        for reference in kind.commands:
            try:
                with unmoved():
                    call = resolve(reference)
                name = call.__name__.replace("_", "-")
                if name not in known:
                    known.add(name)
                    app.command(name, rich_help_panel="Its parts")(call)
            except (Exception, SystemExit) as error:
                if type(kind).__module__.startswith(f"{__package__.partition('.')[0]}."):
                    raise
                reason = f"{type(error).__name__}: {error}"
                warnings.append(f"without a command of {kind.name} studies: {reference}: {reason}")
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def add_pipelines(arguments: Sequence[str]) -> None:
    """Add the commands of other packages' pipelines, if the arguments ask for help or for one.

    For help, a pipeline that cannot be used is named in a warning.

    Raises
    ------
    ValueError
        If the one that is asked for cannot be used, with the reason.
    """
    wanted, known = _unknown(arguments), _known()
    if not wanted:
        return
    from tiltyard.studies.throughput.finding import find_pipeline, pipeline_names

    for name in pipeline_names(others=True):
        if wanted not in (name, "--help") or name in known:
            continue
        try:
            module = getattr(find_pipeline(name), "commands", "")
            if module:
                with unmoved():
                    group = pipelines.group(name, module)
                app.add_typer(group, name=name, rich_help_panel="Pipelines")
        except (Exception, SystemExit) as error:
            reason = (
                f"without the commands of the pipeline {name}: {str(error) or type(error).__name__}"
            )
            if wanted == name:
                raise ValueError(reason) from error
            print(f"warning: {reason}", file=sys.stderr)


if __name__ == "__main__":
    main()
