"""`tiltyard sequences predict`: its tables, and what it does when it is stopped or a part fails."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from model_folders import write_folder
from sequence_folders import write_classifier

from tiltyard.pipelines.sequences.fasta import fasta_of, read_fasta
from tiltyard.pipelines.sequences.simulating import made_contigs
from tiltyard.pipelines.sequences.tables import rows

TABLES = ("tsv", "chunks.tsv", "contigs.tsv", "missing.tsv")


@pytest.fixture
def contigs(tmp_path):
    made = list(made_contigs(30, 200, 1600, np.random.default_rng(3)))
    made += [("empty", b""), ("dark", b"N" * 500), ("two", b"AA")]
    path = tmp_path / "contigs.fa"
    path.write_bytes(fasta_of(made).replace(b">contig_2\n", b">contig_2 the second one\n"))
    return path


def tables(folder, stem="p"):
    return [(folder / f"{stem}.{ending}").read_bytes() for ending in TABLES]


def read(path):
    return list(rows(path, ()))


def test_all_tables_agree_with_each_other(sequences, contigs, tmp_path):
    output = tmp_path / "p.tsv"
    more = ("--regions", tmp_path / "r.bed", "--write-virus", tmp_path / "v.fa")
    status, out, said = sequences("predict", contigs, "-o", output, *more, "--format", "virnucpro")
    assert status == 0 and "finds" not in out
    assert "never for discovery" in said and "p.run.json has the table by group" in said
    frames, chunks, calls, missing = (read(tmp_path / f"p.{ending}") for ending in TABLES)
    assert [row["contig"] for row in calls] == [one.name for one in read_fasta(contigs)]
    status_of = {row["contig"]: row["status"] for row in calls}
    assert status_of["empty"] == "empty" and status_of["dark"] == "ambiguous"
    assert status_of["two"] == "too_short" and status_of["contig_2"] == "ok"
    for call in calls:
        own = [row for row in chunks if row["contig"] == call["contig"]]
        scored = [row for row in own if row["status"] == "ok"]
        virus = [row for row in scored if row["is_virus"] == "true"]
        assert [len(own), len(scored), len(virus)] == [
            int(call[name]) for name in ("chunks", "chunks_scored", "chunks_virus")
        ]
        if scored:
            mean = np.mean([float(row["score_virus"]) for row in scored])
            assert float(call["score_virus_mean"]) == pytest.approx(mean, rel=1e-8)
            assert call["is_virus"] == ("true" if len(virus) >= len(scored) / 2 else "false")
        else:
            assert call["is_virus"] == call["share_virus"] == ""
    for chunk in chunks:
        own = [row for row in frames if row["sequence_id"].startswith(f"{chunk['chunk_id']}F")]
        own += [row for row in frames if row["sequence_id"].startswith(f"{chunk['chunk_id']}R")]
        assert len(own) == int(chunk["frames"])
        for name in ("score_others", "score_virus") if own else ():
            assert max(row[name] for row in own) == chunk[name]
    assert {row["id"] for row in missing if row["step"] == "translate"} == {
        row["chunk_id"] for row in chunks if row["frames"] == "0"
    }
    virus = [call["contig"] for call in calls if call["is_virus"] == "true"]
    assert [one.name for one in read_fasta(tmp_path / "v.fa")] == virus
    headers = {one.header for one in read_fasta(contigs)}
    assert {one.header for one in read_fasta(tmp_path / "v.fa")} <= headers
    letters = {one.name: one.sequence for one in read_fasta(contigs)}
    for line in (tmp_path / "r.bed").read_text().splitlines():
        contig, start, end = line.split("\t")
        assert 0 <= int(start) < int(end) <= len(letters[contig])
    public = (tmp_path / "p.prediction_results.txt").read_text().splitlines()
    assert public[0] == "Sequence_ID\tPrediction\tscore1\tscore2" and len(public) == len(frames) + 1
    highest = (tmp_path / "p.prediction_results_highestscore.csv").read_text().splitlines()
    assert highest[0] == "Modified_ID\tIs_Virus" and {
        line.split("\t")[1] for line in highest[1:]
    } <= {"True", "False"}
    assert not (tmp_path / "p.work").exists() and not (tmp_path / "p.failed.tsv").exists()


def test_the_run_says_what_decided_it_and_how_far_to_trust_it(sequences, contigs, tmp_path):
    sequences("predict", contigs, "--window", 300, "-o", tmp_path / "p.tsv", "--min-chunks", 2)
    run = json.loads((tmp_path / "p.run.json").read_text())
    assert run["rules"]["window"] == 300 and run["rules"]["rules"] == "exact"
    assert len(run["input"]["sha256"]) == len(run["models"]["nucleotide"]["model"]) == 64
    assert run["thresholds"]["min_chunks"] == 2 and run["found"]["contigs"] == 33
    assert "never for discovery" in run["classifier"]["limits"]
    groups = {one["group"]: one["right"] for one in run["classifier"]["accuracy"]["300"]["groups"]}
    assert groups["hiv1"] < 0.5


def test_warnings_of_window_table_and_gaps(sequences, contigs, tmp_path):
    contigs.write_bytes(contigs.read_bytes() + b"\n>gap\nAC--GT\n")
    words = ("--window", 120, "--table", 4, "-o", tmp_path / "p.tsv")
    _, _, said = sequences("predict", contigs, *words)
    assert "--window 120: the classifier was trained with 300" in said
    assert "--table 4: the classifier was trained with table 1" in said
    assert "2 gaps (- or .) were taken out" in said


def test_an_input_without_a_record(sequences, tmp_path):
    (tmp_path / "none.fa").write_bytes(b"")
    status, _, said = sequences("predict", tmp_path / "none.fa", "-o", tmp_path / "p.tsv")
    assert status == 0 and "has no record" in said
    assert [text.count(b"\n") for text in tables(tmp_path)] == [1, 1, 1, 1]
    words = ("predict", tmp_path / "none.fa", "-o", tmp_path / "q.tsv", "--strict")
    assert sequences(*words)[0] == 2
    assert not list(tmp_path.glob("q*"))


@pytest.mark.parametrize(
    "raw",
    [
        b"ACGT\n",
        b">a\nAC*\n",
        b">\nAC\n",
        b">a\nA\n>a\nA\n",
        gzip.compress(b">a\nA" * 99, mtime=0)[:-9],
    ],
)
def test_a_bad_input_leaves_nothing(sequences, tmp_path, raw):
    (tmp_path / "bad.fa").write_bytes(raw)
    status, _, said = sequences("predict", tmp_path / "bad.fa", "-o", tmp_path / "p.tsv")
    assert status == 2 and "bad.fa" in said
    assert [path.name for path in tmp_path.iterdir()] == ["bad.fa"]


def test_neither_files_nor_workers_nor_forms_change_a_byte(sequences, contigs, tmp_path):
    sequences("predict", contigs, "-o", tmp_path / "p.tsv")
    packed = tmp_path / "contigs.gz"
    packed.write_bytes(gzip.compress(contigs.read_bytes().replace(b"\n", b"\r\n")))
    words = ("--per-file", 7, "--workers", 2, "--assignment", "round_robin")
    sequences("predict", packed, "-o", tmp_path / "q.tsv", *words)
    assert tables(tmp_path) == tables(tmp_path, "q")
    sequences("predict", contigs, "-o", tmp_path / "r.tsv", "--translation", "plain")
    assert tables(tmp_path) == tables(tmp_path, "r")


def test_files_are_numbered_and_of_equal_numbers(sequences, contigs, tmp_path):
    work = tmp_path / "work"
    words = ("--work", work, "--per-file", 2, "--until", "frames")
    status, out, _ = sequences("predict", contigs, "-o", tmp_path / "p.tsv", *words)
    files = sorted((work / "nucleotide").iterdir(), key=lambda path: int(path.stem[7:]))
    assert status == 0 and f"{len(files)} files" in out and len(files) > 10
    counts = [len(list(read_fasta(path))) for path in files]
    assert counts[:-1] == [2] * (len(files) - 1) and 0 < counts[-1] <= 2
    names = [one.name for path in files for one in read_fasta(path)]
    proteins = [
        one.name
        for number in range(1, len(files) + 1)
        for one in read_fasta(work / "protein" / f"output_{number}.fa", protein=True)
    ]
    assert names == proteins == [row["sequence_id"] for row in read(work / "frames.tsv")]
    assert not (tmp_path / "p.tsv").exists()


def test_a_file_that_fails_costs_its_frames_alone_and_is_named(sequences, contigs, tmp_path):
    sequences("predict", contigs, "-o", tmp_path / "whole.tsv")
    work = tmp_path / "work"
    words = (
        "predict",
        contigs,
        "-o",
        tmp_path / "p.tsv",
        "--work",
        work,
        "--per-file",
        5,
        "--workers",
        1,
    )
    sequences(*words, "--until", "frames")
    second = work / "nucleotide" / "output_2.fa"
    lost = [one.name for one in read_fasta(second)]
    right = second.read_bytes()
    second.write_bytes(right[:-2] + b"*\n")  # of the same size
    status, _, said = sequences(*words)
    assert status == 1 and "output_2.fa" in said and "the same command goes on" in said
    (failed,) = read(tmp_path / "p.failed.tsv")
    assert failed["file"] == str(second)
    missing = {row["id"]: row for row in read(tmp_path / "p.missing.tsv")}
    assert all(missing[name]["reason"] == "failed" for name in lost)
    whole = {row["sequence_id"]: row for row in read(tmp_path / "whole.tsv")}
    found = {row["sequence_id"]: row for row in read(tmp_path / "p.tsv")}
    assert found == {name: row for name, row in whole.items() if name not in lost}
    second.write_bytes(right)
    kept = {path: path.stat().st_mtime_ns for path in (work / "nucleotide").glob("*.parquet")}
    assert sequences(*words)[0] == 0 and not (tmp_path / "p.failed.tsv").exists()
    assert tables(tmp_path) == tables(tmp_path, "whole")
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items()) and len(kept) > 2


def test_another_input_in_the_same_folder_is_made_again(sequences, contigs, tmp_path):
    work = tmp_path / "work"
    words = ("-o", tmp_path / "p.tsv", "--work", work, "--per-file", 10, "--workers", 1)
    sequences("predict", contigs, *words)
    before = tables(tmp_path)
    contigs.write_bytes(contigs.read_bytes() + b">more\n" + b"ATGGCC" * 100 + b"\n")
    status, _, said = sequences("predict", contigs, *words)
    assert status == 0 and "its frames are made again" in said
    after = tables(tmp_path)
    assert after != before
    sequences("predict", contigs, "-o", tmp_path / "q.tsv")
    assert after == tables(tmp_path, "q")


def write_model(folder):
    write_folder(folder / "model" / "own", "mosaic", hidden=48, heads=4)
    write_classifier(folder / "model", "own", "random-esm-1x16", 16)
    said = json.loads((folder / "model" / "classifier.json").read_text())
    said["inputs"]["nucleotide"]["width"] = 48
    (folder / "model" / "classifier.json").write_text(json.dumps(said))
    write = write_classifier(folder / "scratch", "a", "b", 32)
    assert write["mean"].shape == (64,)
    (folder / "scratch" / "classifier.safetensors").replace(
        folder / "model" / "classifier.safetensors"
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_killed_goes_on_and_gives_the_same_bytes(
    sequences, contigs, tmp_path, number
):
    write_model(tmp_path)
    program = str(Path(sys.executable).with_name("tiltyard"))
    words = ("--model", tmp_path / "model", "--per-file", 4, "--workers", 2)
    work = tmp_path / "p.work"
    command = [program, "sequences", "predict", contigs, "-o", tmp_path / "p.tsv", *words]
    command = list(map(str, command))
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    until = time.monotonic() + 120
    while time.monotonic() < until and len(list(work.glob("*/*.parquet"))) < 2:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    finished = {path: path.stat().st_mtime_ns for path in work.glob("*/output_*.own.parquet")}
    if number == signal.SIGTERM:
        assert process.returncode == 143 and b"the same command goes on" in said
    assert not group_of(process.pid)
    assert not (tmp_path / "p.tsv").exists()
    alone = (*words[:-1], 1, "--work", work, "--quiet")
    status, _, again = sequences("predict", contigs, "-o", tmp_path / "p.tsv", *alone)
    assert status == 0 and "made again" not in again
    assert all(path.stat().st_mtime_ns == time for path, time in finished.items())
    sequences("predict", contigs, "-o", tmp_path / "q.tsv", *words[:-1], 1, "--quiet")
    assert tables(tmp_path) == tables(tmp_path, "q") and len(finished) > 1


def group_of(pid):
    """Processes of the session that `pid` led which are still there, after a moment."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = []
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = file.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[3] == str(pid) and fields[0] != "Z":
                found.append(int(file.parent.name))
        if not found:
            return []
        time.sleep(0.05)
    for one in found:
        os.kill(one, signal.SIGKILL)
    return found
