"""Files of the workloads: made once for all rounds, kept with their digests, restored when lost.

A workload has a folder below ``workloads`` in the study's. Its files are made from the study's
seed and the workload's name, so that they are the same bytes whenever they are made. Beside them,
``files.json`` has their sizes, times and digests.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.json import read_sealed, write_sealed
from tiltyard.engine.files.receipts import Facts, damage_of, facts_of
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.store.locks import Ownership
from tiltyard.engine.study import Study
from tiltyard.pipelines.pipeline import Work, Workload
from tiltyard.studies.throughput.dataset import digest_of_files
from tiltyard.studies.throughput.finding import pipeline_code
from tiltyard.studies.throughput.settings import pipeline_of, workloads_of

FOLDER = "workloads"
RECEIPT = "files.json"


@dataclass(frozen=True)
class Files:
    """Files of a workload that are there and whole.

    Parameters
    ----------
    workload : Workload
    folder : path
        Absolute path of what `Pipeline.make` left, for `Pipeline.open`.
    files : mapping
        Path below `folder`, or absolute path of a person's own file -> its facts.
    units : mapping
        What there is of each unit of work.
    """

    workload: Workload
    folder: Path
    files: Mapping[str, Facts]
    units: Mapping[str, int]

    @property
    def listed(self) -> list[tuple[str, int, str]]:
        """Name, size and SHA-256 of each file; of a person's own files the name alone."""
        return sorted(
            (Path(name).name if Path(name).is_absolute() else name, facts.size, facts.digest)
            for name, facts in self.files.items()
        )

    @property
    def digest(self) -> str:
        return digest_of_files(self.listed)

    @property
    def paths(self) -> list[Path]:
        """Absolute paths of all files."""
        return [self.folder / name for name in self.files]


def folder_of(study: Study, workload: str) -> Path:
    """Absolute path of the folder of the workload of that name."""
    return study.folder.absolute() / FOLDER / workload


def ready_files(study: Study, name: str) -> Files:
    """The files of the workload `name`, made first where they are missing, damaged or stale.

    Only one process at a time makes or checks the files of a study's workloads.

    Raises
    ------
    ValueError
        If the study has no such workload, or the pipeline cannot make it; with the reason.
    """
    workload = workloads_of(study.config).get(name)
    if workload is None:
        raise ValueError(f"the study has no workload {name!r}")
    folder = folder_of(study, name)
    code = pipeline_code()[pipeline_of(study.config).name]
    with closing(Ownership(folder.parent / "owners")) as owners, owners.of(f"workload {name}"):
        found = _kept(folder, workload, code)
        return found if found is not None else _made(study, workload, folder, code)


def _kept(folder: Path, workload: Workload, code: str) -> Files | None:
    """The files if they are whole and of this code; else None, and a warning says why."""
    if not folder.exists():
        return None
    try:
        content = read_sealed(folder / RECEIPT)
        files = {path: Facts(*facts) for path, facts in content["files"].items()}
        units = {unit: int(count) for unit, count in content["units"].items()}
        if content["code"] != code or content["axes"] != _plain(workload.axes):
            raise UnreadableFile(f"{folder}: stale, made by other code or for other values")
        for path, facts in files.items():
            if damage := damage_of(folder / "files", path, facts):
                raise UnreadableFile(f"{folder / 'files' / damage.name}: {damage.reason}")
    except (UnreadableFile, KeyError, TypeError, ValueError) as error:
        print(f"warning: made again: {error}", file=sys.stderr, flush=True)
        return None
    return Files(workload, folder / "files", files, units)


def _made(study: Study, workload: Workload, folder: Path, code: str) -> Files:
    """Make the files, in a folder that takes the place of the old one when it is complete."""
    pipeline = pipeline_of(study.config)
    into = folder / "files"
    making = folder / f".files.{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp"
    making.mkdir(parents=True)
    try:
        rng = generator(study.seed, "workload", pipeline.name, workload.name)
        pipeline.make(workload, making, rng)
        (folder / RECEIPT).unlink(missing_ok=True)
        shutil.rmtree(into, ignore_errors=True)
        making.rename(into)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    work = pipeline.open(workload, into)
    facts = {_name(path, into): facts_of(path) for path in _all_files(work, into)}
    files = Files(workload, into, facts, dict(work.units))
    content = {
        "axes": _plain(workload.axes),
        "code": code,
        "units": dict(files.units),
        "files": {name: list(own) for name, own in facts.items()},
        "digest": files.digest,
    }
    write_sealed(folder / RECEIPT, content)
    return files


def _all_files(work: Work, folder: Path) -> list[Path]:
    """Files of the workload, and what else lies in its `folder`, such as an index."""
    named = {path.absolute() for paths in work.files.values() for path in paths}
    return sorted(named | {path for path in folder.rglob("*") if path.is_file()})


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _plain(axes: Mapping[str, Any]) -> dict[str, Any]:
    return dict(axes)
