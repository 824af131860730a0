"""Options that several subcommands share, and the study that they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from tiltyard.engine.study import Study

ConfigOption = Annotated[
    Path, typer.Option("--config", help="Configuration file of the study (YAML or JSON).")
]
ResultsOption = Annotated[
    Path | None, typer.Option("--results", help="Folder of the study; default results/<study>.")
]
JsonOption = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
ThreadsOption = Annotated[int, typer.Option(min=1, help="Cores to use.")]
CONFIG = Path("config/config.yaml")


def study_of(config: Path, results: Path | None = None) -> Study:
    """The study that the file `config` describes, its files in `results` if that is given."""
    from tiltyard.engine.study import Study

    return Study.read(config, results)


def refuse_unfinished(study: Study, config: Path) -> None:
    """Refuse to look at results that are not there yet.

    Raises
    ------
    FileNotFoundError
        With the command that makes them.
    """
    if not (study.folder / "summary.csv").is_file():
        raise FileNotFoundError(
            f"{study.folder}: the study {study.name} has no results yet; run it first, in the "
            f"project's folder: snakemake --cores all --configfile {config}"
        )
