"""`tiltyard reads`: what its commands write, refuse and say."""

import gzip
import json
import os
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from read_files import bam, bgzf, fastq
from stream_model import model

from tiltyard.pipelines.reads import FastqStream

R1 = fastq(*((b"r%d/1 x" % n, b"ACGTN" * n, bytes([40 + n]) * 5 * n) for n in range(30)))
R2 = fastq(*((b"r%d/2" % n, b"GGTTA" * (30 - n), b"I" * 5 * (30 - n)) for n in range(30)))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "r1.fq").write_bytes(R1)
    (tmp_path / "r2.fq").write_bytes(R2)
    (tmp_path / "r1.fq.gz").write_bytes(bgzf(R1, 300))
    (tmp_path / "a.fa").write_bytes(b">a x\nACGT\nAC\n>b\n\n")
    return tmp_path


def text(items, mate=0):
    return fastq(*(item[2 + mate] for item in items))


def test_what_is_kept_goes_to_standard_output_and_the_report_to_the_other(reads, folder):
    status, out, said = reads("filter", folder / "r1.fq", "--min-length", 50, "--max-n", "0.2")
    assert status == 0
    assert out == text(model([R1], ["length(50)"]))
    assert said == "30 reads, 20 kept (1,950 bases); dropped: length 10\n"


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", ["kernels", "numpy-batch", "reference"])
def test_options_are_steps_in_a_stated_order(reads, folder, threads, name):
    words = (
        *("--every", 2, "--fraction", 0.9, "--min-length", 5, "--max-length", 120),
        *("--max-n", 0.2, "--min-base-quality", 8, "--arithmetic-mean-quality", 10.5),
        *("--mean-error-quality", 11, "--step", "mutate(0.2)", "--step", "window(40, 'random')"),
        *("--dedup", "--first", 5, "--seed", 3, "--epoch", 1),
        *("--threads", threads, "--implementation", name),
    )
    chain = [
        *("every(2)", "fraction(0.9)", "length(5, 120)", "max_n(0.2)", "min_base(8)"),
        *("mean_arithmetic(10.5)", "mean_error(11.0)", "mutate(0.2)", "window(40, 'random')"),
        *("dedup", "first(5)"),
    ]
    status, out, _ = reads("filter", folder / "r1.fq", folder / "r2.fq", *words)
    assert status == 0
    assert out == text(model([R1, R2], chain, seed=3, epoch=1)) and out.count(b"\n") == 20


def test_one_command_one_stream_and_a_job_a_file_give_the_same(reads, folder):
    chain = ["length(5)", "mutate(0.3)"]
    words = ("--step", chain[0], "--step", chain[1], "--seed", 4)
    _, whole, _ = reads("filter", folder / "r1.fq", folder / "r2.fq", *words)
    parts = [
        reads("filter", folder / name, "--first-file", number, *words)[1]
        for number, name in enumerate(("r1.fq", "r2.fq"))
    ]
    stream = FastqStream([folder / "r1.fq", folder / "r2.fq"], chain, seed=4)
    records = [record for batch in stream for record in batch]
    assert whole == b"".join(parts)
    assert whole == fastq(*((each.name, each.sequence, each.quality) for each in records))


def test_pairs_into_two_files_or_one(reads, folder):
    words = ("--paired", folder / "r1.fq", folder / "r2.fq", "--min-length", 40, "--quiet")
    expected = model([(R1, R2)], ["length(40)"])
    assert 0 < len(expected) < 30
    one, two = folder / "one.fq", folder / "two.fq.gz"
    assert reads("filter", *words, "-o", one, "--output2", two) == (0, b"", "")
    assert one.read_bytes() == text(expected)
    assert gzip.decompress(two.read_bytes()) == text(expected, 1)
    _, mixed, _ = reads("filter", *words)
    assert mixed == b"".join(fastq(*item[2:]) for item in expected)
    (folder / "mixed.fq").write_bytes(mixed)
    assert reads("filter", folder / "mixed.fq", "--interleaved", "--quiet")[1] == mixed
    _, _, said = reads("filter", *words[:-1], "--pair-rule", "both")
    assert said.startswith("30 pairs, 30 kept")


