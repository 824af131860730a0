"""Receipts: what each job wrote, and what of it is not so any more."""

import os

import pytest

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.json import read_sealed, write_sealed
from tiltyard.engine.files.receipts import (
    DamagedFile,
    Receipts,
    damage_of,
    read_receipt,
    write_receipt,
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "summary.csv"
    path.write_text("a,b\n1,2\n")
    return path


def receipt(path, job="merge"):
    return path.parent / "receipts" / f"{job}.json"


def test_a_receipt_is_read_as_it_was_written(table):
    write_receipt(receipt(table), [table], inputs={"x": "0"}, note={"rows": 1})
    read = read_receipt(receipt(table))
    seen = table.stat()
    assert read.files["summary.csv"][:2] == (seen.st_size, seen.st_mtime_ns)
    assert (read.inputs, read.note) == ({"x": "0"}, {"rows": 1})
    assert damage_of(table.parent, "summary.csv", read.files["summary.csv"], thorough=True) is None


def test_a_file_of_another_time_is_read_and_one_of_the_same_only_if_asked(table):
    write_receipt(receipt(table), [table])
    facts = read_receipt(receipt(table)).files["summary.csv"]
    os.utime(table, ns=(0, 0))
    assert damage_of(table.parent, "summary.csv", facts, thorough=False) is None
    table.write_text("a,b\n1,3\n")
    assert "digest" in damage_of(table.parent, "summary.csv", facts, thorough=False).reason
    os.utime(table, ns=(0, facts.time))
    assert damage_of(table.parent, "summary.csv", facts, thorough=False) is None
    assert "digest" in damage_of(table.parent, "summary.csv", facts, thorough=True).reason
    table.write_text("a,b\n")
    assert "4 bytes" in damage_of(table.parent, "summary.csv", facts, thorough=False).reason
    table.unlink()
    assert damage_of(table.parent, "summary.csv", facts, thorough=False).reason == "is gone"


def test_a_file_that_was_touched_with_its_receipt_counts_as_unchanged(table):
    """Snakemake touches what a job wrote, the receipt last. Later changes are later."""
    write_receipt(receipt(table), [table])
    table.write_text("a,b\n1,3\n")
    for path, time in ((table, 10**18), (receipt(table), 10**18 + 5)):
        os.utime(path, ns=(time, time))
    read = read_receipt(receipt(table))
    facts = read.files["summary.csv"]

    def damage(**options):
        return damage_of(table.parent, "summary.csv", facts, touched=read.touched, **options)

    assert damage() is None and damage(thorough=True) is not None
    for time in (10**18 + 6, 10**18 - 10**11):
        os.utime(table, ns=(time, time))
        assert damage() is not None


def test_who_reads_a_file_is_refused_a_damaged_one_and_knows_what_was_read(table):
    write_receipt(receipt(table), [table])
    known = Receipts(table.parent)
    known.check(table)
    assert list(known.checked) == ["summary.csv"]
    known.check(table.parent / "of_no_receipt.csv")
    known.check(table.parent.parent / "of_another_folder.csv")
    table.write_text("a,b\n1,3\n")
    with pytest.raises(DamagedFile, match=r"summary\.csv: its digest .* --config check=true"):
        Receipts(table.parent).check(table)


def test_the_damaged_receipt_of_another_job_is_in_nobodys_way(table):
    write_receipt(receipt(table), [table])
    receipt(table, "page").write_text("{")
    Receipts(table.parent).check(table)
    receipt(table).write_text("{")
    with pytest.raises(UnreadableFile, match=r"\.json: damaged"):
        Receipts(table.parent).check(table)


def test_of_two_receipts_the_later_facts_hold(table):
    """A batch of an earlier plan may have had the file too."""
    path = table.parent / "evaluations" / "one.parquet"
    path.parent.mkdir()
    for text, job in (("old", "evaluations_1-2"), ("new", "evaluations_1-1")):
        path.write_text(text)
        time = {"old": 1, "new": 2}[text] * 10**18
        os.utime(path, ns=(time, time))
        write_receipt(receipt(table, job), [path])
    Receipts(table.parent).check(path)


def test_files_that_are_written_anew_join_those_that_stay(table):
    other = table.with_name("ranks.csv")
    other.write_text("a\n")
    known = Receipts(table.parent)
    known.write("merge", [table, other])
    table.write_text("b\n")
    known.write("merge", [table], keep=True)
    assert set(read_receipt(receipt(table)).files) == {"summary.csv", "ranks.csv"}
    Receipts(table.parent).check(table)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda text: text.replace('"x": 1', '"x": 2'), "seal does not fit"),
        (lambda text: text[:-5], "damaged"),
        (lambda text: "", "damaged"),
        (lambda text: "[1]", "not an object"),
        (lambda text: "{}", "has no seal"),
        (lambda text: "[" * 100_000, "damaged"),
    ],
)
def test_every_change_of_a_sealed_file_is_seen(tmp_path, harm, reason):
    path = tmp_path / "manifest.json"
    write_sealed(path, {"x": 1, "y": [1.5, None, "z"]})
    assert read_sealed(path) == {"x": 1, "y": [1.5, None, "z"]}
    path.write_text(harm(path.read_text()))
    with pytest.raises(UnreadableFile, match=rf"manifest\.json: .*{reason}"):
        read_sealed(path)


def test_a_sealed_object_that_is_no_receipt_is_refused(tmp_path):
    path = tmp_path / "receipts" / "merge.json"
    write_sealed(path, {"files": {"x": 1}})
    with pytest.raises(UnreadableFile, match="not a receipt"):
        read_receipt(path)
