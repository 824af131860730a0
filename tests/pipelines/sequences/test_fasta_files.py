"""Which FASTA files are read, as what, and what is said of the others."""

import bz2
import gzip
import io
import lzma
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiltyard.pipelines.sequences import fasta
from tiltyard.pipelines.sequences.fasta import fasta_of, read_fasta
from tiltyard.pipelines.sequences.faults import InputError

TEXT = b">a first\nACGT\nNN\n>b\nAC\n"
READ = [("a", b"ACGTNN"), ("b", b"AC")]


@pytest.fixture
def written(tmp_path):
    def write(raw, name="contigs.fa"):
        path = tmp_path / name
        path.write_bytes(raw)
        return path

    return write


def pairs(path, **choices):
    return [(one.name, one.sequence) for one in read_fasta(path, **choices)]


@pytest.mark.parametrize(
    "raw",
    [
        TEXT,
        TEXT.rstrip(),
        TEXT.replace(b"\n", b"\r\n"),
        b"\n\n" + TEXT.replace(b"\n>", b"\n\n\n>"),
        gzip.compress(TEXT, mtime=0),
        gzip.compress(TEXT[:9], mtime=0) + gzip.compress(TEXT[9:], mtime=0),
        bz2.compress(TEXT),
        lzma.compress(TEXT),
    ],
    ids=["plain", "no last line end", "CRLF", "empty lines", "gz", "members", "bz2", "xz"],
)
def test_the_same_records_from_every_form_of_a_file(written, raw):
    assert pairs(written(raw, "odd name")) == READ


def test_standard_input_is_read(monkeypatch):
    class Stream:
        buffer = io.BufferedReader(io.BytesIO(gzip.compress(TEXT)))

    monkeypatch.setattr("sys.stdin", Stream)
    assert pairs("-") == READ


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.text("ab|_.é", min_size=1, max_size=5), st.text("ACGTN", max_size=20)),
        max_size=5,
        unique_by=lambda two: two[0],
    ),
    st.integers(1, 9),
    st.integers(1, 7),
)
def test_blocks_and_lines_of_any_size_change_nothing(tmp_path_factory, records, block, width):
    path = tmp_path_factory.getbasetemp() / "blocks.fa"
    lines = []
    for name, letters in records:
        lines += [
            f">{name} more",
            *(letters[at : at + width] for at in range(0, len(letters), width)),
        ]
    path.write_text("\n".join(lines) + "\n")
    before = fasta.BLOCK
    fasta.BLOCK = block
    try:
        assert pairs(path) == [(name, letters.encode()) for name, letters in records]
    finally:
        fasta.BLOCK = before


def test_lower_case_uracil_and_gaps(written):
    (one,) = read_fasta(written(b">g\nac-g\nu.n\n"))
    assert (one.sequence, one.gaps) == (b"ACGTN", 2)
    (protein,) = read_fasta(written(b">g\nmu-k\n"), protein=True)
    assert (protein.sequence, protein.gaps) == (b"MUK", 1)


def test_headers_stay_as_they_are(written):
    found = [one.header for one in read_fasta(written(b">a  b\tc \r\nA\n> d\nA"))]
    assert found == [b"a  b\tc ", b" d"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"ACGT\n>a\nA", "text before the first '>': 'ACGT'"),
        (b">a\nACG*\n", r"a: '\*' at position 4 is no letter of nucleotides; is this a protein"),
        (b">a\nAC-\n-GE\n", "'E' at position 6"),
        (b">a\nA\n>\nC\n", "record 2 has no id"),
        (b">a b\nA\n>c\nA\n>a c\nC\n", "'a' is that of records 1 and 3.*--rename-duplicates"),
        (b">\x07\nA\n", "id of record 1 cannot be printed"),
        (gzip.compress(TEXT * 99, mtime=0)[:-9], "cut off or damaged"),
        (lzma.compress(TEXT * 99)[:-20], "cut off or damaged"),
        (b"\x1f\x8bno gzip at all", "cut off or damaged"),
    ],
)
def test_what_is_wrong_is_named(written, raw, words):
    with pytest.raises(InputError, match=words):
        pairs(written(raw))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none.fa cannot be read: No such file"):
        pairs(tmp_path / "none.fa")


def test_duplicates_may_be_renamed(written):
    path = written(b">a\nA\n>a\nC\n>a__2\nG\n>a\nT\n")
    names = [one.name for one in read_fasta(path, rename_duplicates=True)]
    assert names == ["a", "a__2", "a__2__2", "a__3"]


def test_nothing_and_empty_records(written):
    assert pairs(written(b"")) == []
    assert pairs(written(b">a\n>b\n\n")) == [("a", b""), ("b", b"")]


def test_records_are_written_in_two_lines(written):
    assert fasta_of(READ) == b">a\nACGTNN\n>b\nAC\n"
    assert pairs(written(fasta_of(READ))) == READ


def test_a_long_contig_is_in_memory_at_most_three_times(written):
    size = 8_000_000
    path = written(b">one\n" + b"\n".join([b"ACGTACGTAC" * 8] * (size // 80)) + b"\n>two\nA\n")
    tracemalloc.start()
    try:
        lengths = [len(one.sequence) for one in read_fasta(path)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lengths == [size, 1] and peak < 3 * size + 4 * fasta.BLOCK
