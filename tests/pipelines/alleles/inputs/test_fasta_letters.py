"""Letters of a FASTA file, plain or bgzipped: those that htslib gives, and files that lie."""

from pathlib import Path

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_alignments import write_fasta
from odd_alignments import PROFILE
from test_implementations_agree import folder

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.fasta import Fasta

LETTERS = {"a": "ACGTN" * 30, "b": "t", "c": "acgtRY" * 400}
PIECES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(-5, 2500), st.integers(0, 700)))


@pytest.mark.parametrize("name", ["r.fa", "r.fa.gz"])
@settings(max_examples=25, **PROFILE)
@given(pieces=PIECES, width=st.sampled_from((1, 7, 60, 5000)))
def test_any_piece_in_any_order(name, pieces, width):
    with folder() as path, Fasta(write_fasta(path / name, LETTERS, width)) as fasta:
        assert fasta.lengths == {contig: len(text) for contig, text in LETTERS.items()}
        for contig, start, size in pieces:
            expected = LETTERS[contig].upper()[max(0, start) : max(0, start + size)]
            assert fasta.fetch(contig, start, start + size) == expected


def test_lines_may_end_as_on_windows(tmp_path):
    path = tmp_path / "r.fa"
    path.write_bytes(b">a x\r\nACGT\r\nAC\r\n>b\r\nTT")
    pysam.faidx(str(path))
    with Fasta(path) as fasta:
        assert [fasta.fetch("a", 0, 9), fasta.fetch("b", 0, 2)] == ["ACGTAC", "TT"]


def refused(path):
    with pytest.raises(InputError) as raised, Fasta(path) as fasta:
        fasta.fetch("c", 3, 9)
    assert str(path) in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "missing"), [("r.fa", ".fai"), ("r.fa.gz", ".fai"), ("r.fa.gz", ".gzi")]
)
def test_a_missing_index_is_refused(tmp_path, name, missing):
    path = write_fasta(tmp_path / name, LETTERS)
    Path(f"{path}{missing}").unlink()
    assert f"samtools faidx {path}" in refused(path)


def test_files_of_other_formats_are_refused(tmp_path):
    path = tmp_path / "r.fa"
    assert "cannot be read" in refused(path)
    path.write_bytes(b"")
    assert "no FASTA" in refused(path)
    path.write_bytes(b"@read\nACGT\n")
    assert "no FASTA" in refused(path)
    path.write_bytes(b"\x1f\x8b\x08\x00" + bytes(20))
    assert "bgzip" in refused(path)


@pytest.mark.parametrize(
    "index", ["c\t40\n", "c\t40\t3\tx\t14\n", "c\t40\t3\t14\t13\n", "c\t40\t3\t0\t1\n"]
)
def test_an_index_that_is_none_is_refused(tmp_path, index):
    path = write_fasta(tmp_path / "r.fa", LETTERS)
    Path(f"{path}.fai").write_text(index)
    message = refused(path)
    assert "line 1" in message
    assert "samtools faidx" in message


@pytest.mark.parametrize("change", ["longer", "renamed", "shorter"])
def test_an_index_of_another_file_is_refused(tmp_path, change):
    path = write_fasta(tmp_path / "r.fa", LETTERS)
    index = Path(f"{path}.fai").read_text()
    other = {
        "longer": {"a": "ACGTN" * 40, "c": "ACGTRY" * 400},
        "renamed": {"a": LETTERS["a"], "b": "T", "d": LETTERS["c"]},
        "shorter": {**LETTERS, "c": "ACGTRY" * 300},
    }[change]
    write_fasta(path, other)
    Path(f"{path}.fai").write_text(index)
    assert "contig c is not at byte" in refused(path)
