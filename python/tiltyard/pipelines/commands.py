"""Groups of commands that pipelines bring; who calls one loads nothing of the rest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from tiltyard.pipelines import stages
from tiltyard.pipelines.declaring import UsageError, for_typer, parse

if TYPE_CHECKING:
    import typer

#: Group -> module with its `COMMANDS` and a `HELP` of one sentence. Those of other packages are
#: found when they are asked for: `tiltyard.cli.add_pipelines`.
GROUPS = {
    "alleles": "tiltyard.pipelines.alleles.command",
    "reads": "tiltyard.pipelines.reads.command",
    "sequences": "tiltyard.pipelines.sequences.command",
    "spatial": "tiltyard.pipelines.spatial.command",
}


def group(name: str, reference: str = "") -> typer.Typer:
    """Commands of a module as the rest of the command line has its own.

    Parameters
    ----------
    name : str
        One of `GROUPS`, or any other name where the module is given.
    reference : str
        Dotted name of the module.
    """
    import typer

    module = import_module(reference or GROUPS[name])
    app = typer.Typer(
        help=module.HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for command in module.COMMANDS:
        app.command()(for_typer(command))
    return app


def run(name: str, words: Sequence[str]) -> NoReturn:
    """Run the command of one of `GROUPS` that the first of `words` names.

    Help, and what names no command, is left to the rest of the command line.
    """
    stages.begin("import")
    module = import_module(GROUPS[name])
    commands = {command.__name__: command for command in module.COMMANDS}
    first, *rest = words or [""]
    if first not in commands or "--help" in rest:
        group(name)(args=list(words), prog_name=f"tiltyard {name}")
        raise SystemExit(0)
    try:
        values = parse(commands[first], rest)
    except UsageError as error:
        print(f"tiltyard {name} {first}: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    commands[first](**values)
    raise SystemExit(0)
