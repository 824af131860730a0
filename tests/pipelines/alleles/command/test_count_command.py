"""`tiltyard alleles count` as people call it: the table, the log, and three doors to the same."""

import contextlib
import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tiltyard.pipelines import alleles, stages, tuned
from tiltyard.pipelines.alleles.counts import COUNTED
from tiltyard.pipelines.alleles.pipeline import Alleles


def read(path):
    return pd.read_csv(path, sep="\t", keep_default_na=False)


def test_the_example_is_counted_as_it_was_planted(place):
    place.count()
    found, truth = read(place / "t.tsv"), read(place / "truth.tsv")
    # An insertion or deletion of a read can be placed so that others see it elsewhere: no class is
    # left out, as the simulator places them where the rule looks.
    pd.testing.assert_frame_equal(found[truth.columns], truth)


def test_python_and_command_write_the_same_bytes(place):
    files = [str(place / name) for name in ("s1.bam", "s2.bam")]
    counted = alleles.count(place / "variants.vcf", place / "genome.fa", files)
    for name in ("t.tsv", "t.parquet", "t.vcf.gz", "t.tsv.gz"):
        place.count(output=name)
        counted.write(str(place / f"p-{name}"))
        assert (place / name).read_bytes() == (place / f"p-{name}").read_bytes()
    assert gzip.decompress((place / "t.tsv.gz").read_bytes()) == (place / "t.tsv").read_bytes()
    assert counted.samples == ("s1", "s2") == tuple(counted.tables)
    frame = pd.DataFrame(counted.tables["s1"])
    table = read(place / "t.tsv")
    assert frame["depth"].tolist() == table[table["sample"] == "s1"]["depth"].tolist()


def test_a_sheet_is_the_same_as_files_with_names(place):
    (place / "s.tsv").write_text("alignment\tsample\n# a comment\ns2.bam\tx\n\ns1.bam\ty\n")
    place.count("--sheet", "s.tsv", files=())
    place.count(files=("x:s2.bam", "y:s1.bam"), output="u.tsv")
    assert (place / "t.tsv").read_bytes() == (place / "u.tsv").read_bytes()
    assert list(dict.fromkeys(read(place / "t.tsv")["sample"])) == ["x", "y"]


def test_the_report_has_reasons_that_add_up(place):
    done = place.count("--json", "r.json")
    report = json.loads((place / "r.json").read_text())
    table = read(place / "t.tsv")
    assert report["samples"] == ["s1", "s2"] == list(report["reasons"])
    once = table.drop_duplicates(["sample", "contig", "position", "ref", "alt"])
    for sample, reasons in report["reasons"].items():
        own = once[once["sample"] == sample]
        assert sum(reasons[reason] for reason in COUNTED) == own["depth"].sum()
        assert reasons["ref"] == own["ref_count"].sum()
    assert all(sentence in done.stderr for sentence in report["log"])
    assert done.stdout == ""


def test_quiet_says_nothing_where_nothing_is_odd(place):
    assert place.count("--quiet").stderr == ""


@pytest.mark.parametrize(
    ("words", "reason", "switch"),
    [
        (("--min-mapq", "200"), "mapq", "--min-mapq"),
        (("--min-base-quality", "255"), "low_quality", "--min-base-quality"),
    ],
)
def test_half_of_all_reads_with_one_reason_is_a_warning_with_the_switch(
    place, words, reason, switch
):
    done = place.count("--quiet", *words)
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: s1: ")]
    assert len(warnings) == 1 and f" are {reason}: " in warnings[0] and switch in warnings[0]


