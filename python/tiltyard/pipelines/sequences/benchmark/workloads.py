"""Workloads of a study: files of made frames to embed, or made chunks to read."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.files.atomic import write_text
from tiltyard.pipelines.pipeline import Axis, Work, Workload
from tiltyard.pipelines.sequences.simulating import LENGTHS

if TYPE_CHECKING:
    import numpy as np

#: What is done: frames to vectors, or chunks to frames.
EMBED, TRANSLATE = "embed", "translate"
SIZES = ("even", "uneven")
#: How many times as many frames the first of uneven files has as the others.
_UNEVEN = 10
MODELS = ("mosaic-2x64", "mosaic-4x256", "mosaic-12x768", "bert-2x64", "bert-4x256", "bert-12x768")
#: Axes of made files, with the value that holds where a configuration gives none.
AXES = {
    Axis(name="sequences", symbol="s", meaning="frames to embed, or contigs to read"): 1000,
    Axis(name="files", symbol="f", meaning="files of frames"): 4,
    Axis(name="lengths", symbol="", meaning="of frames: equal, log-uniform, few long"): "uniform",
    Axis(name="sizes", symbol="", meaning="of files: even, or one ten times as large"): "even",
    Axis(name="model", symbol="", meaning="seeded model: kind, layers x width"): "mosaic-4x256",
}
#: Axes whose value is in a workload's name even if it is the usual one.
NAMED = ("sequences", "lengths", "model")
#: Of a workload whose chunks are read, there is no model, and no file but one.
_OF_CHUNKS = ("sequences",)
#: Begin of the name of a workload of a person's own files.
OWN = "own"
RECORD = "work.json"
#: Bases of a chunk, and of made contigs.
WINDOW, _CONTIGS = 500, (300, 6000)


def _listed(meaning: str, item: Mapping[str, Any]) -> dict[str, Any]:
    listed = {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}
    return {**listed, "description": meaning}


_NUMBER = {"type": "integer", "minimum": 1, "maximum": 10**8}
#: JSON Schema of the configuration's key ``workload``.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "task": {"description": "what is done", "enum": [EMBED, TRANSLATE]},
        "sequences": _listed("frames to embed, or contigs to read", _NUMBER),
        "files": _listed("files of frames", {**_NUMBER, "maximum": 1000}),
        "lengths": _listed("of frames", {"enum": list(LENGTHS)}),
        "sizes": _listed("of files", {"enum": list(SIZES)}),
        "model": _listed("seeded model", {"enum": list(MODELS)}),
        "own": {
            "description": "your own FASTA files of frames, or of chunks",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
        },
    },
}


def task_of(settings: Mapping[str, Any]) -> str:
    """What a configuration's workloads are of."""
    return str(settings.get("task", EMBED))


def workloads_of(settings: Mapping[str, Any]) -> list[Workload]:
    """Workloads that the configuration's key ``workload`` gives.

    Raises
    ------
    ValueError
        If a key is of the other task, own files are not there, or there are more files than frames.
    """
    task = task_of(settings)
    for key in settings:
        if task == TRANSLATE and key not in ("task", "own", *_OF_CHUNKS):
            raise ValueError(f"workload.{key} is of the task {EMBED}; leave it out")
    if "own" in settings:
        return [_own(settings, task)]
    return list(_products(settings, task))


def _products(lists: Mapping[str, Any], task: str) -> Iterator[Workload]:
    values = [lists.get(axis.name, [usual]) for axis, usual in AXES.items()]
    for chosen in itertools.product(*values):
        axes = dict(zip((axis.name for axis in AXES), chosen, strict=True))
        named = _OF_CHUNKS if task == TRANSLATE else NAMED
        parts = [
            f"{axis.symbol}{axes[axis.name]}"
            for axis, usual in AXES.items()
            if axis.name in named or (task == EMBED and axes[axis.name] != usual)
        ]
        if task == EMBED and axes["files"] > axes["sequences"]:
            raise ValueError(
                f"workload: {axes['files']} files of {axes['sequences']} sequences; "
                "give fewer files"
            )
        yield Workload("-".join([task, *parts]), axes, {"task": task})


