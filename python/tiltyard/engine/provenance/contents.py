"""The files that belong to the results of a study, for its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tiltyard.engine.files.receipts import EVALUATIONS
from tiltyard.engine.provenance.manifest import NAME
from tiltyard.engine.study import Study

#: Files that a study is made from, apart from code.
INPUTS = ("study.json", "catalogue.json")
#: Endings of tables.
TABLES = (".csv", ".json", ".parquet")


def groups_of(study: Study, tables: Sequence[Path] | None = None) -> dict[str, list[str]]:
    """Groups of files of `study` -> their names below its folder.

    Parameters
    ----------
    study : Study
    tables : sequence of path or None
        Tables of results in the study's folder; None for all that are there.

    Raises
    ------
    ValueError
        If one of `tables` is not in the study's folder, or no table is there.
    """
    names = [_name(path, study) for path in tables or _tables(study)]
    if not names:
        raise ValueError(
            f"{study.folder}: there are no tables of results; the workflow writes them: "
            "snakemake --cores all --configfile <the study's configuration>"
        )
    return {
        "inputs": list(INPUTS),
        "datasets": [_name(study.dataset(name), study) for name in study.ids],
        EVALUATIONS: [_name(study.evaluation(name), study) for name in study.ids],
        "tables": sorted(names),
    }


def _tables(study: Study) -> list[Path]:
    others = (*INPUTS, NAME)
    return [
        path
        for path in study.folder.glob("[!.]*")
        if path.suffix in TABLES and path.name not in others
    ]


def _name(path: Path, study: Study) -> str:
    try:
        return path.relative_to(study.folder).as_posix()
    except ValueError:
        raise ValueError(
            f"{path}: not in the study's folder; name files in {study.folder}"
        ) from None
