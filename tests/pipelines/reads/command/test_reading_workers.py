"""Workers of the commands: the same bytes for any number and kind, and what they are asked for."""

import hashlib
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from read_files import bgzf, fastq
from reading_cases import CASES

from tiltyard.pipelines import tuned
from tiltyard.pipelines.reads.command import running

#: Workers, and what they are.
WAYS = [
    ("1", "threads"),
    ("2", "threads"),
    ("4", "threads"),
    ("2", "processes"),
    ("3", "processes"),
]


def text_of(count, seed):
    rng = np.random.default_rng(seed)
    return fastq(
        *(
            (b"r%d" % n, rng.choice(list(b"ACGTN"), size).astype("u1").tobytes(),
             rng.integers(33, 75, size).astype("u1").tobytes())
            for n, size in enumerate(rng.integers(0, 400, count))
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Files of reads of 2.5 MB, so that they are read in several chunks."""
    folder = tmp_path_factory.mktemp("place")
    one, two = text_of(6000, 1), text_of(6000, 2)
    (folder / "one.fq").write_bytes(one)
    (folder / "two.fq").write_bytes(two)
    (folder / "one.fq.gz").write_bytes(bgzf(one, 60_000))
    return folder


FILTER = ("--mean-error-quality", 8, "--step", "mutate(0.1)", "--dedup", "--first", 4000)
COMMANDS = {
    "filter": ("filter", "one.fq.gz", "two.fq", *FILTER, "-o", "out.fq.gz"),
    "pairs": ("filter", "--paired", "one.fq", "two.fq", "--max-n", "0.2", "-o", "out.fq.gz",
              "--output2", "second.fq"),
    "convert": ("convert", "one.fq.gz", "two.fq", "-o", "out.fq.gz"),
    "parquet": ("filter", "one.fq", "--min-length", 50, "-o", "out.parquet"),
    "encode": ("encode", "one.fq", "two.fq", "-e", "one_hot(dtype='uint8')", "-o", "out.npz",
               "--step", "mutate(0.1)", "--step", "max_n(0.3)"),
    "kmers": ("encode", "--paired", "one.fq", "two.fq", "-e", "kmers(3)", "-o", "out.npz"),
    "stats": ("stats", "one.fq.gz", "two.fq", "-o", "out.tsv"),
}  # fmt: skip


def result(reads, place, folder, words, threads, backend):
    """Digests of all that a command writes."""
    named = [
        place / word if str(word) in ("one.fq", "two.fq", "one.fq.gz")
        else folder / word if str(word).startswith(("out.", "second."))
        else word
        for word in words
    ]  # fmt: skip
    status, _, said = reads(*named, "--quiet", "--threads", threads, "--backend", backend)
    assert (status, said) == (0, "")
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_any_workers_write_the_same_bytes(reads, place, tmp_path, name):
    found = []
    for number, (threads, backend) in enumerate(WAYS):
        folder = tmp_path / str(number)
        folder.mkdir()
        found.append(result(reads, place, folder, COMMANDS[name], threads, backend))
    assert len(found[0]) == (2 if name == "pairs" else 1)
    assert all(each == found[0] for each in found)


def test_counts_of_words_have_no_mask_and_batches_of_any_length(reads, place, tmp_path):
    words = ("encode", place / "one.fq", "-e", "kmers(3)", "-o", tmp_path / "out.npz", "--quiet")
    assert reads(*words, "--threads", 2)[0] == 0  # chunks whose longest reads differ
    with np.load(tmp_path / "out.npz") as arrays:
        found = {name: len(arrays[name]) for name in arrays.files if name != "names"}
    assert set(found.values()) == {6000} and "mask" not in found


def test_groups_of_parquet_are_of_one_size(reads, place, tmp_path):
    target = tmp_path / "out.parquet"
    assert reads("convert", place / "one.fq", "-o", target, "--quiet")[0] == 0
    facts = pq.ParquetFile(target).metadata
    rows = [facts.row_group(group).num_rows for group in range(facts.num_row_groups)]
    assert rows == [4096, 1904]


@pytest.mark.parametrize("name", ["reference", "numpy-record"])
def test_processes_serve_implementations_in_python(reads, place, tmp_path, name):
    (tmp_path / "few.fq").write_bytes(text_of(300, 3))
    words = ("filter", tmp_path / "few.fq", *FILTER, "--quiet", "--implementation")
    right = reads(*words, "kernels")
    assert right[0] == 0 and right[1].count(b"\n") > 400
    assert reads(*words, name, "--threads", 3, "--backend", "processes") == right


@pytest.mark.parametrize(("threads", "backend"), WAYS[1:4:2])
def test_what_is_wrong_is_said_alike_by_any_workers(reads, tmp_path, threads, backend):
    bad = tmp_path / "bad.fq"
    bad.write_bytes(text_of(2000, 4) + b"@bad\nAC\n+\nI\n")
    options = ("--threads", threads, "--backend", backend)
    for words in (("stats", bad), ("filter", bad, "--max-n", 0.5), ("filter", bad, "--keep-partial",
                  "-o", tmp_path / "part.fq.gz")):  # fmt: skip
        alone = reads(*words)
        part = (tmp_path / "part.fq.gz").read_bytes() if "--keep-partial" in words else b""
        assert alone[0] == 1 and "record 2001, line 8004: length" in alone[2]
        assert reads(*words, *options) == alone
        if part:
            assert (tmp_path / "part.fq.gz").read_bytes() == part


@pytest.mark.parametrize(("threads", "backend"), WAYS[1:4:2])
def test_a_letter_that_is_refused_is_named_alike(reads, tmp_path, threads, backend):
    path = tmp_path / "odd.fq"
    path.write_bytes(text_of(2000, 4).replace(b"N", b"A") + b"@odd\nACN\n+\nIII\n")
    encoder = "integer(ambiguous='error', width=10)"
    words = ("encode", path, "-o", tmp_path / "x.npz", "-e", encoder)
    alone = reads(*words)
    assert alone[0] == 1 and "record 2001, position 3: 'N' is ambiguous" in alone[2]
    assert reads(*words, "--threads", threads, "--backend", backend) == alone
    assert not (tmp_path / "x.npz").exists()


@pytest.mark.parametrize("case", CASES)
def test_each_case_is_counted_alike(reads, tmp_path, case):
    path = tmp_path / "reads.fq"
    path.write_bytes(CASES[case][0])
    assert reads("stats", path) == reads("stats", path, "--threads", 2)


def test_auto_is_what_was_tuned_else_the_cores(reads, place, monkeypatch):
    monkeypatch.setattr(tuned, "recall", lambda pipeline: None)
    assert running.threads_of("auto") >= 1
    found = tuned.Tuned(
        pipeline="reads",
        strategy="kernels-w3",
        workers=3,
        command="tiltyard reads filter …",
        seconds=(1.0, 1.0, 1.0),
        memory_mb=(1.0, 1.0, 1.0),
        cores=4,
        date="2026-01-02T00:00:00+00:00",
    )
    monkeypatch.setattr(tuned, "recall", lambda pipeline: found if pipeline == "reads" else None)
    assert running.threads_of("auto", quiet=True) == 3
    words = ("stats", place / "two.fq", "--threads", "auto")
    status, out, said = reads(*words)
    assert status == 0
    assert said == f"--threads auto: {found.words}\n" and "3 workers, as tiltyard tune" in said
    assert reads(*words, "--quiet") == (0, out, "")
    assert json.loads(reads(*words, "--format", "json")[1])[0]["records"] == 6000


def test_processes_without_a_worker_are_refused(reads, place):
    status, _, said = reads("stats", place / "two.fq", "--backend", "processes")
    assert status == 2 and said == (
        "tiltyard: --backend processes: with --threads 1 there is no worker beside the thread that "
        "reads and writes; say --threads 2 or more\n"
    )