def test_lf_files_with_a_bare_plus_come_out_as_they_went_in(reads, folder):
    for name in ("r1.fq", "r1.fq.gz"):
        assert reads("convert", folder / name, "--quiet")[1] == R1
    assert reads("convert", folder / "r1.fq", "-o", folder / "b.fq.gz", "--quiet")[0] == 0
    packed = (folder / "b.fq.gz").read_bytes()
    assert gzip.decompress(packed) == R1 and packed[12:14] == b"BC"
    assert reads("convert", folder / "b.fq.gz", "--threads", 3, "--quiet")[1] == R1


def test_other_formats(reads, folder):
    assert reads("convert", folder / "a.fa", "--format", "fasta", "--quiet")[1] == (
        b">a x\nACGTAC\n>b\n\n"
    )
    (folder / "u.bam").write_bytes(bgzf(bam([(b"r", b"ACG", b"!I~")])))
    assert reads("convert", folder / "u.bam", "--quiet")[1] == b"@r\nACG\n+\n!I~\n"
    assert reads("convert", folder / "r1.fq", "-o", folder / "t.parquet", "--quiet")[0] == 0
    table = pq.read_table(folder / "t.parquet")
    assert table.column("name").to_pylist() == [f"r{n}/1 x" for n in range(30)]
    assert table.column("quality").to_pylist()[2] == "*" * 10
    words = ("--paired", folder / "r1.fq", folder / "r2.fq", "--min-length", 999, "--quiet")
    assert reads("filter", *words, "-o", folder / "none.parquet")[0] == 0
    assert pq.read_table(folder / "none.parquet").num_rows == 0


def test_qualities_can_be_made(reads, folder):
    status, out, _ = reads("convert", folder / "a.fa", "--step", "uniform(40, 40)", "--quiet")
    assert (status, out) == (0, b"@a x\nACGTAC\n+\nIIIIII\n@b\n\n+\n\n")


@pytest.mark.parametrize("width", ["", "(width=20)"])
def test_arrays_of_all_reads(reads, folder, width):
    words = ("encode", folder / "r1.fq", "-o", folder / "x.npz", "-e", f"one_hot{width}")
    status, out, said = reads(*words, "--json", folder / "x.json")
    assert (status, out) == (0, b"")
    with np.load(folder / "x.npz") as arrays:
        (batch,) = FastqStream(folder / "r1.fq", encode=f"one_hot{width}")
        assert np.array_equal(arrays["tensor"], batch.tensor)
        assert np.array_equal(arrays["mask"], batch.mask)
        assert arrays["lengths"].tolist() == batch.encoded.lengths.tolist()
        assert arrays["records"].tolist() == list(range(30))
        start, end = arrays["name_starts"][[7, 8]]
        assert arrays["names"][start:end].tobytes() == b"r7/1 x"
    report = json.loads((folder / "x.json").read_text())
    assert report["kept"] == 30 and report["cut"] == (25 if width else 0)
    assert said.startswith("30 reads, 30 kept")


def test_arrays_of_pairs_and_of_nothing(reads, folder):
    words = ("--paired", folder / "r1.fq", folder / "r2.fq", "-o", folder / "x.npz", "--quiet")
    assert reads("encode", *words, "-e", "kmers(2)")[0] == 0
    with np.load(folder / "x.npz") as arrays:
        assert arrays["tensor"].shape == arrays["mate_tensor"].shape == (30, 16)
        assert arrays["mate_lengths"].tolist() == [5 * (30 - n) for n in range(30)]
    (folder / "empty.fq").write_bytes(b"")
    words = ("encode", folder / "empty.fq", "-o", folder / "x.npz", "--quiet")
    assert reads(*words, "-e", "integer(width=7)")[0] == 0
    with np.load(folder / "x.npz") as arrays:
        assert arrays["tensor"].shape == (0, 7)


