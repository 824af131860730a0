"""What belongs to the results of a derivative study, for its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tiltyard.derivatives.julia.runtime import find_julia, julia_kernels
from tiltyard.derivatives.study import Paths, Study
from tiltyard.study.files import project_root
from tiltyard.study.manifest import NAME, Contents

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
    runtime = find_julia(project_root()) if study.julia else None
    return Contents(
        study=study.name,
        seed=study.seed,
        config=study.config,
        configurations=len(ids),
        julia=runtime.version if runtime else "off",
        kernels=julia_kernels(runtime),
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
