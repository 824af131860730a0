"""Functions in a chain, arrays, Arrow and torch; what a stream refuses, and warns about."""

import sys
import threading
import types

import numpy as np
import pytest
from read_files import bgzf
from stream_files import CHAIN, ONE, stream_of
from stream_model import items_of, model

from tiltyard.engine.extras import MissingPackage
from tiltyard.pipelines.reads import FastqStream, InputError


def test_functions_filter_and_change(folder):
    def odd(batch):
        return batch.records % 2 == 1

    def lower(batch):
        found = batch.contiguous()
        found.sequences.buffer[: found.bases] |= 32
        return found

    stream = stream_of(folder, "one.fq", chain=[odd, "length(1)", lower])
    expected = [item for item in model([ONE], ["length(1)"]) if item[1] % 2]
    assert [item[2][1] for item in items_of(stream)] == [
        bytes(letter | 32 for letter in item[2][1]) for item in expected
    ]
    assert stream.report.dropped["odd"] == 35


@pytest.mark.parametrize(
    "function", [lambda batch: 3, lambda batch: batch.take(slice(1, None)), lambda batch: [True]]
)
def test_functions_that_give_something_else_are_refused(folder, function):
    with pytest.raises(InputError, match="the step <lambda> gave"):
        list(stream_of(folder, chain=[function]))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"batch_size": 0}, "batch_size is 0; give a whole number from 1"),
        ({"rank": 2, "world": 2}, "rank is 2; give a whole number from 0 to 1"),
        ({"steps": 3, "even": "drop"}, "give one"),
        ({"even": "cut"}, "'drop', 'repeat'"),
        ({"world": 2, "chain": ["dedup"]}, "dedup depends on all reads before"),
        ({"implementation": "fast"}, "there is no implementation 'fast'"),
        ({"pair_rule": "either"}, "pair_rule is 'either'"),
        ({"quality_offset": 59}, "give one of 33, 64"),
    ],
)
def test_settings_that_cannot_be_are_refused(folder, given, words):
    with pytest.raises(InputError) as caught:
        stream_of(folder, **given)
    assert words in str(caught.value)


def test_files_that_cannot_be_are_refused(folder):
    for named, words in (
        ({}, "no file of reads is given"),
        ({"files": ["-", "-"]}, "can be read once"),
        ({"files": "a", "paired": ("a", "b")}, "give one"),
        ({"paired": [("a",)]}, r"\(R1, R2\)"),
    ):
        with pytest.raises(InputError, match=words):
            FastqStream(**named)
    with pytest.raises(InputError, match="is a folder"):
        list(FastqStream(folder))
    with pytest.raises(FileNotFoundError):
        list(FastqStream(folder / "none.fq"))


def test_fasta_with_quality_filters_and_mixed_files_are_refused(folder, tmp_path):
    (tmp_path / "a.fa").write_bytes(b">a\nACGT\n")
    with pytest.raises(InputError, match=r"a.fa has no qualities, which mean_error needs"):
        list(FastqStream(tmp_path / "a.fa", ["mean_error(3)"]))
    with pytest.raises(InputError, match="read FASTQ and FASTA apart"):
        list(FastqStream([folder / "one.fq", tmp_path / "a.fa"]))
    (batch,) = FastqStream(tmp_path / "a.fa", ["high"], "quality")
    assert batch.tensor.shape == (1, 4)


def test_a_missing_last_block_is_warned_about(tmp_path):
    (tmp_path / "cut.bgz").write_bytes(bgzf(ONE, end=False))
    stream = FastqStream(tmp_path / "cut.bgz")
    with pytest.warns(UserWarning, match="last BGZF block is missing"):
        assert len(items_of(stream)) == 70
    assert len(stream.report.warnings) == 1


@pytest.mark.parametrize("name", ["one.fq", "one.fq.gz", "one.bgz"])
def test_threads_end_when_a_stream_is_left(folder, name):
    before = threading.active_count()
    for batch in stream_of(
        folder, name, batch_size=1, chunk=100, workers=2, threads=2, chain=CHAIN
    ):
        assert len(batch) == 1
        break
    assert threading.active_count() == before