def test_a_table_of_files(reads, folder):
    status, out, _ = reads("stats", folder / "r1.fq", folder / "a.fa", "--format", "json")
    first, second = json.loads(out)
    lengths = [5 * n for n in range(30)]
    assert status == 0
    assert (first["records"], first["bases"]) == (30, sum(lengths))
    assert (first["min_length"], first["max_length"]) == (0, 145)
    assert (first["median_length"], first["mean_length"]) == (72.5, 72.5)
    assert first["gc_percent"] == pytest.approx(40) and first["n_percent"] == pytest.approx(20)
    qualities = np.repeat([7 + n for n in range(30)], lengths)
    assert first["arithmetic_mean_quality"] == pytest.approx(qualities.mean())
    mean = (10 ** (-qualities / 10)).mean()
    assert first["mean_error_quality"] == pytest.approx(-10 * np.log10(mean), abs=1e-6)
    assert first["q30_percent"] == pytest.approx(100 * (qualities >= 30).mean())
    ordered = sorted(lengths, reverse=True)
    n50 = next(n for k, n in enumerate(ordered) if 2 * sum(ordered[: k + 1]) >= sum(lengths))
    assert first["n50"] == n50
    assert second["bases"] == 6 and second["mean_error_quality"] is None
    status, out, _ = reads("stats", folder / "r1.fq.gz", folder / "r2.fq", "--threads", 2)
    lines = [line.split("\t") for line in out.decode().splitlines()]
    assert len(lines) == 3 and len({len(line) for line in lines}) == 1
    assert lines[1][1:3] == ["30", "2175"]


def test_the_two_means_of_a_file(reads, folder):
    (folder / "m.fq").write_bytes(fastq((b"a", b"A" * 100, b"I" * 100), (b"b", b"A", b"+")))
    (row,) = json.loads(reads("stats", folder / "m.fq", "--format", "json")[1])
    assert round(row["arithmetic_mean_quality"], 2) == 39.70
    assert round(row["mean_error_quality"], 2) == 29.63


def test_an_empty_file_has_a_row(reads, folder):
    (folder / "empty.fq").write_bytes(b"")
    status, out, _ = reads("stats", folder / "empty.fq")
    assert status == 0 and out.splitlines()[1].split(b"\t")[1:5] == [b"0", b"0", b"", b""]


def test_a_damaged_file_ends_with_its_place_and_leaves_no_output(reads, folder):
    (folder / "bad.fq").write_bytes(R1 + b"@bad\nAC\n+\nI\n")
    output = folder / "out.fq"
    output.write_bytes(b"before")
    status, _, said = reads("filter", folder / "bad.fq", "-o", output)
    assert status == 1
    assert (
        said == f"tiltyard: {folder}/bad.fq: record 31, line 124: length: sequence 2, quality 1\n"
    )
    assert output.read_bytes() == b"before"
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []
    assert reads("filter", folder / "bad.fq", "-o", output, "--keep-partial")[0] == 1
    assert output.read_bytes() == R1
    status, out, said = reads("filter", folder / "bad.fq")
    assert (status, out) == (1, R1)


