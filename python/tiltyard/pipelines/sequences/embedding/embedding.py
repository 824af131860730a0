"""Files of sequences to files of vectors: what is finished stays, what fails is named."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from tiltyard.engine.files.receipts import sha256_of
from tiltyard.pipelines import stages
from tiltyard.pipelines.sequences.embedding import pool
from tiltyard.pipelines.sequences.embedding.assigning import Assignment, assigned
from tiltyard.pipelines.sequences.embedding.batching import Batching
from tiltyard.pipelines.sequences.embedding.files import unfinished, write_vectors
from tiltyard.pipelines.sequences.embedding.pool import Failure, Progress
from tiltyard.pipelines.sequences.embedding.running import Embed, opened
from tiltyard.pipelines.sequences.fasta import read_fasta
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.model import Model, Pooling, model_of, write_graph
from tiltyard.pipelines.sequences.models.session import Device, device_of

Load = Literal["once", "per-file"]
#: Packages that decide vectors.
_PACKAGES = ("tiltyard", "onnxruntime", "tokenizers")


@dataclass(frozen=True)
class Task:
    """A file of sequences, and where its vectors go."""

    source: Path
    target: Path


@dataclass(frozen=True, kw_only=True)
class How:
    """How files are embedded; none of it but `batching` and `device` decides a byte.

    Parameters
    ----------
    batching : Batching
    workers : int
        Processes with a model each; 1 is this process.
    threads : int
        That compute one batch.
    callers : int
        Threads of a process that call its one session.
    assignment : Assignment
    load : {"once", "per-file"}
    device : {"cpu", "cuda", "auto"}
    """

    batching: Batching
    workers: int = 1
    threads: int = 1
    callers: int = 1
    assignment: Assignment = "queue_largest"
    load: Load = "once"
    device: Device = "cpu"


@dataclass(frozen=True)
class Ended:
    """What came of the files.

    Parameters
    ----------
    failures : dict
        Place of a file -> why it failed.
    kept : int
        Files that were finished before.
    loads : int
        How often the model was loaded.
    truncated : int
        Sequences of which the model saw not all.
    """

    failures: dict[int, Failure]
    kept: int
    loads: int
    truncated: int


def embed_files(
    tasks: Sequence[Task],
    model: Model,
    how: How,
    graphs: Path | None = None,
    *,
    progress: Progress = lambda count: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> Ended:
    """Embed every file that is not finished.

    Parameters
    ----------
    graphs : path or None
        Folder in which the model's graph is kept; None for one that is removed again.
    progress : callable
        Told how many sequences more are done.
    warn : callable
        Told of files that are there and have to be made again, and of shortened sequences.

    Raises
    ------
    WorkFailed
        If no worker can load the model.
    InputError
        If the model cannot be read, or its device is not there.
    """
    stages.begin("open")
    about = note_of(model, how)
    failures: dict[int, Failure] = {}
    costs: dict[int, int] = {}
    kept = 0
    for place, task in enumerate(tasks):
        try:
            names, letters = _contents(task.source, model)
            note = {**about, "source": sha256_of(task.source)}
        except (InputError, OSError) as error:
            failures[place] = Failure(type(error).__name__, str(error))
            continue
        reason = unfinished(task.target, names, note)
        if not reason:
            kept += 1
            progress(len(names))
            continue
        if task.target.exists():
            warn(f"{task.target}: {reason}; it is made again")
        costs[place] = sum(letters)
    with tempfile.TemporaryDirectory(prefix="tiltyard-") as temporary:
        results, loads = _worked(tasks, costs, model, how, graphs or Path(temporary), progress)
    truncated = 0
    for place, result in results.items():
        if isinstance(result, Failure):
            failures[place] = result
        else:
            truncated += result
    if truncated:
        warn(
            f"{truncated:,} sequences are longer than the {model.most_tokens} tokens that "
            f"{model.name} takes: it saw their first ones and the last"
        )
    return Ended(dict(sorted(failures.items())), kept, loads, truncated)


def _worked(
    tasks: Sequence[Task],
    costs: dict[int, int],
    model: Model,
    how: How,
    graphs: Path,
    progress: Progress,
) -> tuple[dict[int, Any], int]:
    """Results by place of the file, and how often the model was loaded."""
    if not costs:
        return {}, 0
    graph = None if model.encoder is None else write_graph(model, graphs)
    places = list(costs)
    own = [tasks[place] for place in places]
    workers = min(how.workers, len(own))
    load = partial(loaded, model.reference, model.pooling_given, graph, how)
    if workers == 1:
        work = load()
        stages.begin("compute")
        found: dict[int, Any] = {}
        for place, task in zip(places, own, strict=True):
            try:
                found[place] = work(task, progress)
            except Exception as error:
                found[place] = Failure(type(error).__name__, str(error))
        return found, 1
    stages.begin("compute")
    queues = assigned([costs[place] for place in places], workers, how.assignment)
    results, loads = pool.run(load, own, queues, progress)
    return {places[number]: result for number, result in results.items()}, loads


def note_of(model: Model, how: How) -> dict[str, Any]:
    """What decides the bytes of a file of vectors, beside its source."""
    batched = model.encoder is not None
    return {
        "model": model.digest,
        "model_name": model.name,
        "pooling": model.pooling if batched else "",
        "precision": "float32",
        "batching": how.batching.words if batched else "",
        "device": device_of(how.device) if batched else "cpu",
        "versions": {name: metadata.version(name) for name in _PACKAGES},
    }


def loaded(reference: str, pooling: Pooling | None, graph: Path | None, how: How) -> pool.Work:
    """What a worker does with a file, its model loaded."""
    model = model_of(reference, pooling)
    about = note_of(model, how)
    if how.load == "once":
        embed = _embed(model, graph, how)
        return lambda task, progress: _one(task, model, embed, about, progress)
    return lambda task, progress: _one(task, model, _embed(model, graph, how), about, progress)


def _embed(model: Model, graph: Path | None, how: How) -> Embed:
    return opened(
        model,
        graph,
        how.batching,
        threads=how.threads,
        callers=how.callers,
        device=how.device,
    )


def _one(task: Task, model: Model, embed: Embed, about: dict[str, Any], progress: Progress) -> int:
    """Embed one file; returns how many sequences were shortened."""
    records = list(read_fasta(task.source, protein=model.protein))
    empty = next((one.name for one in records if not one.sequence), None)
    if empty is not None:
        raise InputError(f"{task.source}: {empty} has no letters; leave it out")
    found = embed([one.sequence for one in records], progress)
    letters = [len(one.sequence) for one in records]
    note = {**about, "source": sha256_of(task.source)}
    write_vectors(task.target, [one.name for one in records], letters, found, note)
    return int(found.truncated.sum())


def _contents(source: Path, model: Model) -> tuple[list[str], list[int]]:
    """Names of a file's sequences, and their letters."""
    records = read_fasta(source, protein=model.protein)
    pairs = [(one.name, len(one.sequence)) for one in records]
    return [name for name, _ in pairs], [size for _, size in pairs]