def _own(settings: Mapping[str, Any], task: str) -> Workload:
    surplus = set(settings) - {"own", "task", "model"}
    if surplus:
        raise ValueError(
            f"workload.{min(surplus)} is of files that are made; leave it out beside own"
        )
    paths = [Path(path).expanduser().absolute() for path in settings["own"]]
    for path in paths:
        if not path.is_file():
            raise ValueError(f"workload.own: there is no file {path}")
    models = settings.get("model", ["mosaic-4x256"])
    if len(models) > 1:
        raise ValueError("workload.model: own files are embedded by one model")
    names = [str(path) for path in paths]
    digest = hashlib.sha256(json.dumps([names, models]).encode()).hexdigest()
    return Workload(f"{OWN}-{digest[:6]}", {}, {"task": task, "own": names, "model": models[0]})


def make(workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
    """Make the files of `workload` in `folder`, or note where a person's own are."""
    task = str(workload.facts["task"])
    if "own" in workload.facts:
        files = list(workload.facts["own"])
    elif task == TRANSLATE:
        files = [_chunks(int(workload.axes["sequences"]), folder, rng)]
    else:
        files = _frames(workload, folder, rng)
    graph = model = ""
    if task == EMBED:
        from tiltyard.pipelines.sequences.models.model import model_of, write_graph

        model = f"random-{workload.facts.get('model') or workload.axes['model']}"
        graph = write_graph(model_of(model), folder / "graphs").name
    units = _count([folder / file for file in files])
    # A study opens what was made by name and axes alone.
    facts = {"task": task, "model": model}
    record = {"files": files, "units": units, "graph": graph, "facts": facts}
    write_text(folder / RECORD, json.dumps(record, indent=1))
    return open_work(workload, folder)


def _chunks(count: int, folder: Path, rng: np.random.Generator) -> str:
    from tiltyard.pipelines.sequences.fasta import fasta_of
    from tiltyard.pipelines.sequences.rule.rules import rules_of
    from tiltyard.pipelines.sequences.simulating import made_contigs
    from tiltyard.pipelines.sequences.steps import chunk_file

    contigs = folder / "contigs.fa"
    contigs.write_bytes(fasta_of(made_contigs(count, *_CONTIGS, rng)))
    chunk_file(contigs, folder / "chunks.fa", rules_of(window=WINDOW), False)
    contigs.unlink()
    return "chunks.fa"


def _frames(workload: Workload, folder: Path, rng: np.random.Generator) -> list[str]:
    from tiltyard.pipelines.sequences.fasta import fasta_of
    from tiltyard.pipelines.sequences.simulating import made_frames

    axes: dict[str, Any] = dict(workload.axes)
    records = made_frames(axes["sequences"], axes["lengths"], rng)
    shares = [1] * axes["files"]
    if axes["sizes"] == "uneven":
        shares[0] = _UNEVEN
    names, first, total = [], 0, 0
    for number, share in enumerate(shares, start=1):
        total += share
        last = round(len(records) * total / sum(shares))
        names.append(f"output_{number}.fa")
        (folder / names[-1]).write_bytes(fasta_of(records[first:last]))
        first = last
    return names


def _count(paths: Sequence[Path]) -> dict[str, int]:
    from tiltyard.pipelines.sequences.fasta import read_fasta

    units = {"sequences": 0, "bases": 0}
    for path in paths:
        for record in read_fasta(path):
            units["sequences"] += 1
            units["bases"] += len(record.sequence)
    return units


def open_work(workload: Workload, folder: Path) -> Work:
    """The work that `make` left in `folder`; its facts are the task, and the model's reference.

    Raises
    ------
    ValueError
        If a file of it is missing, with its path.
    """
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    files = {"sequences": [folder / name for name in record["files"]]}
    if record["graph"]:
        files["graph"] = [folder / "graphs" / record["graph"]]
    for path in itertools.chain(*files.values()):
        if not path.is_file():
            raise ValueError(f"{path}: the file of workload {workload.name} is gone; make it again")
    return Work(workload, files, record["units"], record["facts"])
