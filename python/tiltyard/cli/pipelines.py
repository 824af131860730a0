"""Groups of commands that pipelines bring; a person who calls one loads nothing of the others."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from tiltyard.pipelines import stages

if TYPE_CHECKING:
    import typer

#: Group -> module whose `app` it is.
GROUPS = {"alleles": "tiltyard.pipelines.alleles.command"}


def group(name: str) -> typer.Typer:
    """The application of one of `GROUPS`."""
    found: typer.Typer = import_module(GROUPS[name]).app
    return found


def run(name: str) -> NoReturn:
    """Run the command of one of `GROUPS` that the rest of the command line names."""
    stages.begin("import")
    group(name)(args=sys.argv[2:], prog_name=f"tiltyard {name}")
    raise SystemExit(0)
