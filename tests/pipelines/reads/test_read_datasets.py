"""Reads at any place of a file, and the index that is kept for them."""

import gzip
import os
import pickle
import threading

import numpy as np
import pytest
from read_files import bam, bgzf, fastq
from read_outcomes import by_rule
from reading_cases import CASES, MORE

from tiltyard.pipelines.reads import FastqDataset, InputError, ReadError
from tiltyard.pipelines.reads.index import SUFFIX

RECORDS = [(b"r%d x" % n, b"ACGTN" * (n % 7), b"%c" % (40 + n) * 5 * (n % 7)) for n in range(50)]
TEXT = fastq(*RECORDS)


def plain(record):
    return record.name, record.sequence, record.quality


@pytest.fixture(params=["plain", "blocks", "small blocks"])
def path(request, tmp_path):
    found = tmp_path / "r.fq.gz"
    raw = {"plain": TEXT, "blocks": bgzf(TEXT, 700), "small blocks": bgzf(TEXT, 3)}[request.param]
    found.write_bytes(raw)
    return found


def test_one_a_slice_or_any(path):
    dataset = FastqDataset(path)
    assert len(dataset) == 50
    assert [plain(dataset[n]) for n in (0, 7, 49, -1, -50)] == [
        RECORDS[n] for n in (0, 7, 49, -1, -50)
    ]
    for rows in (slice(3, 9), slice(None), slice(None, None, -7), slice(9, 3), slice(44, 99)):
        assert [plain(record) for record in dataset[rows]] == RECORDS[rows]
    numbers = [4, 4, 0, 49, 17, 18, 19, -2]
    batch = dataset[numbers]
    assert [plain(record) for record in batch] == [RECORDS[n] for n in numbers]
    assert batch.records.tolist() == [4, 4, 0, 49, 17, 18, 19, 48]
    assert len(dataset[np.array([], int)]) == 0


@pytest.mark.parametrize("rows", [50, -51, [0, 50], np.array([-51])])
def test_reads_that_there_are_not(path, rows):
    with pytest.raises(IndexError, match=r"has 50 reads, and no -?5"):
        FastqDataset(path)[rows]


@pytest.mark.parametrize(
    "case",
    [
        case
        for case, (raw, _, fault) in (CASES | MORE).items()
        if not fault and raw[:2] != b"\x1f\x8b"
    ],
)
def test_each_whole_case(case, written):
    raw = (CASES | MORE)[case][0]
    if raw.startswith(b"BAM"):
        return
    dataset = FastqDataset(written(raw))
    expected = [record[:3] for record in by_rule(raw)[0]]
    assert [plain(dataset[n]) for n in range(len(dataset))] == expected
    assert [plain(record) for record in dataset[::-1]] == expected[::-1]


def test_the_index_is_used_again_and_made_anew_when_the_file_is_another(path, monkeypatch):
    from tiltyard.pipelines.reads import index

    made = []
    build = index._made
    monkeypatch.setattr(index, "_made", lambda *given: made.append(1) or build(*given))
    for _ in range(3):
        assert len(FastqDataset(path)) == 50
    assert len(made) == 1 and path.with_name(path.name + SUFFIX).is_file()
    state, raw = path.stat(), path.read_bytes()
    other = TEXT.replace(b"r7 x", b"R7 x")
    other = other if raw == TEXT else bgzf(other, 700 if len(raw) < 5000 else 3)
    path.write_bytes(other)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert FastqDataset(path)[7].name == b"R7 x"
    assert len(made) == 2


def test_a_damaged_index_is_made_anew(path):
    FastqDataset(path)
    index = path.with_name(path.name + SUFFIX)
    for content in (b"", b"{}", b"no index" * 100, index.read_bytes()[:600]):
        index.write_bytes(content)
        assert plain(FastqDataset(path)[3]) == RECORDS[3]


