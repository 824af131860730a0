"""Files of vectors: their contents, what is finished, what is made again, what fails."""

import json
import os

import numpy as np
import pyarrow.parquet as pq
import pytest
from model_folders import write_folder

from tiltyard.pipelines.sequences.embedding.batching import batching_of
from tiltyard.pipelines.sequences.embedding.embedding import How, Task, embed_files, note_of
from tiltyard.pipelines.sequences.embedding.files import KEY, read_vectors, unfinished
from tiltyard.pipelines.sequences.fasta import fasta_of
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.model import model_of
from tiltyard.pipelines.sequences.models.reference import embedding


def drawn(rng, length):
    return rng.choice(np.frombuffer(b"ACGT", np.uint8), length).tobytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folders of models, and files of sequences of many lengths."""
    found = tmp_path_factory.mktemp("embedding")
    for kind in ("mosaic", "esm", "bert"):
        write_folder(found / kind, kind)
    rng = np.random.default_rng(4)
    for number, count in enumerate((5, 9, 3), start=1):
        records = [
            (f"s{number}_chunk_{row}F1", drawn(rng, rng.integers(4, 90))) for row in range(count)
        ]
        (found / f"output_{number}.fa").write_bytes(fasta_of(records))
    return found


def tasks_of(folder, target, numbers=(1, 2, 3)):
    target.mkdir(exist_ok=True)
    return [
        Task(folder / f"output_{number}.fa", target / f"output_{number}.parquet")
        for number in numbers
    ]


def how(batch="budget:128", sort="length", **other):
    return How(batching=batching_of(batch, sort), **other)


@pytest.mark.parametrize("kind", ["mosaic", "esm", "bert"])
def test_vectors_are_those_of_the_formulas_whatever_the_batches(folder, tmp_path, kind):
    model = model_of(str(folder / kind))
    (task,) = tasks_of(folder, tmp_path, [2])
    shape, weights = model.encoder()
    text = task.source.read_text().split("\n")
    tokens = model.tokenizer().tokens([line.encode() for line in text[1::2]])
    cut = [np.append(one[: model.most_tokens - 1], one[-1]) if len(one) > model.most_tokens
           else one for one in tokens]  # fmt: skip
    expected = []
    for one in cut:
        pooled = np.ones(len(one), bool)
        if kind == "esm":
            pooled[[0, -1]] = False
        expected.append(embedding(shape, weights, one, pooled))
    rms = np.sqrt(np.mean(np.square(expected)))
    for batch, sort in (("count:1", "none"), ("count:4", "none"), ("budget:128", "length")):
        ended = embed_files([task], model, how(batch, sort))
        assert not ended.failures
        names, vectors, note = read_vectors(task.target)
        assert names == [line[1:] for line in text[:-1:2]] and vectors.dtype == np.float32
        assert np.abs(vectors - expected).max() < 3e-6 * rms
        assert note["batching"] == f"{sort} {batch}" and note["precision"] == "float32"
        table = pq.read_table(task.target)
        assert table["letters"].to_pylist() == [len(line) for line in text[1::2]]
        assert table["tokens"].to_pylist() == list(map(len, cut))
        long = [len(one) > model.most_tokens for one in tokens]
        assert table["truncated"].to_pylist() == long and ended.truncated == sum(long)


def test_the_longest_that_fits_is_its_first_tokens_and_the_last(folder, tmp_path):
    write_folder(tmp_path / "short", "esm")
    (tmp_path / "short" / "tokenizer_config.json").write_text('{"model_max_length": 12}')
    model = model_of(str(tmp_path / "short"))
    (tmp_path / "long.fa").write_text(f">a\n{'ACDEFGHIKLMNPQRSTVWY'}\n>b\nACDEFGHIKL\n")
    warnings = []
    task = Task(tmp_path / "long.fa", tmp_path / "long.parquet")
    embed_files([task], model, how(), warn=warnings.append)
    table = pq.read_table(task.target)
    assert table["truncated"].to_pylist() == [True, False]
    assert table["tokens"].to_pylist() == [12, 12]
    _, vectors, _ = read_vectors(task.target)
    # The first ten residues are those of the other: what is pooled is the same.
    assert np.array_equal(vectors[0], vectors[1])
    assert warnings == [
        "1 sequences are longer than the 12 tokens that short takes: it saw their first ones and "
        "the last"
    ]


def contents(tasks):
    return [task.target.read_bytes() for task in tasks]


def test_bytes_are_the_same_for_any_number_of_workers_threads_and_assignment(folder, tmp_path):
    model = model_of(str(folder / "mosaic"))
    alone = tasks_of(folder, tmp_path / "alone")
    embed_files(alone, model, how(callers=2))
    for assignment, workers in (("round_robin", 2), ("queue_largest", 3)):
        spread = tasks_of(folder, tmp_path / assignment)
        counts = []
        ended = embed_files(
            spread,
            model,
            how(workers=workers, assignment=assignment, threads=workers - 1),
            progress=counts.append,
        )
        assert contents(spread) == contents(alone)
        assert ended.loads == workers and sum(counts) == 17 and not ended.failures


def test_what_is_finished_stays_and_all_else_is_made_again(folder, tmp_path):
    model = model_of(str(folder / "mosaic"))
    tasks = tasks_of(folder, tmp_path)
    embed_files(tasks, model, how())
    before, times = contents(tasks), [task.target.stat().st_mtime_ns for task in tasks]
    warnings = []
    ended = embed_files(tasks, model, how(workers=2), warn=warnings.append)
    assert (ended.kept, ended.loads, warnings) == (3, 0, [])
    tasks[0].target.write_bytes(before[0][:-7])
    tasks[2].target.unlink()
    ended = embed_files(tasks, model, how(), warn=warnings.append)
    assert ended.kept == 1 and contents(tasks) == before
    assert tasks[1].target.stat().st_mtime_ns == times[1]
    assert len(warnings) == 1 and "output_1.parquet: it cannot be read" in warnings[0]
    other = embed_files(
        tasks, model_of(str(folder / "mosaic"), "inner"), how(), warn=warnings.append
    )
    assert other.kept == 0 and "made otherwise (pooling); it is made again" in warnings[1]
    assert contents(tasks) != before


def test_a_file_with_a_missing_row_or_of_another_source_is_not_finished(folder, tmp_path):
    model = model_of(str(folder / "mosaic"))
    (task,) = tasks_of(folder, tmp_path, [1])
    embed_files([task], model, how())
    names, _, note = read_vectors(task.target)
    assert unfinished(task.target, names, note) == ""
    assert unfinished(task.target, names[::-1], note) == "its sequences are others"
    assert "source" in unfinished(task.target, names, note | {"source": "0"})
    assert unfinished(tmp_path / "none", names, note) == "it is not there"
    table = pq.read_table(task.target)
    pq.write_table(table.slice(1), task.target)
    assert unfinished(task.target, names, note) == "its sequences are others"
    pq.write_table(table.replace_schema_metadata({}), task.target)
    assert "cannot be read" in unfinished(task.target, names, note)
    with pytest.raises(InputError, match="make it again"):
        read_vectors(task.target)


def test_metadata_say_nothing_of_time_worker_or_host(folder, tmp_path):
    model = model_of(str(folder / "mosaic"))
    (task,) = tasks_of(folder, tmp_path, [1])
    embed_files([task], model, how(threads=2))
    note = json.loads(pq.read_schema(task.target).metadata[KEY])
    assert set(note) == {*note_of(model, how()), "source"}
    assert set(note) == {
        *("source", "model", "model_name", "pooling", "precision", "batching", "device", "versions")
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bad_file_fails_alone(folder, tmp_path, workers):
    bad = {"letters": b">a\nAC*\n", "empty": b">a\n>b\nAC\n"}
    for name, raw in list(bad.items())[workers - 1 :]:
        (tmp_path / f"{name}.fa").write_bytes(raw)
        tasks = tasks_of(folder, tmp_path, [1, 2])
        for task in tasks:
            task.target.unlink(missing_ok=True)
        tasks.insert(1, Task(tmp_path / f"{name}.fa", tmp_path / f"{name}.parquet"))
        ended = embed_files(tasks, model_of(str(folder / "mosaic")), how(workers=workers))
        assert list(ended.failures) == [1] and name in ended.failures[1].message
        assert [task.target.exists() for task in tasks] == [True, False, True]
        assert not [one for one in os.listdir(tmp_path) if one.endswith(".tmp")]


def test_an_empty_file_gives_an_empty_one(folder, tmp_path):
    (tmp_path / "none.fa").write_bytes(b"")
    for name in (str(folder / "mosaic"), "composition"):
        task = Task(tmp_path / "none.fa", tmp_path / f"{len(name)}.parquet")
        assert not embed_files([task], model_of(name), how()).failures
        names, vectors, _ = read_vectors(task.target)
        assert names == [] and vectors.shape[0] == 0 and vectors.shape[1] > 20
