"""A prediction from contigs to tables, which goes on where it was stopped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.files.json import json_text
from tiltyard.pipelines import stages
from tiltyard.pipelines.sequences.classifying.classifier import Classifier, read_classifier
from tiltyard.pipelines.sequences.classifying.embedded import NAME, embedded
from tiltyard.pipelines.sequences.embedding.embedding import How, Task, embed_files, note_of
from tiltyard.pipelines.sequences.embedding.files import read_vectors
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.merging import Merged, merge_files, merged
from tiltyard.pipelines.sequences.models.model import Model, model_of
from tiltyard.pipelines.sequences.models.session import providers
from tiltyard.pipelines.sequences.predicting.framing import Framed, file_of
from tiltyard.pipelines.sequences.predicting.outputs import (
    Counts,
    Outputs,
    write_outputs,
    write_virus,
)
from tiltyard.pipelines.sequences.predicting.scoring import ScoredContig, scored
from tiltyard.pipelines.sequences.predicting.working import Reading, framed
from tiltyard.pipelines.sequences.rule.calling import Scores, Thresholds
from tiltyard.pipelines.sequences.tables import table

FAILED = ("file", "error", "message")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for.

    Parameters
    ----------
    reading : Reading
    outputs : Outputs
    how : How
    thresholds : Thresholds
    model : path or None
        Folder of a classifier and its models; None for the embedded one.
    work : path or None
        Folder of what is under way, which then stays; None for one beside the outputs, which is
        removed in the end.
    strict : bool
        Whether an input without a record is refused.
    """

    reading: Reading
    outputs: Outputs
    how: How
    thresholds: Thresholds = field(default_factory=Thresholds)
    model: Path | None = None
    work: Path | None = None
    strict: bool = False

    @property
    def folder(self) -> Path:
        """Folder of what is under way."""
        return self.work or self.outputs.beside("work")


@dataclass(frozen=True)
class Told:
    """How a prediction says what it does.

    Parameters
    ----------
    warn : callable
        Told sentences that have to be read.
    begin : callable
        Told how many sequences will be embedded.
    progress : callable
        Told how many more are.
    """

    warn: Callable[[str], None]
    begin: Callable[[int], None] = lambda total: None
    progress: Callable[[int], None] = lambda count: None


@dataclass(frozen=True)
class Predicted:
    """What came of it.

    Parameters
    ----------
    framed : Framed
    counts : Counts
    failures : list of (str, str, str)
        File, error, message.
    """

    framed: Framed
    counts: Counts
    failures: list[tuple[str, str, str]]


def classifier_of(model: Path | None, window: int) -> Classifier:
    """The classifier of a folder, or the embedded one."""
    return embedded(window) if model is None else read_classifier(model)


def frames_alone(request: Request, told: Told) -> Framed:
    """Write the files of frames, and no more."""
    found = framed(request.reading, request.folder, warn=told.warn)
    _say_of_input(request, found, told)
    return found


def predict(request: Request, told: Told) -> Predicted:
    """Predict, and write all tables.

    Raises
    ------
    InputError
        If something is not as it has to be; nothing is written then.
    WorkFailed
        If no worker can load a model.
    """
    request.outputs.check()
    providers(request.how.device)
    classifier = classifier_of(request.model, request.reading.rules.window)
    models = {kind: model_of(one.model, one.pooling) for kind, one in classifier.inputs.items()}
    if request.outputs.virus is not None and str(request.reading.source) == "-":
        raise InputError("--write-virus reads the input once more, and - cannot be; name a file")
    stages.begin("read")
    found = framed(request.reading, request.folder, warn=told.warn)
    _say_of_input(request, found, told)
    _say_of_classifier(request, classifier, told)
    told.begin(found.frames * len(models))
    failures = _embedded(request, models, found, told)
    stages.begin("write")
    lost: dict[str, tuple[str, str]] = {}
    scores = _scores(request, classifier, models, found, failures, lost)
    contigs = scored(request.folder, scores, request.thresholds)
    virus: set[str] = set()
    counts = write_outputs(request.outputs, _noting(contigs, virus), lost)
    if request.outputs.virus is not None:
        reading = request.reading
        write_virus(reading.source, virus, request.outputs.virus, reading.rename_duplicates)
    _write_failed(request.outputs.beside("failed.tsv"), failures)
    _write_run(request, classifier, models, found, counts)
    if request.work is None and not failures:
        shutil.rmtree(request.folder)
    return Predicted(found, counts, failures)


def _noting(contigs: Iterator[ScoredContig], virus: set[str]) -> Iterator[ScoredContig]:
    """The contigs, of which those that are virus are noted."""
    for contig in contigs:
        if contig.call.is_virus:
            virus.add(contig.name)
        yield contig