def test_beside_a_file_that_cannot_be_written_the_index_is_in_the_cache(
    path, monkeypatch, tmp_path
):
    from tiltyard.pipelines.reads import index

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    save = index._save

    def refuse(place, *given):
        if place.parent == path.parent:
            raise PermissionError(place)
        save(place, *given)

    monkeypatch.setattr(index, "_save", refuse)
    FastqDataset(path)
    assert not path.with_name(path.name + SUFFIX).exists()
    assert len(list((tmp_path / "cache" / "tiltyard" / "reads").iterdir())) == 1
    monkeypatch.setattr(index, "_made", None)
    assert plain(FastqDataset(path)[3]) == RECORDS[3]


def test_it_goes_to_another_process(path):
    again = pickle.loads(pickle.dumps(FastqDataset(path, workers=2)))
    assert plain(again[5]) == RECORDS[5] and again._workers == 2


@pytest.fixture(scope="module")
def long_text():
    rng = np.random.default_rng(2)
    sizes = rng.integers(0, 4000, 700)
    letters = rng.choice(list(b"ACGT"), sizes.sum()).astype("u1").tobytes()
    ends = np.cumsum(sizes)
    return fastq(
        *((b"r%d" % n, letters[end - size : end], b"I" * size)
          for n, (end, size) in enumerate(zip(ends, sizes, strict=True)))
    )  # fmt: skip


@pytest.mark.parametrize("packed", [bytes, lambda text: bgzf(text, 60_000)])
def test_any_workers_give_the_same(tmp_path, monkeypatch, long_text, packed):
    file = tmp_path / "long.fq"
    file.write_bytes(packed(long_text))
    alone = FastqDataset(file)
    read, threads = FastqDataset._read, []

    def noted(dataset, numbers):
        threads.append(threading.current_thread())
        return read(dataset, numbers)

    monkeypatch.setattr(FastqDataset, "_read", noted)
    some = np.random.default_rng(1).permutation(700)[:300]
    for rows in (slice(None), slice(None, None, -1), some, [5, 4], slice(7, 8)):
        right = alone[rows]
        threads.clear()
        for workers in (1, 4):
            batch = FastqDataset(file, workers=workers)[rows]
            assert batch.records.tolist() == right.records.tolist()
            assert [plain(record) for record in batch] == [plain(record) for record in right]
        assert (len(threads) > 2) == (len(right) > 2)
    with pytest.raises(InputError, match="workers is -1; give a whole number from 0"):
        FastqDataset(file, workers=-1)


def test_a_file_that_changes_is_seen_by_workers_too(tmp_path, long_text):
    file = tmp_path / "long.fq"
    file.write_bytes(long_text)
    dataset = FastqDataset(file, workers=3)
    file.write_bytes(long_text[:-100_000])
    with pytest.raises(InputError, match="has changed"):
        dataset[:]


def test_fasta_and_offset_64(written):
    fasta = FastqDataset(written(b"\n>a x\nAC\nGT\n\n>b\n>c\nN", "a.fa"))
    assert [plain(fasta[n]) for n in (2, 0, 1)] == [
        *((b"c", b"N", None), (b"a x", b"ACGT", None), (b"b", b"", None))
    ]
    assert (
        FastqDataset(written(fastq((b"r", b"A", b"h")), "b.fq"), quality_offset=64)[0].quality
        == b"I"
    )


def test_what_has_no_places_is_refused(written):
    with pytest.raises(InputError, match="bgzip"):
        FastqDataset(written(gzip.compress(TEXT)))
    with pytest.raises(InputError, match="tiltyard reads convert"):
        FastqDataset(written(bam([RECORDS[1]])))
    with pytest.raises(ReadError, match="truncated"):
        FastqDataset(written(TEXT[:-3]))


def test_a_file_that_changes_under_it_is_seen(path):
    dataset, raw = FastqDataset(path), path.read_bytes()
    place = raw.index(b"\x1f\x8b", 1) if raw[:1] == b"\x1f" else 0
    for content in (bytes(len(raw)), raw[: place + 25] + bytes(len(raw)), raw[:90], b""):
        path.write_bytes(content)
        with pytest.raises(InputError, match="has changed"):
            dataset[:]