def test_files_before_a_damaged_one_have_their_rows(reads, folder):
    (folder / "bad.fq").write_bytes(b"@bad\nAC\n")
    status, out, said = reads("stats", folder / "r1.fq", folder / "bad.fq", folder / "r2.fq")
    assert status == 1 and len(out.splitlines()) == 2
    assert "bad.fq: record 1, line 2: truncated" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("filter r1.fq --mean-error-quality 94", "--mean-error-quality 94: needs a number from 0"),
        ("filter r1.fq --step mutate(2)", "mutate: the probability is 2"),
        ("filter none.fq", "No such file"),
        ("filter", "needed, and not given: FILE…"),
        ("filter r1.fq --paired", "R1 R2, and 1 are named"),
        ("filter r1.fq r2.fq --paired --interleaved", "leave out one"),
        ("filter r1.fq -o x.txt", "the name says no format"),
        ("filter r1.fq -o x.npz", "tiltyard reads encode"),
        ("filter r1.fq --output-format parquet", "parquet cannot be written to a pipe"),
        ("filter r1.fq -o a.fq --output2 b.fq", "--paired, --interleaved"),
        ("filter r1.fq r2.fq --paired -o a.fq --output2 a.fq", "leave it out to interleave"),
        ("filter r1.fq -o /dev/null --format fastq", "no plain file"),
        ("filter a.fa --mean-error-quality 3", "has no qualities, which mean_error needs"),
        ("convert a.fa", "write FASTA, or simulate them"),
        ("convert r1.fq a.fa -o x.fa", "read FASTQ and FASTA apart"),
        ("encode r1.fq -o x.npz -e two_hot", "there is no encoder 'two_hot'"),
        ("encode - -o x.npz", "give a width: --encoder 'one_hot(width=150)'"),
        ("filter - -", "standard input (-) can be read once"),
        ("filter r1.fq --threads none", "--threads none: write a number from 1"),
        ("filter .", "is a folder"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_remedy(reads, folder, monkeypatch, words, said):
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    with open(folder / "r1.fq", "rb") as file:
        monkeypatch.setattr(sys, "stdin", file)
        status, out, error = reads(*words.split())
    assert status == 2 and out == b""
    assert said in error
    assert sorted(path.name for path in folder.iterdir()) == before


def test_an_ambiguous_letter_that_is_refused_is_named(reads, folder):
    words = ("encode", folder / "r1.fq", "-o", folder / "x.npz")
    status, _, said = reads(*words, "-e", "integer(ambiguous='error')")
    assert status == 1 and "r1.fq: record 2, position 5: 'N' is ambiguous" in said


def test_the_example_is_pairs_on_which_the_printed_commands_work(reads, folder, monkeypatch):
    monkeypatch.chdir(folder)
    status, out, _ = reads("example")
    assert status == 0
    commands = [line.split() for line in out.decode().splitlines() if line.startswith("  ")]
    assert [words[2] for words in commands] == ["stats", "filter"]
    for words in commands:
        status, out, said = reads(*words[2:])
        assert status == 0
    assert said.startswith("5,000 pairs, ") and "dropped: mean_error" in said
    assert 0 < len(gzip.decompress((folder / "kept_2.fq.gz").read_bytes())) < 5000 * 400


def test_a_missing_last_block_is_warned_about(reads, folder):
    (folder / "cut.gz").write_bytes(bgzf(R1, end=False))
    status, out, said = reads("convert", folder / "cut.gz", "--quiet")
    assert (status, out) == (0, R1)
    assert said.startswith("warning: ") and "last BGZF block is missing" in said


def command(*words):
    return [sys.executable, "-m", "tiltyard", "reads", *map(str, words)]


def test_through_pipes(folder):
    done = subprocess.run(
        command("convert", "-"), input=bgzf(R1, 77), capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, R1)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_who_leaves_early_is_no_fault(unbuffered, folder):
    (folder / "long.fq").write_bytes(R1 * 300)
    with subprocess.Popen(
        command("convert", folder / "long.fq"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    ) as process:
        assert process.stdout.readline() == b"@r0/1 x\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_little_is_imported_for_a_command():
    program = (
        "import sys\n"
        "from tiltyard.pipelines import commands\n"
        "try:\n    commands.run('reads', ['stats', sys.argv[1]])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'numba', 'scipy', 'pandas', 'rich', 'typer', 'pyarrow'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "/dev/null"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == ""
