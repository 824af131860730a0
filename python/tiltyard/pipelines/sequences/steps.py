"""The steps of a prediction one by one, from file to file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.pipelines import stages
from tiltyard.pipelines.sequences.embedding.embedding import How, Task, embed_files
from tiltyard.pipelines.sequences.fasta import Record, fasta_of, read_fasta
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.model import Model
from tiltyard.pipelines.sequences.naming import place_of
from tiltyard.pipelines.sequences.pieces import Chunk, chunks_of_record, grouped
from tiltyard.pipelines.sequences.predicting.framing import frame_row
from tiltyard.pipelines.sequences.rule.rules import Rules
from tiltyard.pipelines.sequences.tables import CHUNKS, FRAMES, MISSING, PREDICTED, rows, table
from tiltyard.pipelines.sequences.translating import translation

NOT_SCORED = "not_scored"


def chunk_file(source: Path, output: Path, rules: Rules, rename_duplicates: bool) -> None:
    """Write the chunks of a file, and the table of where they are."""
    places = _beside(output, "tsv")
    with (
        table(places, CHUNKS) as lines,
        atomic_path(output) as temporary,
        temporary.open("wb") as file,
    ):
        for record in read_fasta(source, rename_duplicates=rename_duplicates):
            for one in chunks_of_record(record, rules):
                file.write(fasta_of([(one.name, one.letters)]))
                lines.add(one.name, one.contig, one.number, one.start, one.end)


def translate_file(source: Path, output: Path, rules: Rules, way: str) -> None:
    """Write proteins, nucleotides, places, and the chunks without a frame."""
    translate = translation(way)
    stages.begin("compute")
    with ExitStack() as stack:
        frames = stack.enter_context(table(_beside(output, "tsv"), FRAMES))
        missing = stack.enter_context(table(_beside(output, "missing.tsv"), MISSING))
        files = [
            stack.enter_context(stack.enter_context(atomic_path(path)).open("wb"))
            for path in (output, _beside(output, "nucleotide.fa"))
        ]
        for group in grouped(_chunks(source)):
            read = translate([one.letters for one in group], rules)
            for chunk, (kept, reason) in zip(group, read, strict=True):
                if reason:
                    missing.add(chunk.name, "translate", reason)
                for frame in kept:
                    row = frame_row(chunk, frame)
                    frames.add(*row)
                    files[0].write(fasta_of([(row[0], frame.protein)]))
                    files[1].write(fasta_of([(row[0], frame.nucleotides)]))


def _chunks(source: Path) -> Iterator[Chunk]:
    """Chunks of a file, with their places if a table of them is beside it."""
    places = _beside(source, "tsv") if str(source) != "-" else None
    known = rows(places, CHUNKS) if places is not None and places.is_file() else None
    for record in read_fasta(source):
        place = place_of(record.name)
        start, end = 0, len(record.sequence)
        if known is not None:
            start, end = _placed(record, next(known, None), places)
        yield Chunk(record.name, place.contig, place.chunk, start, end, record.sequence)


def _placed(record: Record, row: Mapping[str, str] | None, places: Path | None) -> tuple[int, int]:
    name = None if row is None else row["chunk_id"]
    if (
        row is None
        or name != record.name
        or int(row["end"]) - int(row["start"]) != len(record.sequence)
    ):
        raise InputError(
            f"{places} is not the table of these chunks: it has {name} where {record.name} is; "
            "remove it, or cut the contigs again"
        )
    return int(row["start"]), int(row["end"])


def embed_into(
    sources: Sequence[Path],
    output: Path,
    model: Model,
    how: How,
    graphs: Path | None = None,
    *,
    progress: Callable[[int], None],
    warn: Callable[[str], None],
) -> list[tuple[str, str, str]]:
    """Embed files into one; returns file, error and message of those that failed.

    Raises
    ------
    InputError
        If a file is named twice, or the output cannot take its place.
    """
    if len({path.absolute() for path in sources}) < len(sources):
        raise InputError("a file is named twice; its sequences would have the same ids")
    if output.is_dir():
        raise InputError(f"{output} is a folder; name a file, as vectors.parquet")
    parts = output.with_name(f"{output.name}.parts")
    if len(sources) == 1:
        tasks = [Task(sources[0], output)]
    else:
        tasks = [Task(path, parts / f"{k}.parquet") for k, path in enumerate(sources, start=1)]
    ended = embed_files(tasks, model, how, graphs, progress=progress, warn=warn)
    failures = [
        (str(tasks[place].source), failure.error, failure.message)
        for place, failure in ended.failures.items()
    ]
    failed = output.with_name(f"{output.name}.failed.tsv")
    failed.unlink(missing_ok=True)
    if failures:
        with table(failed, ("file", "error", "message")) as lines:
            for file, error, message in failures:
                lines.add(file, error, " ".join(message.split()))
    elif len(sources) > 1:
        stages.begin("write")
        join([task.target for task in tasks], output)
        shutil.rmtree(parts)
    return failures


def join(parts: Sequence[Path], output: Path) -> None:
    """Write the rows of several files of vectors into one."""
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    from tiltyard.pipelines.sequences.embedding.files import KEY, write_columns

    tables, notes = [], []
    for path in parts:
        with pq.ParquetFile(path) as file:
            tables.append(file.read(use_threads=False))
        notes.append(json.loads(tables[-1].schema.metadata[KEY]))
    own = pa.concat_tables([one.replace_schema_metadata() for one in tables])
    columns: dict[str, Any] = {name: own[name].combine_chunks() for name in own.column_names}
    note = {**notes[0], "source": [one["source"] for one in notes]}
    write_columns(output, columns, note)


def classify_file(
    vectors: Path,
    output: Path,
    frames: Path | None,
    model: Path | None,
    window: int,
    warn: Callable[[str], None],
) -> None:
    """Write a table of scores, with the places of the frames if their table is given."""
    from tiltyard.pipelines.sequences.classifying.embedded import NAME
    from tiltyard.pipelines.sequences.embedding.files import read_vectors
    from tiltyard.pipelines.sequences.merging import merged, read_merged
    from tiltyard.pipelines.sequences.predicting.outputs import PREDICTIONS
    from tiltyard.pipelines.sequences.predicting.predict import classifier_of
    from tiltyard.pipelines.sequences.rule.calling import Scores

    classifier = classifier_of(model, window)
    if classifier.name == NAME:
        warn(f"the embedded classifier: {classifier.about['limits']}")
    if classifier.window != window:
        warn(f"--window {window}: the classifier was trained with {classifier.window}")
    if len(classifier.inputs) > 1:
        names, inputs = read_merged(vectors)
    else:
        (kind,) = classifier.inputs
        names, own, _ = read_vectors(vectors)
        found = merged({kind: (names, own)})
        names, inputs = found.names, dict(found.vectors)
        if found.missing:
            warn(f"{vectors}: {len(found.missing):,} vectors are not finite, and are left out")
    scores = classifier.scores(inputs)
    places = {row["sequence_id"]: row for row in rows(frames, FRAMES)} if frames else {}
    with table(output, PREDICTIONS) as lines:
        for name, values in zip(names, scores.tolist(), strict=True):
            one, place = Scores(*values), place_of(name)
            row = places.get(name)
            if frames is not None and row is None:
                raise InputError(f"{frames} has no frame {name}, and {vectors} has")
            plain = (name, place.contig, place.chunk, place.frame, None, None, None, None)
            known = plain if row is None else tuple(row[column] for column in FRAMES)
            lines.add(*known, one.prediction, one.others, one.virus)


def consensus_file(predictions: Path, output: Path, chunks: Path | None) -> None:
    """Write a table of chunks, all of which are in it if their table is given."""
    from tiltyard.pipelines.sequences.predicting.outputs import CHUNKS as COLUMNS
    from tiltyard.pipelines.sequences.rule.calling import OK, Scores, consensus

    found: dict[str, list[Scores]] = {}
    for row in rows(predictions, PREDICTED):
        name = place_of(row["sequence_id"]).chunk_name
        try:
            one = Scores(float(row["score_others"]), float(row["score_virus"]))
        except ValueError as error:
            raise InputError(f"{predictions}: {row['sequence_id']}: {error}") from error
        found.setdefault(name, []).append(one)
    known: dict[str, Mapping[str, str]] = {}
    if chunks is not None:
        known = {row["chunk_id"]: row for row in rows(chunks, CHUNKS)}
        strange = next((name for name in found if name not in known), None)
        if strange is not None:
            raise InputError(f"{chunks} has no chunk {strange}, and {predictions} has")
    with table(output, COLUMNS) as lines:
        for name in known or found:
            place = place_of(name)
            ends: Mapping[str, str] = known.get(name, {})
            first = (name, place.contig, place.chunk, ends.get("start"), ends.get("end"))
            if name not in found:
                lines.add(*first, 0, None, None, None, NOT_SCORED)
                continue
            own = consensus(found[name])
            lines.add(*first, len(found[name]), own.others, own.virus, own.is_virus, OK)


def _beside(path: Path, ending: str) -> Path:
    """A file beside another one, as ``f.tsv`` beside ``f.fa``.

    Raises
    ------
    InputError
        If it is that file itself.
    """
    found = path.with_name(f"{path.name.rpartition('.')[0] or path.name}.{ending}")
    if found == path:
        raise InputError(f"{path}: its table would take its place; let its name end in .fa")
    return found
