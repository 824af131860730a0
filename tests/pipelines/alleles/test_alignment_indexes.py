"""Indexes of alignments: where they may be, and those that do not do."""

import os
from pathlib import Path

import pytest
from case_notation import LETTERS, reads_of
from checked_inputs import SNP, opened, refused
from counting import make
from made_alignments import index_again, write_alignments


@pytest.fixture
def files(tmp_path):
    return make(tmp_path, {"c": LETTERS}, reads_of("R; A"), [SNP])


@pytest.mark.parametrize("name", ["s.bam.bai", "s.bai", "s.bam.csi"])
def test_indexes_have_several_names(files, reference, name):
    made = Path(f"{files.alignments}.bai")
    if name.endswith("csi"):
        index_again(files.alignments, "-c")
    else:
        made.rename(made.with_name(name))
    assert opened(files).alignments[0].index.name == name
    assert files.table(reference).digits(0) == "221111211"


def test_a_missing_index_is_refused(files):
    Path(f"{files.alignments}.bai").unlink()
    assert f"samtools index {files.alignments}" in refused(files)


def test_a_bai_does_not_do_for_a_long_contig(tmp_path, files):
    made = write_alignments(tmp_path / "l.bam", {"c": len(LETTERS)}, [])
    bai = Path(f"{made}.bai").read_bytes()
    long = write_alignments(tmp_path / "l.bam", {"c": (1 << 29) + 1}, [], index=False)
    Path(f"{long}.bai").write_bytes(bai)
    assert f"samtools index -c {long}" in refused(files, long, length_mismatch="warn")


def test_an_older_index_is_said(files):
    index = Path(f"{files.alignments}.bai")
    os.utime(index, ns=(1, 1))
    (warning,) = opened(files).warnings
    assert f"{index} is older" in warning


@pytest.mark.parametrize("content", [b"", b"BAI\1", b"BAM\1\0\0\0\0", b"\x1f\x8b\0", b"CSI\1\0\0"])
def test_a_damaged_index_is_refused(files, content):
    Path(f"{files.alignments}.bai").write_bytes(content)
    assert "samtools index" in refused(files)


def test_the_index_of_another_file_is_refused(tmp_path, files):
    other = write_alignments(tmp_path / "o.bam", {"c": 40, "d": 40}, [])
    Path(f"{other}.bai").rename(f"{files.alignments}.bai")
    assert "2 contigs, and s.bam has 1" in refused(files)
