"""Streams: their reads, order, shards, epochs and states are as the rule has them."""

import gzip
import io
import sys
import threading
import types
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from read_files import bgzf, fastq
from stream_model import items_of, model

from tiltyard.engine.extras import MissingPackage
from tiltyard.pipelines.reads import FastqStream, InputError, ReadError
from tiltyard.pipelines.reads.implementations import NAMES

CHAIN = ["length(3)", "mean_error(5)", "mutate(0.2)", "max_n(0.5)", "reverse_complement(0.5)"]


def text_of(count, seed=0, names=b"r%d/1 x"):
    rng = np.random.default_rng(seed)
    records = []
    for number in range(count):
        length = int(rng.choice((0, 2, 30, 64, 70)))
        letters = bytes(rng.choice(list(b"ACGTN"), length).astype("u1"))
        records.append((names % number, letters, bytes(rng.integers(33, 75, length).astype("u1"))))
    return fastq(*records)


ONE, TWO = text_of(70), text_of(41, 1)
MATES = (text_of(60, 2), text_of(60, 3, b"r%d/2"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("reads")
    for name, text in (("one", ONE), ("two", TWO), ("r1", MATES[0]), ("r2", MATES[1])):
        (found / f"{name}.fq").write_bytes(text)
    lines = [each.split(b"\n")[:-1] for each in MATES]
    mixed = [
        line for place in range(0, 240, 4) for each in lines for line in each[place : place + 4]
    ]
    (found / "mixed.fq").write_bytes(b"\n".join(mixed) + b"\n")
    (found / "one.fq.gz").write_bytes(gzip.compress(ONE))
    (found / "one.bgz").write_bytes(bgzf(ONE, 200))
    return found


def stream_of(folder, *names, **given):
    return FastqStream([folder / name for name in names or ("one.fq", "two.fq")], **given)


def quietly(stream):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(stream)


@given(
    seed=st.integers(0, 1 << 40),
    epoch=st.integers(0, 3),
    world=st.integers(1, 3),
    unit=st.sampled_from((1, 4)),
    buffer=st.sampled_from((0, 1, 5, 40, 500)),
    size=st.sampled_from((1, 7, 1000)),
    workers=st.sampled_from((0, 1, 3)),
    chunk=st.sampled_from((64, 700, 1 << 19)),
    chain=st.sampled_from(
        ([], CHAIN, ["fraction(0.5)", "every(2)"], ["high", "window(9, 'random')"])
    ),
)
@settings(max_examples=60, deadline=None)
def test_a_stream_gives_what_the_rule_gives(
    folder, seed, epoch, world, unit, buffer, size, workers, chunk, chain
):
    given = {"seed": seed, "epoch": epoch, "world": world, "unit": unit, "shuffle_buffer": buffer}
    for rank in range(world):
        stream = stream_of(
            folder, chain=chain, rank=rank, batch_size=size, workers=workers, chunk=chunk, **given
        )
        batches = quietly(stream)
        assert items_of(batches) == model([ONE, TWO], chain, rank=rank, **given)
        assert {len(batch) for batch in batches[:-1]} <= {size}
        assert stream.report.read == stream.report.kept + stream.report.dropped.total()
        assert stream.report.kept == sum(map(len, batches))
        assert stream.report.bases_kept == sum(batch.bases for batch in batches)


@pytest.mark.parametrize("name", NAMES)
def test_every_implementation_gives_the_same(folder, name):
    stream = stream_of(folder, chain=CHAIN, implementation=name, shuffle_buffer=9, batch_size=8)
    assert items_of(stream) == model([ONE, TWO], CHAIN, shuffle_buffer=9)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("rule", ["any", "both", "1", "2"])
@pytest.mark.parametrize("mixed", [False, True])
def test_pairs(folder, workers, rule, mixed):
    chain = ["mean_arithmetic(20)", "mutate(0.3)", "fraction(0.8)", "length(2)"]
    given = {"seed": 5, "epoch": 2, "shuffle_buffer": 7, "pair_rule": rule}
    files = (
        {"files": folder / "mixed.fq", "interleaved": True}
        if mixed
        else {"paired": (folder / "r1.fq", folder / "r2.fq")}
    )
    stream = FastqStream(**files, chain=chain, workers=workers, chunk=300, batch_size=10, **given)
    assert items_of(stream) == model([MATES], chain, **given)
    assert stream.report.pairs and stream.report.read == 60


def test_pairs_are_dealt_out_as_pairs(folder):
    found = []
    for rank in (0, 1):
        stream = FastqStream(folder / "mixed.fq", interleaved=True, rank=rank, world=2)
        found += items_of(quietly(stream))
    assert sorted(found) == sorted(model([MATES]))


@pytest.mark.parametrize("chain", [["dedup"], ["first(9)"], ["length(2)", "first(20)", "dedup"]])
@pytest.mark.parametrize("workers", [0, 2])
def test_ordered_filters(folder, chain, workers):
    chain = [*chain, "mutate(0.5)", "length(3)"]
    stream = stream_of(folder, chain=chain, workers=workers, chunk=200, shuffle_buffer=5)
    assert items_of(stream) == model([ONE, TWO], chain, shuffle_buffer=5)


def test_reading_ends_with_the_last_of_the_first(folder, tmp_path):
    (tmp_path / "wrong.fq").write_bytes(ONE + b"wrong\n")
    for chunk in (64, 1 << 19):
        stream = FastqStream(tmp_path / "wrong.fq", ["length(3)", "first(5)"], chunk=chunk)
        assert len(items_of(stream)) == 5
        lengths = [len(item[2][1]) for item in model([ONE])]
        read = 1 + [n for n, length in enumerate(lengths) if length >= 3][4]
        assert (stream.report.read, stream.report.dropped["length"]) == (read, read - 5)
    assert items_of(FastqStream(tmp_path / "none.fq", ["first(0)"])) == []


@pytest.mark.parametrize("name", ["one.fq.gz", "one.bgz"])
@pytest.mark.parametrize("threads", [0, 1, 2])
def test_compressed_or_not_it_is_the_same(folder, name, threads):
    assert items_of(stream_of(folder, name, threads=threads)) == model([ONE])


def test_standard_input_and_open_files(folder, monkeypatch):
    with open(folder / "one.fq.gz", "rb") as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert items_of(FastqStream("-")) == model([ONE])
    stream = FastqStream(io.BytesIO(gzip.compress(ONE)))
    assert items_of(stream) == model([ONE])
    with pytest.raises(InputError, match="can be read once"):
        next(iter(stream))


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_whole_comes_before_the_error(folder, tmp_path, workers):
    path = tmp_path / "wrong.fq"
    path.write_bytes(ONE + b"@bad\nAC\n+\nI\n")
    found = []
    stream = FastqStream(path, CHAIN, workers=workers, chunk=300, batch_size=1)
    with pytest.raises(ReadError, match=r"wrong.fq: record 71, line 284: length"):
        found.extend(stream)
    assert items_of(found) == model([ONE], CHAIN)


def test_records_that_are_added_change_no_earlier_one(folder, tmp_path):
    path = tmp_path / "longer.fq"
    path.write_bytes(ONE + TWO)
    longer = items_of(FastqStream(path, CHAIN))
    assert longer[: len(model([ONE], CHAIN))] == model([ONE], CHAIN)


def test_the_files_are_left_as_they_were(folder):
    before = (folder / "one.fq").read_bytes(), (folder / "one.fq").stat().st_mtime_ns
    items_of(stream_of(folder, "one.fq", chain=CHAIN, quality_offset=33))
    assert ((folder / "one.fq").read_bytes(), (folder / "one.fq").stat().st_mtime_ns) == before


def test_a_job_for_each_file_draws_as_one_for_all(folder):
    whole = items_of(stream_of(folder, chain=CHAIN))
    parts = [
        item
        for number, name in enumerate(("one.fq", "two.fq"))
        for item in items_of(stream_of(folder, name, chain=CHAIN, first_file=number))
    ]
    assert parts == whole


def test_each_epoch_has_its_own_order_and_draws(folder):
    stream = stream_of(folder, chain=CHAIN, shuffle_buffer=50)
    first = items_of(stream)
    assert items_of(stream) == first
    stream.set_epoch(1)
    second = items_of(stream)
    assert second != first and second == model([ONE, TWO], CHAIN, epoch=1, shuffle_buffer=50)


def test_exactly_so_many_batches_on_each_rank(folder):
    epochs = [model([TWO], rank=1, world=2, epoch=epoch, shuffle_buffer=4) for epoch in range(3)]
    assert len(epochs[0]) == 20
    stream = stream_of(folder, "two.fq", steps=5, batch_size=8, rank=1, world=2, shuffle_buffer=4)
    batches = list(stream)
    assert [len(batch) for batch in batches] == [8, 8, 4, 8, 8]
    assert items_of(batches) == [*epochs[0], *epochs[1][:16]]


def test_drawn_letters_of_a_later_epoch(folder):
    given = {"batch_size": 100, "encode": "one_hot(ambiguous='random')"}
    both = list(stream_of(folder, "two.fq", steps=2, **given))
    (later,) = stream_of(folder, "two.fq", epoch=1, **given)
    assert np.array_equal(both[1].tensor, later.tensor)
    assert not np.array_equal(both[0].tensor, later.tensor)


@pytest.mark.parametrize("even", ["drop", "repeat"])
def test_as_many_reads_on_each_rank(folder, even):
    own = [model([ONE, TWO], CHAIN, rank=rank, world=3, shuffle_buffer=6) for rank in range(3)]
    sizes = [len(each) for each in own]
    assert len(set(sizes)) > 1
    count = min(sizes) if even == "drop" else max(sizes)
    for rank in range(3):
        stream = stream_of(
            folder,
            chain=CHAIN,
            encode="integer",
            rank=rank,
            world=3,
            shuffle_buffer=6,
            even=even,
            batch_size=7,
        )
        batches = list(stream)
        assert items_of(batches) == [own[rank][n % len(own[rank])] for n in range(count)]
        if even == "repeat":
            repeated = np.concatenate([batch.repeated for batch in batches])
            assert repeated.tolist() == [n >= sizes[rank] for n in range(count)]
            for batch in batches:
                assert not batch.mask[batch.repeated].any()


def test_a_rank_without_reads_is_refused(folder):
    with pytest.raises(InputError, match="rank 1 of 2 has no reads"):
        list(
            stream_of(
                folder, "one.fq", chain=["every(100)"], even="drop", world=2, unit=999, rank=1
            )
        )
    with pytest.raises(InputError, match="epoch 0 has no batch for rank 1"):
        list(stream_of(folder, "one.fq", steps=2, world=2, unit=999, rank=1))


def test_ranks_with_different_numbers_are_warned_about(folder):
    with pytest.warns(UserWarning, match="give steps="):
        list(stream_of(folder, world=2))


@pytest.mark.parametrize("place", range(0, 9, 2))
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("more", [{}, {"steps": 25}, {"even": "repeat", "world": 2, "rank": 1}])
def test_a_state_goes_on_with_the_next_batch_again_and_again(folder, place, workers, more):
    given = {"chain": CHAIN, "shuffle_buffer": 11, "batch_size": 3, "encode": "integer", **more}
    whole = list(stream_of(folder, **given))
    found, state = [], None
    for stop in (place, place + 3, None):
        stream = stream_of(folder, workers=workers if state else 0, **given)
        if state:
            stream.load_state_dict(state)
        batches = iter(stream)
        while stop is None or len(found) < stop:
            if (batch := next(batches, None)) is None:
                break
            found.append(batch)
        state = stream.state_dict()
    assert items_of(found) == items_of(whole)
    assert all(np.array_equal(a.tensor, b.tensor) for a, b in zip(found, whole, strict=True))


def test_a_state_of_other_settings_or_files_is_refused(folder, tmp_path):
    state = stream_of(folder, chain=["mutate(0.1)"]).state_dict()
    with pytest.raises(InputError, match="seed is 1, and was 0"):
        stream_of(folder, chain=["mutate(0.1)"], seed=1).load_state_dict(state)
    with pytest.raises(InputError, match=r"chain is .*0.2.*, and was .*0.1"):
        stream_of(folder, chain=["mutate(0.2)"]).load_state_dict(state)
    path = tmp_path / "one.fq"
    path.write_bytes(ONE)
    state = FastqStream(path).state_dict()
    path.write_bytes(ONE[:-2] + b"?\n")
    with pytest.raises(InputError, match=r"files are not those of the state: .*one.fq"):
        FastqStream(path).load_state_dict(state)
    with pytest.raises(InputError, match="pipe"):
        FastqStream(io.BytesIO(ONE)).state_dict()
    with pytest.raises(InputError, match="version"):
        FastqStream(path).load_state_dict({})


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


@pytest.fixture
def torch(monkeypatch):
    """A stand-in with what the adapter takes of torch."""
    module, utils = types.ModuleType("torch"), types.ModuleType("torch.utils.data")
    module.from_numpy = lambda array: ("tensor", array)
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
            assert {"sequences", "mask", "lengths", "files", "records"} == set(item)
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
