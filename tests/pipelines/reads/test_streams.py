"""Streams: their reads and their order are as the rule has them, whatever the workers."""

import gzip
import io
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_examples import PROFILE
from stream_files import CHAIN, MATES, ONE, TWO, quietly, stream_of
from stream_model import items_of, model

from tiltyard.pipelines.reads import FastqStream, InputError, ReadError
from tiltyard.pipelines.reads.implementations import NAMES


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
@settings(max_examples=60, **PROFILE)
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
    for more in ({"batch_size": 1}, {"batch_size": 50}, {"shuffle_buffer": 9, "batch_size": 8}):
        found = []
        stream = FastqStream(path, CHAIN, workers=workers, chunk=300, **more)
        with pytest.raises(ReadError, match=r"wrong.fq: record 71, line 284: length"):
            found.extend(stream)
        assert items_of(found) == model([ONE], CHAIN, shuffle_buffer=more.get("shuffle_buffer", 0))


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


@given(
    order=st.permutations(
        ["length(3)", "max_n(0.3)", "mean_error(6)", "min_base(1)", "fraction(0.7)", "every(2)"]
    )
)
@settings(max_examples=25, **PROFILE)
def test_the_order_of_local_filters_changes_no_read(folder, order):
    stream = stream_of(folder, chain=list(order), seed=3, workers=1, chunk=900)
    found = items_of(stream)
    assert found == model([ONE, TWO], sorted(order), seed=3)
    assert 0 < len(found) == stream.report.read - stream.report.dropped.total() < 50
