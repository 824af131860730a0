"""Options that several subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

ConfigOption = Annotated[
    Path, typer.Option("--config", help="Configuration file of the study (YAML or JSON).")
]
ResultsOption = Annotated[
    Path | None, typer.Option("--results", help="Folder of the study; default results/<study>.")
]
JsonOption = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
CONFIG = Path("config/config.yaml")
