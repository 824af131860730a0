"""What belongs to the results of a derivative study, for its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tiltyard.engine.files.atomic import project_root
from tiltyard.engine.provenance.manifest import NAME, Contents
from tiltyard.studies.derivatives.julia.runtime import find_julia
from tiltyard.studies.derivatives.study import Paths, Study

#: What a study is made from, apart from code.
INPUTS = ("study.json", "catalogue.json")
#: Endings of tables.
TABLES = (".csv", ".json", ".parquet")


def contents_of(study: Study, paths: Paths, tables: Sequence[Path] | None = None) -> Contents:
    """What the manifest of `study`, whose files lie at `paths`, is made of.

    Parameters
    ----------
    study : Study
    paths : Paths
    tables : sequence of path or None
        Tables of results in the study's folder; None for all that are there.

    Raises
    ------
    ValueError
        If one of `tables` is not in the study's folder, or no table is there.
    """
    ids = [point.id for point in study.configurations]
    names = [_name(path, paths) for path in tables or _tables(paths)]
    if not names:
        raise ValueError(f"{paths.folder}: there are no tables of results; run the study first")
    return Contents(
        study=study.name,
        seed=study.seed,
        config=study.config,
        configurations=len(ids),
        julia=find_julia(project_root()).version if study.julia else "off",
        groups={
            "inputs": INPUTS,
            "datasets": [_name(paths.dataset(name), paths) for name in ids],
            "evaluations": [_name(paths.evaluation(name), paths) for name in ids],
            "tables": sorted(names),
        },
    )


def _tables(paths: Paths) -> list[Path]:
    others = (*INPUTS, NAME)
    return [
        path
        for path in paths.folder.glob("[!.]*")
        if path.suffix in TABLES and path.name not in others
    ]


def _name(path: Path, paths: Paths) -> str:
    try:
        return path.relative_to(paths.folder).as_posix()
    except ValueError:
        raise ValueError(f"{path}: is not in the study's folder, {paths.folder}") from None