def test_a_batch_has_arrays_and_arrow(folder):
    (batch,) = stream_of(folder, "one.fq", encode="one_hot")
    assert len(batch) == 70 and batch.lengths.shape == (70,)
    assert batch.tensor.shape == (70, 70, 4) and batch.mask.sum() == batch.bases
    assert batch.ids[3] == b"r3/1" and batch.names[3] == b"r3/1 x"
    table = batch.to_arrow()
    assert table.column_names == ["id", "name", "sequence", "quality"]
    assert table.column("sequence").to_pylist() == [s.decode() for s in batch.sequences]
    assert table.column("id").to_pylist()[3] == "r3/1"


def test_arrow_of_pairs_of_fasta_and_of_names_that_are_no_text(folder, tmp_path):
    (pairs,) = FastqStream(paired=(folder / "r1.fq", folder / "r2.fq"))
    assert pairs.to_arrow().column("mate_id").to_pylist()[1] == "r1/2"
    (tmp_path / "a.fa").write_bytes(b">a\nACGT\n")
    (batch,) = FastqStream(tmp_path / "a.fa")
    assert batch.to_arrow().column_names == ["id", "name", "sequence"]
    (tmp_path / "b.fa").write_bytes(b">a\nA\n>\xff\nA\n")
    (batch,) = FastqStream(tmp_path / "b.fa")
    with pytest.raises(InputError, match="name of record 2"):
        batch.to_arrow()


class Shared(np.ndarray):
    def share_memory_(self):
        return self


@pytest.fixture
def torch(monkeypatch):
    """A stand-in with what the adapter takes of torch."""
    module, utils = types.ModuleType("torch"), types.ModuleType("torch.utils.data")
    module.from_numpy = lambda array: ("tensor", array)
    module.tensor = lambda values: np.array(values).view(Shared)
    utils.info = None
    utils.get_worker_info = lambda: utils.info
    utils.IterableDataset = type("IterableDataset", (), {})
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch.utils", types.ModuleType("torch.utils"))
    monkeypatch.setitem(sys.modules, "torch.utils.data", utils)
    return utils


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_of_torch_have_the_reads_of_the_stream(folder, torch, workers):
    stream = stream_of(folder, chain=CHAIN, shuffle_buffer=5, batch_size=4, encode="integer")
    expected = sorted((item[0], item[1]) for item in items_of(stream))
    dataset, found = stream.torch(), []
    for worker in range(workers):
        torch.info = types.SimpleNamespace(id=worker, num_workers=workers)
        for item in dataset:
            assert {"sequences", "mask", "lengths", "files", "records", "place"} == set(item)
            kind, records = item["records"]
            assert kind == "tensor"
            found += zip(item["files"][1].tolist(), records.tolist(), strict=True)
    assert sorted(found) == expected


def test_workers_of_torch_share_steps_and_refuse_what_they_cannot(folder, torch):
    stream = stream_of(folder, batch_size=4, steps=7)
    counts = [len(list(stream.for_worker(worker, 3))) for worker in range(3)]
    assert counts == [3, 2, 2]
    with pytest.raises(InputError, match="first depends on all reads"):
        stream_of(folder, chain=["first(3)"]).for_worker(0, 2)
    with pytest.raises(InputError, match="give steps="):
        stream_of(folder, even="drop").for_worker(0, 2)


def test_letters_of_a_batch_for_torch(folder, torch):
    stream = FastqStream(paired=(folder / "r1.fq", folder / "r2.fq"), batch_size=100)
    (item,) = stream.torch()
    letters, starts = item["mate_sequences"][1], item["mate_starts"][1]
    (batch,) = stream
    row = int(batch.mate.lengths.argmax())
    end = int(starts[row] + batch.mate.lengths[row])
    assert bytes(letters[starts[row] : end]) == batch.mate.sequences[row]


def test_without_torch_the_adapter_says_so(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackage, match="pip install torch"):
        stream_of(folder).torch()
