"""Options that several subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path, typer.Option("--config", help="Configuration file of the study (YAML or JSON).")
]
ResultsOption = Annotated[
    Path | None, typer.Option("--results", help="Folder of the study; default results/<study>.")
]
JsonOption = Annotated[str, typer.Option("--format", help="table or json")]
CONFIG = Path("config/config.yaml")
