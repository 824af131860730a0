"""Options that several subcommands share, and the study of those options."""

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
#: Files and folders of a study that commands read, in the sequence in which a run makes them.
JOURNAL, EVALUATIONS, SUMMARY, MANIFEST = "journal", "evaluations", "summary.csv", "manifest.json"


def study_of(config: Path) -> Study:
    """The study that the file `config` describes."""
    from tiltyard.engine.study import Study

    return Study.read(config)


def study_in(config: Path, results: Path | None, *needed: str) -> Study:
    """The study that the file `config` describes, with its files.

    Parameters
    ----------
    config : path
    results : path or None
        Folder of its files; ``results/<study>`` if None.
    needed : str
        Files or folders in it that the command reads.

    Raises
    ------
    ConfigError
        If the configuration is wrong, or the folder has the results of another study.
    OlderVersion
        If an older version made the folder.
    FileNotFoundError
        If one of `needed` is missing, with the command that makes it.
    """
    from tiltyard.engine.study import Study, refuse_older, refuse_other

    study = Study.read(config, results)
    refuse_older(study.folder)
    refuse_other(study)
    for name in needed:
        if not (study.folder / name).exists():
            raise FileNotFoundError(_missing(study, name, config))
    return study


def _missing(study: Study, name: str, config: Path) -> str:
    from tiltyard.engine.project import project_root

    root = project_root()
    place = "" if Path.cwd() == root else f"cd {root} && "
    done = len(study.ids) - len(study.missing)
    state = f"{done} of {len(study.ids)} configurations are evaluated"
    text = (
        f"{study.folder / name}: no such file; the study {study.name} is not finished ({state}): "
        f"{place}snakemake --cores all --configfile {config}"
    )
    if done and name != EVALUATIONS:
        text += "; or look at what there is: tiltyard status, tiltyard partial"
    return text
