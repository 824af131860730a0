"""Headers of BAM files: those that are read without htslib are what htslib says of them."""

import struct

import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.pipelines.alleles.inputs.bam_headers import plain_header
from tiltyard.pipelines.alleles.inputs.headers import read_header
from tiltyard.pipelines.alleles.output.bgzf import BgzfWriter

WORDS = st.text("abcXYZ019_.*+=:- ", min_size=1, max_size=9).filter(
    lambda word: word == word.strip()
)
CONTIGS = st.dictionaries(
    st.text("chrXM012_.", min_size=1, max_size=9), st.integers(1, 2**31 - 1), max_size=6
)
GROUPS = st.dictionaries(WORDS, st.none() | WORDS, max_size=4)


def written(path, text, contigs):
    """A BAM file without reads; `contigs` are pairs, as its binary list has them."""
    text = text.encode("utf-8")
    content = b"BAM\1" + struct.pack("<i", len(text)) + text + struct.pack("<i", len(contigs))
    for name, length in contigs:
        name = name.encode() + b"\0"
        content += struct.pack("<i", len(name)) + name + struct.pack("<i", length)
    with path.open("wb") as file:
        writer = BgzfWriter(file)
        writer.write(content)
        writer.close()
    return path


def text_of(contigs, groups=(), more=""):
    lines = [f"@SQ\tSN:{name}\tLN:{length}" for name, length in contigs]
    lines += [f"@RG\tID:{ID}" + (f"\tSM:{sample}" if sample else "") for ID, sample in groups]
    return "".join(f"{line}\n" for line in lines) + more


def of_htslib(path):
    with pysam.AlignmentFile(str(path), "rb", check_sq=False) as file:
        said = file.header.to_dict()
        contigs = dict(zip(file.references, file.lengths, strict=True))
    return contigs, {line["ID"]: line.get("SM", "") for line in said.get("RG", ())}


@given(CONTIGS, GROUPS, st.sampled_from(["", "@CO\tanything: at all\n", "@HD\tVN:1.6\n"]))
def test_a_plain_header_is_what_htslib_says(tmp_path_factory, contigs, groups, more):
    path = tmp_path_factory.mktemp("h") / "a.bam"
    contigs = list(contigs.items())
    written(path, text_of(contigs, groups.items(), more), contigs)
    assert plain_header(path) == of_htslib(path)


ONE = [("c", 10)]


@pytest.mark.parametrize(
    ("text", "contigs"),
    [
        ("@RG\tID:a\n", ONE),  # the text lacks the contig
        (text_of([("d", 10)]), ONE),
        (text_of([("c", 11)]), ONE),
        (text_of(ONE)[:-1], ONE),
        (text_of(ONE) + "\0\0", ONE),
        (text_of(ONE) + "@RG\tSM:a\n", ONE),
        (text_of(ONE) + "@RG\tID:a\n@RG\tID:a\n", ONE),
        (text_of(ONE) + "@RG\tID:a\tSM:ä\n", ONE),
        (text_of(ONE) + "@RG ID:a\n", ONE),
        (text_of(ONE) + "@RG\tID:a \n", ONE),
        (text_of(ONE) + "some words\n", ONE),
        (text_of([*ONE, *ONE]), [*ONE, *ONE]),
    ],
)
def test_what_is_odd_is_left_to_htslib(tmp_path, text, contigs):
    assert plain_header(written(tmp_path / "a.bam", text, contigs)) is None


def test_a_long_header_goes_over_blocks(tmp_path):
    contigs = [(f"contig{i}", i + 1) for i in range(9_000)]
    path = written(tmp_path / "a.bam", text_of(contigs, [("r", "s")]), contigs)
    assert plain_header(path) == (dict(contigs), {"r": "s"})
    header = read_header(path)
    assert (dict(header.contigs), dict(header.read_groups)) == (dict(contigs), {"r": "s"})


def test_a_damaged_header_is_left_to_htslib(tmp_path):
    path = written(tmp_path / "a.bam", text_of(ONE), ONE)
    whole = path.read_bytes()
    path.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
    assert plain_header(path) is None
    path.write_bytes(b"no BAM")
    assert plain_header(path) is None
