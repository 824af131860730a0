"""`tiltyard sequences`: what its commands write, refuse and say, step by step."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from sequence_folders import write_classifier

from tiltyard.pipelines.sequences.fasta import fasta_of, read_fasta
from tiltyard.pipelines.sequences.simulating import made_contigs
from tiltyard.pipelines.sequences.tables import rows


@pytest.fixture
def contigs(tmp_path):
    """Contigs of many lengths, an id that is hard, one that is empty, and one of N alone."""
    made = list(made_contigs(8, 100, 1700, np.random.default_rng(3)))
    made += [("k_chunk_2F1", made[1][1]), ("empty", b""), ("dark", b"N" * 500), ("two", b"AA")]
    path = tmp_path / "contigs.fa"
    path.write_bytes(fasta_of(made))
    return path


def read(path, *columns):
    return list(rows(path, columns))


def test_the_steps_one_by_one_give_what_predict_gives(sequences, contigs, tmp_path):
    write_classifier(tmp_path / "model", "random-bert-1x16", "random-esm-1x16", 16)
    at = tmp_path.joinpath
    for words in (
        ("chunk", contigs, "--window", 300, "--output", at("c.fa")),
        ("translate", at("c.fa"), "--output", at("f.fa")),
        ("embed", at("f.fa"), "--model", "random-esm-1x16", "--output", at("p.parquet")),
        *[
            ("embed", at("f.nucleotide.fa"), "--model", "random-bert-1x16", "-o", at("n.parquet")),
            ("merge", at("n.parquet"), at("p.parquet"), "--output", at("m.parquet")),
            (
                *("classify", at("m.parquet"), "--model", at("model"), "--frames", at("f.tsv")),
                *("--window", 300, "--output", at("steps.tsv")),
            ),
            ("consensus", at("steps.tsv"), "--chunks", at("c.tsv"), "-o", at("steps.chunks.tsv")),
        ],
    ):
        status, _, said = sequences(*words)
        assert status == 0, said
    whole = ("predict", contigs, "--window", 300, "--model", at("model"), "--workers", 1)
    status, out, said = sequences(*whole, "--output", at("whole.tsv"))
    assert status == 0 and "12 contigs" in out, said
    assert at("steps.tsv").read_bytes() == at("whole.tsv").read_bytes()
    steps, both = (read(at(f"{name}.chunks.tsv")) for name in ("steps", "whole"))
    assert [row | {"status": ""} for row in steps] == [row | {"status": ""} for row in both]
    missing = {row["id"]: row["reason"] for row in read(at("f.missing.tsv"))}
    assert missing == {row["chunk_id"]: row["status"] for row in both if row["status"] != "ok"}
    assert missing["dark_chunk_1"] == "ambiguous" and missing["two_chunk_1"] == "too_short"
    assert read(at("m.parquet.missing.tsv")) == []


def test_places_are_on_the_contigs(sequences, contigs, tmp_path):
    sequences("chunk", contigs, "--window", 300, "--output", tmp_path / "c.fa")
    sequences("translate", tmp_path / "c.fa", "--output", tmp_path / "f.fa")
    letters = {one.name: one.sequence for one in read_fasta(contigs)}
    nucleotides = {one.name: one.sequence for one in read_fasta(tmp_path / "f.nucleotide.fa")}
    flip = bytes.maketrans(b"ACGTN", b"TGCAN")
    found = read(tmp_path / "f.tsv")
    assert len(found) == len(nucleotides) > 20
    for row in found:
        own = letters[row["contig"]][int(row["start"]) - 1 : int(row["end"])]
        turned = own if row["strand"] == "+" else own.translate(flip)[::-1]
        assert turned == nucleotides[row["sequence_id"]]
    for row in read(tmp_path / "c.tsv"):
        own = letters[row["contig"]][int(row["start"]) : int(row["end"])]
        assert len(own) in (300, len(letters[row["contig"]]))
    (tmp_path / "c.tsv").unlink()
    sequences("translate", tmp_path / "c.fa", "--output", tmp_path / "f.fa")
    assert all(int(row["end"]) <= 300 for row in read(tmp_path / "f.tsv"))


def test_a_table_of_other_chunks_is_refused(sequences, contigs, tmp_path):
    sequences("chunk", contigs, "--window", 300, "--output", tmp_path / "c.fa")
    table = (tmp_path / "c.tsv").read_text()
    sequences("chunk", contigs, "--window", 200, "--output", tmp_path / "c.fa")
    (tmp_path / "c.tsv").write_text(table)
    status, _, said = sequences("translate", tmp_path / "c.fa", "--output", tmp_path / "f.fa")
    assert status == 2 and "is not the table of these chunks" in said
    assert not (tmp_path / "f.fa").exists()


def test_several_files_are_embedded_into_one(sequences, tmp_path):
    sizes = (5, 3, 4)
    files = []
    for number, size in enumerate(sizes):
        records = [(f"s{number}{row}_chunk_1F1", b"ACGTAC" * (row + 1)) for row in range(size)]
        files.append(tmp_path / f"output_{number}.fa")
        files[-1].write_bytes(fasta_of(records))
    words = ("--model", "random-mosaic-1x16", "--output", tmp_path / "v.parquet")
    status, _, said = sequences("embed", *files, *words)
    assert status == 0, said
    table = pq.read_table(tmp_path / "v.parquet")
    names = [
        f"s{number}{row}_chunk_1F1" for number, size in enumerate(sizes) for row in range(size)
    ]
    assert table["id"].to_pylist() == names
    assert not (tmp_path / "v.parquet.parts").exists()
    assert sequences("embed", files[0], files[0], *words)[0] == 2
    files[1].write_bytes(b">bad\nAC*\n")
    (tmp_path / "v.parquet").unlink()
    status, _, said = sequences("embed", *files, *words)
    assert status == 1 and f"failed: {files[1]}" in said and "'*' at position 3" in said
    assert "v.parquet is not written; " in said and "the same command goes on" in said
    assert not (tmp_path / "v.parquet").exists()
    kept = sorted(path.name for path in (tmp_path / "v.parquet.parts").iterdir())
    assert kept == ["1.parquet", "3.parquet"]
    (row,) = read(tmp_path / "v.parquet.failed.tsv", "file", "error", "message")
    assert row["file"] == str(files[1]) and row["error"] == "InputError"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("chunk", "none.fa", "-o", "c.fa"), "none.fa cannot be read"),
        (("chunk", "contigs.fa", "--window", "2", "-o", "c.fa"), "needs a whole number from 3"),
        (("chunk", "contigs.fa", "-o", "c.tsv"), "let its name end in .fa"),
        (("translate", "contigs.fa", "-o", "f.fa"), "is no name of a chunk"),
        (("embed", "contigs.fa", "--batch", "32", "-o", "v"), "write count:N"),
        (("embed", "contigs.fa", "--workers", "0", "-o", "v"), "--workers 0: write auto"),
        (("embed", "contigs.fa", "--model", "gone", "-o", "v"), "there is no config.json"),
        (
            ("embed", "contigs.fa", "--model", "random-bert-1x16", "--device", "cuda", "-o", "v"),
            "this onnxruntime has",
        ),
        (("predict", "none.fa", "-o", "p.tsv"), "there is no file none.fa"),
        (("predict", "contigs.fa", "--device", "cuda", "-o", "p.tsv"), "CPUExecutionProvider"),
        (("predict", "contigs.fa", "--until", "frames", "-o", "p.tsv"), "with --work"),
        (("predict", "contigs.fa", "-o", "p.tsv", "--work", "."), "has other files in it"),
        (("predict", "contigs.fa", "-o", "p.tsv", "--regions", "p.chunks.tsv"), "two outputs"),
        (("predict", "contigs.fa", "-o", "p.tsv", "--max-unknown", "2"), "from 0 to 1"),
        (("consensus", "contigs.fa", "-o", "x"), "it has no column"),
        (("merge", "contigs.fa", "contigs.fa", "-o", "m"), "make it again"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(
    sequences, contigs, monkeypatch, words, said
):
    monkeypatch.chdir(contigs.parent)
    status, _, error = sequences(*words)
    assert status == 2 and said in error and error.count("\n") == 1
    assert [path.name for path in contigs.parent.iterdir()] == ["contigs.fa"]


def test_the_example_can_be_predicted(sequences, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, said, _ = sequences("example")
    line = next(line for line in said.split("\n") if " predict " in line)
    status, out, _ = sequences(*line.split()[2:])
    assert status == 0 and out.startswith("40 contigs")