def test_every_switch_is_an_option_of_the_rule(place):
    words = [
        *("--min-mapq", "1", "--min-base-quality", "2", "--keep-secondary", "--keep-qc-fail"),
        *("--keep-duplicate", "--keep-supplementary", "--drop-improper-pairs"),
        *("--drop-indel-reads", "--no-left-align", "--fragment-tag", "RG"),
    ]
    place.count(*words)
    options = alleles.Options(
        min_mapq=1,
        min_base_quality=2,
        keep=frozenset({"secondary", "qc_fail", "duplicate", "supplementary"}),
        drop_improper_pairs=True,
        drop_indel_reads=True,
        left_align=False,
        exact_cigar=True,
        fragment_tag="RG",
    )
    files = [place / "s1.bam", place / "s2.bam"]
    counted = alleles.count(place / "variants.vcf", place / "genome.fa", files, options)
    counted.write(place / "p.tsv")
    assert (place / "t.tsv").read_bytes() == (place / "p.tsv").read_bytes()
    place.count(output="plain.tsv")
    assert (place / "t.tsv").read_bytes() != (place / "plain.tsv").read_bytes()


def test_rows_by_tag_and_by_read_group(place):
    place.count("--by", "RG", output="tag.tsv", files=("s1.bam",))
    place.count("--by-read-group", output="groups.tsv")
    place.count(output="plain.tsv")
    table = read(place / "tag.tsv")
    assert list(table.columns[:2]) == ["sample", "group"]
    groups, plain = read(place / "groups.tsv"), read(place / "plain.tsv")
    assert list(dict.fromkeys(groups["sample"])) == ["s1", "s2"]
    pd.testing.assert_frame_equal(groups, plain)
    own = plain[plain["sample"] == "s1"]
    keys = ["contig", "position", "ref", "alt"]
    together = table.groupby(keys, sort=False)["depth"].sum().tolist()
    assert together == own.drop_duplicates(keys)["depth"].tolist()


@pytest.mark.parametrize("number", ["1", "2", "auto"])
def test_workers_and_blocks_change_no_byte(place, number):
    place.count("--threads", number, "--block-size", "7")
    place.count("--implementation", "reference", "--threads", "1", output="u.tsv")
    assert (place / "t.tsv").read_bytes() == (place / "u.tsv").read_bytes()


def test_what_tuning_found_is_used_and_said(place, monkeypatch):
    found = tuned.Tuned(
        pipeline="alleles",
        strategy="threads-w2-b2000",
        workers=2,
        command="",
        seconds=(1, 1, 1),
        memory_mb=(1, 1, 1),
        cores=2,
        date="2026-01-02T03:04",
    )
    monkeypatch.setattr(tuned, "recall", lambda pipeline: found if pipeline == "alleles" else None)
    said = place.count("--backend", "threads").stderr
    assert "--threads auto: 2 workers, as tiltyard tune found on this machine on 2026-01-02" in said
    assert "counting with threads-w2-b2000" in said
    assert "tune" not in place.count("--threads", "1").stderr


def test_a_measured_call_says_its_stages_in_their_order(place, monkeypatch):
    monkeypatch.setenv(stages.VARIABLE, str(place / "stages"))
    place.count()
    found = [json.loads(line)["stage"] for line in (place / "stages").read_text().splitlines()]
    assert found == ["import", "open", "compile", "compute", "write", "close"]
    assert {*found, "start"} == set(Alleles.stages)


def test_a_bar_is_drawn_on_a_terminal_only(place):
    program = Path(sys.executable).with_name("tiltyard")
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", 0) as terminal:
        process = subprocess.Popen([program, *place.words()], cwd=place.folder, stderr=theirs)
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # Linux says so at the end
            while piece := terminal.read(4096):
                said += piece
        assert process.wait() == 0
    assert b"\x1b[" in said and b"counting" in said and b"reads at variants" in said
    assert "\x1b" not in place.count().stderr


def test_one_worker_imports_little(place):
    """A short run is mostly start: these take as long as counting a million reads, together."""
    words = [*place.words(files=("s1.bam",)), "--threads", "1", "--quiet"]
    command = [sys.executable, "-X", "importtime", "-m", "tiltyard", *words]
    done = subprocess.run(command, cwd=place.folder, capture_output=True, text=True, check=True)
    imported = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert {"numpy", "llvmlite.binding"} <= imported  # else the list is none
    spared = ("numba", "pysam", "numpy.ma", "multiprocessing", "concurrent.futures")
    assert not imported & {*spared, "importlib.metadata", "typer", "rich", "pandas", "scipy"}
