"""A sample of a person's files is their beginning, packed alike; files of no use are refused."""

import gzip
import shlex

import numpy as np
import pytest
from read_files import bam, bgzf, fastq

from tiltyard.pipelines.pipeline import Strategy
from tiltyard.pipelines.reads import FastqStream, sampling
from tiltyard.pipelines.reads.pipeline import Reads
from tiltyard.pipelines.reads.simulating import made_reads
from tiltyard.pipelines.reads.writing.text import fastq_of
from tiltyard.pipelines.tunable import Tunable

COUNT = 8000
PACKED = {
    "plain": bytes,
    "gzip": lambda text: gzip.compress(text, 6),
    "blocks": lambda text: bgzf(text, 60_000),
}


@pytest.fixture(scope="module")
def text():
    """FASTQ of 3 MB."""
    rng = np.random.default_rng(7)
    return b"".join(bytes(fastq_of(batch)) for batch in made_reads(COUNT, 150, rng))


def names(path):
    return [name for batch in FastqStream(path) for name in batch.names]


@pytest.mark.parametrize("share", [1 / 1024, 0.25, 0.9])
@pytest.mark.parametrize("packed", PACKED)
def test_a_sample_is_the_beginning_of_each_file(text, tmp_path, packed, share):
    path = tmp_path / "reads"
    path.write_bytes(PACKED[packed](text))
    small = tmp_path / "small.fq"
    small.write_bytes(fastq((b"a", b"ACGT", b"IIII"), (b"b", b"ACGT", b"IIII")))
    folder = tmp_path / "made"
    folder.mkdir()
    work = sampling.own([path, small])
    part = sampling.sample(work, folder, share)
    first, second = part.files["reads"]
    own, whole = names(first), names(path)
    assert own == whole[: len(own)] and abs(len(own) / COUNT - share) < 0.02
    assert names(second) in ([b"a"], [b"a", b"b"])
    raw = first.read_bytes()
    assert (raw[:2] == b"\x1f\x8b") == (packed != "plain")
    assert (raw[12:14] == b"BC") == (packed == "blocks")
    amount = sampling.amount(part) / sampling.amount(work)
    assert sampling.amount(work) == path.stat().st_size + small.stat().st_size
    assert amount == pytest.approx(len(own) / COUNT, rel=0.02, abs=1e-4)


@pytest.mark.parametrize("packed", PACKED)
def test_of_a_large_file_no_more_is_read_than_its_sample_has(text, tmp_path, monkeypatch, packed):
    monkeypatch.setattr(sampling, "_SMALL", 0)
    path = tmp_path / "reads"
    path.write_bytes(PACKED[packed](text * 3))
    own = tmp_path / "made"
    own.mkdir()
    part = sampling.sample(sampling.own([path]), own, 0.5)
    kept = len(names(part.files["reads"][0])) / (3 * COUNT)
    assert kept == pytest.approx(0.5, abs=0.05)
    assert sampling.amount(part) / path.stat().st_size == pytest.approx(kept, abs=0.02)


def test_a_sample_of_a_bam_is_a_bam(tmp_path):
    records = [(b"r%d" % n, b"ACGT" * 30, b"I" * 120) for n in range(3000)]
    path = tmp_path / "u.bam"
    path.write_bytes(bgzf(bam(records), 60_000))
    part = sampling.sample(sampling.own([path]), tmp_path, 0.3)
    (file,) = part.files["reads"]
    assert file.name == "0-u.bam" and 500 < len(names(file)) < 1300


def test_the_recommended_command_is_what_is_tried(tmp_path, text):
    path = tmp_path / "my reads.fq"
    path.write_bytes(text[: text.index(b"\n@", 100_000) + 1])
    reads = Reads()
    work = reads.own([path])
    assert isinstance(reads, Tunable)
    found = reads.candidates(work, 6)
    assert [one.workers for one in found] == [1, 2, 4, 6]
    words = shlex.split(reads.command_line(found[1], work))
    assert words[:4] == ["tiltyard", "reads", "filter", str(path)]
    assert words[words.index("--threads") + 1] == "2"
    tried = reads.command(found[1], work, tmp_path / "out")
    assert tried[1:4] == words[1:4] and {"--mean-error-quality", "15"} < {*words} & {*tried}


@pytest.mark.parametrize(("cores", "workers"), [(1, [1]), (2, [1, 2]), (8, [1, 2, 4, 8])])
def test_threads_double_up_to_the_cores(cores, workers):
    found = sampling.candidates(None, cores)
    assert [one.workers for one in found] == workers
    assert all(isinstance(one, Strategy) and one.implementation == "kernels" for one in found)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "has no reads to try"),
        (b"\n\n", "has no reads to try"),
        (b">a\nACGT\n", "has no qualities, and reads are filtered by them"),
        (b"no reads", "not_reads"),
        (b"BZh91AY&SY", "bzip2"),
        (b"@a\nAC\n+\nI\n", "record 1, line 4: length"),
    ],
)
def test_files_of_no_use_are_named(tmp_path, raw, words):
    path = tmp_path / "mine.fq"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=rf"mine\.fq.*{words}"):
        sampling.own([path])


def test_missing_files_and_repeated_ones_are_named(tmp_path):
    path = tmp_path / "a.fq"
    path.write_bytes(b"@a\nAC\n+\nII\n")
    with pytest.raises(ValueError, match=r"gone\.fq: there is no such file"):
        sampling.own([path, tmp_path / "gone.fq"])
    with pytest.raises(ValueError, match=r"a\.fq: it is named twice"):
        sampling.own([path, path])
