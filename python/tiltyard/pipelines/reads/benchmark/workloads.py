"""Workloads of a study: files of made reads, or a person's own."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.files.atomic import write_text
from tiltyard.pipelines.pipeline import Axis, Work, Workload
from tiltyard.pipelines.reads.benchmark.tasks import TASKS, USUAL

if TYPE_CHECKING:
    import numpy as np

COMPRESSIONS = {"plain": "reads.fq", "gzip": "reads.fq.gz", "bgzf": "reads.fq.bgz"}
LENGTHS = ("equal", "spread")
#: Axes of made files, with the value that holds where a configuration gives none.
AXES = {
    Axis(name="reads", symbol="r", meaning="reads of the file"): 100_000,
    Axis(
        name="length", symbol="l", meaning="letters of a read, or their median", unit="bases"
    ): 150,
    Axis(name="compression", symbol="", meaning="none, gzip, or gzip in blocks"): "plain",
    Axis(name="lengths", symbol="", meaning="all the same, or log-normal"): "equal",
    Axis(name="task", symbol="", meaning="what is done to the reads"): USUAL,
}
#: Axes whose value is in a workload's name even if it is the usual one.
NAMED = ("reads", "length", "compression")
#: Begin of the name of a workload of a person's own files.
OWN = "own"
#: File in a workload's folder that says what there is of it.
RECORD = "work.json"
_GZIP_LEVEL = 6


def _numbers(meaning: str, most: int) -> dict[str, Any]:
    number = {"type": "integer", "minimum": 1, "maximum": most}
    listed = {"type": "array", "items": number, "minItems": 1, "uniqueItems": True}
    return {**listed, "description": meaning}


def _words(meaning: str, words: Sequence[str]) -> dict[str, Any]:
    listed = {"type": "array", "items": {"enum": list(words)}, "minItems": 1, "uniqueItems": True}
    return {**listed, "description": meaning}


_LISTS = {
    "reads": _numbers("how many reads", 10**9),
    "length": _numbers("letters of a read", 10**6),
    "compression": _words("of the file", tuple(COMPRESSIONS)),
    "lengths": _words("all the same, or log-normal around the median", LENGTHS),
    "task": _words("what is done to the reads", tuple(TASKS)),
}
#: JSON Schema of the configuration's key ``workload``.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **_LISTS,
        "scenarios": {
            "description": "lists that differ from those beside it, one or more workloads each",
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "additionalProperties": False, "properties": _LISTS},
        },
        "files": {
            "description": "your own FASTQ files, plain or compressed",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
        },
    },
}


def workloads_of(settings: Mapping[str, Any]) -> list[Workload]:
    """Workloads that the configuration's key ``workload`` gives.

    Raises
    ------
    ValueError
        If own files are not there, or lists are beside them.
    """
    if "files" in settings:
        return [_own(settings, task) for task in settings.get("task", [USUAL])]
    lists = {name: values for name, values in settings.items() if name != "scenarios"}
    found = {}
    for scenario in settings.get("scenarios", [{}]):
        for workload in _products({**lists, **scenario}):
            found[workload.name] = workload  # scenarios may overlap
    return list(found.values())


def _products(lists: Mapping[str, Sequence[Any]]) -> Iterator[Workload]:
    values = [lists.get(axis.name, [usual]) for axis, usual in AXES.items()]
    for chosen in itertools.product(*values):
        axes = dict(zip((axis.name for axis in AXES), chosen, strict=True))
        parts = [
            f"{axis.symbol}{axes[axis.name]}"
            for axis, usual in AXES.items()
            if axis.name in NAMED or axes[axis.name] != usual
        ]
        yield Workload("-".join(parts), axes)


def _own(settings: Mapping[str, Any], task: str) -> Workload:
    """The workload of a person's own files; other files give it another name."""
    surplus = set(settings) - {"files", "task"}
    if surplus:
        raise ValueError(
            f"workload.{min(surplus)} is of files that are made; leave it out beside files"
        )
    paths = [Path(path).expanduser().absolute() for path in settings["files"]]
    for path in paths:
        if not path.is_file():
            raise ValueError(f"workload.files: there is no file {path}")
    names = [str(path) for path in paths]
    digest = hashlib.sha256(json.dumps(names).encode()).hexdigest()
    name = "-".join([OWN, digest[:6], *([task] if task != USUAL else [])])
    return Workload(name, {"task": task}, {"files": names})


def make(workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
    """Make the file of `workload` in `folder`, or note where a person's own are."""
    if workload.facts:
        files = list(workload.facts["files"])
    else:
        files = [COMPRESSIONS[str(workload.axes["compression"])]]
        _write(workload, folder / files[0], rng)
    units = _count([folder / file for file in files])
    write_text(folder / RECORD, json.dumps({"files": files, "units": units}, indent=1))
    return open_work(workload, folder)


def _write(workload: Workload, path: Path, rng: np.random.Generator) -> None:
    import gzip

    from tiltyard.pipelines.reads.simulating import made_reads
    from tiltyard.pipelines.reads.writing import bgzf
    from tiltyard.pipelines.reads.writing.text import fastq_of

    axes: dict[str, Any] = dict(workload.axes)
    batches = made_reads(axes["reads"], axes["length"], rng, spread=axes["lengths"] == "spread")
    with path.open("wb") as file:
        if axes["compression"] == "gzip":
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                for batch in batches:
                    packed.write(fastq_of(batch))
        elif axes["compression"] == "bgzf":
            blocks = bgzf.Writer(file)
            for batch in batches:
                blocks.write(fastq_of(batch))
            blocks.close()
        else:
            for batch in batches:
                file.write(fastq_of(batch))


def _count(paths: Sequence[Path]) -> dict[str, int]:
    from tiltyard.pipelines.reads.files import Reader, files_of
    from tiltyard.pipelines.reads.implementations import implementation

    units = {"reads": 0, "bases": 0}
    for batch in Reader(way=implementation("kernels")).batches(files_of(list(paths))):
        units["reads"] += len(batch)
        units["bases"] += batch.bases
    return units


def open_work(workload: Workload, folder: Path) -> Work:
    """The work that `make` left in `folder`.

    Raises
    ------
    ValueError
        If a file of it is missing, with its path.
    """
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    files = [folder / name for name in record["files"]]
    for path in files:
        if not path.is_file():
            raise ValueError(f"{path}: the file of workload {workload.name} is gone; make it again")
    return Work(workload, {"reads": files}, record["units"])