def vectors_file(work: Path, kind: str, number: int, model: Model) -> Path:
    """File of the vectors of a file of frames."""
    return file_of(work, kind, number).with_suffix(f".{model.name}.parquet")


def merged_file(work: Path, number: int) -> Path:
    """File of the vectors of all inputs."""
    return work / "merged" / f"output_{number}.parquet"


def _embedded(
    request: Request, models: dict[str, Model], found: Framed, told: Told
) -> list[tuple[str, str, str]]:
    """Embed all files of all inputs; returns what failed."""
    failures = []
    work = request.folder
    for kind, model in models.items():
        tasks = [
            Task(file_of(work, kind, number), vectors_file(work, kind, number, model))
            for number in range(1, found.files + 1)
        ]
        graphs = work / "models"
        ended = embed_files(
            tasks, model, request.how, graphs, progress=told.progress, warn=told.warn
        )
        failures += [
            (str(tasks[place].source), failure.error, failure.message)
            for place, failure in ended.failures.items()
        ]
    return failures


def _scores(
    request: Request,
    classifier: Classifier,
    models: dict[str, Model],
    found: Framed,
    failures: list[tuple[str, str, str]],
    lost: dict[str, tuple[str, str]],
) -> Iterator[tuple[str, Scores]]:
    """Scores of the frames of files that did not fail, in order; those left out go to `lost`."""
    work = request.folder
    failed = {file for file, _, _ in failures}
    for number in range(1, found.files + 1):
        if any(str(file_of(work, kind, number)) in failed for kind in models):
            continue
        own = {kind: vectors_file(work, kind, number, model) for kind, model in models.items()}
        joined = _merged(own, merged_file(work, number))
        lost.update({name: ("merge", reason) for name, reason in joined.missing})
        if not joined.names:
            continue
        for name, row in zip(joined.names, classifier.scores(joined.vectors), strict=True):
            yield name, Scores(*row.tolist())


def _merged(own: dict[str, Path], target: Path) -> Merged:
    if len(own) > 1:
        return merge_files(own, target)
    ((kind, path),) = own.items()
    names, vectors, _ = read_vectors(path)
    return merged({kind: (names, vectors)})


def _say_of_input(request: Request, found: Framed, told: Told) -> None:
    source = request.reading.source
    if not found.contigs:
        if request.strict:
            if request.work is None:
                shutil.rmtree(request.folder)
            raise InputError(f"{source} has no record, and --strict was given")
        told.warn(f"{source} has no record: all tables are empty")
    if found.gaps:
        told.warn(f"{source}: {found.gaps:,} gaps (- or .) were taken out before cutting")


def _say_of_classifier(request: Request, classifier: Classifier, told: Told) -> None:
    rules = request.reading.rules
    if classifier.name == NAME:
        accuracy = classifier.about["accuracy"][str(classifier.window)]
        told.warn(
            f"the embedded classifier: {classifier.about['limits']} On groups that it never saw it "
            f"is right in {accuracy['balanced']:.0%} (95 %: {accuracy['interval'][0]:.0%} to "
            f"{accuracy['interval'][1]:.0%}); {request.outputs.beside('run.json')} has the table "
            "by group."
        )
    if classifier.window != rules.window:
        told.warn(
            f"--window {rules.window}: the classifier was trained with {classifier.window}; how "
            "often it is right with another one is not known"
        )
    if classifier.table != rules.table:
        told.warn(
            f"--table {rules.table}: the classifier was trained with table {classifier.table}"
        )


def _write_failed(path: Path, failures: list[tuple[str, str, str]]) -> None:
    """The table of files that failed, which is not there if none did."""
    if not failures:
        path.unlink(missing_ok=True)
        return
    with table(path, FAILED) as file:
        for source, error, message in failures:
            file.add(source, error, " ".join(message.split()))


def _write_run(
    request: Request,
    classifier: Classifier,
    models: dict[str, Model],
    found: Framed,
    counts: Counts,
) -> None:
    """What decided the tables, and what has to be known of the classifier."""
    identity = request.reading.identity()
    content: dict[str, Any] = {
        "input": {"file": str(request.reading.source), "sha256": identity.pop("input")},
        "rules": identity,
        "found": vars(found),
        "contigs": vars(counts),
        "thresholds": vars(request.thresholds),
        "models": {
            kind: note_of(model, request.how) | {"reference": model.reference}
            for kind, model in models.items()
        },
        "classifier": {
            "name": classifier.name,
            "kind": classifier.kind,
            "window": classifier.window,
            "table": classifier.table,
            **classifier.about,
        },
    }
    write_text(request.outputs.beside("run.json"), json_text(content) + "\n")
