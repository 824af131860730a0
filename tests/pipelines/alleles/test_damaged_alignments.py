"""Damage that shows only when a file is read: it is named with its byte, and nothing is counted."""

import struct

import pysam
import pytest
from case_notation import LETTERS, reads_of
from counting import make
from made_alignments import block, write_alignments

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.bgzf import END, blocks
from tiltyard.pipelines.alleles.inputs.damage import locate

SNP = ("c", 9, "A", "G")


@pytest.fixture
def files(tmp_path):
    return make(tmp_path, {"c": LETTERS}, reads_of("R; A; 8:10M; 9:10M"), [SNP])


def refused(files, implementation):
    with pytest.raises(InputError) as raised:
        files.table(implementation)
    message = str(raised.value)
    assert str(files.alignments) in message
    return message


def places(path):
    with path.open("rb") as file:
        return [place for place, _ in blocks(file)]


def content(path):
    with pysam.BGZFile(str(path), "r") as file:
        return file.read()


def rewritten(path, data):
    """Write `data` in the place of a BAM file whose index still fits: in one block of records."""
    header = 8 + struct.unpack_from("<i", data, 4)[0]
    header += 4 + 8 + struct.unpack_from("<i", data, header + 4)[0]
    path.write_bytes(block(data[:header]) + block(data[header:]) + END)
    return header


def flip(path, place):
    """Flip a bit of the only block of records, at its `place`; return the block's own place."""
    data = bytearray(path.read_bytes())
    *_, start, end = places(path)
    assert end == len(data) - len(END)
    data[{"content": (start + end) // 2, "checksum": end - 8, "length": end - 4}[place]] ^= 4
    path.write_bytes(data)
    return start


@pytest.mark.parametrize("place", ["content", "checksum"])
def test_a_flipped_bit_is_found(files, implementation, place):
    start = flip(files.alignments, place)
    assert f"byte {start:,}" in refused(files, implementation)


def test_a_wrong_length_is_found_or_does_no_harm(files, implementation):
    """htslib inflates to what there is, and its checksum holds."""
    expected = files.table(implementation).values
    start = flip(files.alignments, "length")
    try:
        found = files.table(implementation).values
    except InputError as error:
        found = str(error)
    assert found == expected or f"byte {start:,}" in found
    with pytest.raises(ValueError, match=f"byte {start:,}"):
        places(files.alignments)


def test_a_file_cut_inside_a_block_is_found(files, implementation):
    data = files.alignments.read_bytes()
    *_, start, end = places(files.alignments)
    files.alignments.write_bytes(data[: (start + end) // 2] + END)
    assert f"byte {start:,}" in refused(files, implementation)


def test_a_file_cut_inside_a_record_is_found(files, implementation):
    data = content(files.alignments)
    rewritten(files.alignments, data)
    pysam.index(str(files.alignments))
    rewritten(files.alignments, data[:-20])
    assert "byte " in refused(files, implementation)


@pytest.mark.parametrize("value", [-1, 3, 40, 1 << 30])
def test_a_record_that_does_not_fit_is_found(files, implementation, value):
    data = bytearray(content(files.alignments))
    header = rewritten(files.alignments, data)
    pysam.index(str(files.alignments))
    struct.pack_into("<i", data, header, value)
    rewritten(files.alignments, data)
    assert "byte " in refused(files, implementation)


def test_starts_that_go_backwards_are_found(tmp_path, files, implementation):
    reads = reads_of("7:10M; 5:10M; 9:10M")
    path = write_alignments(tmp_path / "u.bam", {"c": 40}, reads, index=False, order=False)
    sorted_one = write_alignments(tmp_path / "o.bam", {"c": 40}, reads)
    path.with_name("u.bam.bai").write_bytes(sorted_one.with_name("o.bam.bai").read_bytes())
    message = refused(type(files)(path, files.fasta, files.variants), implementation)
    assert "byte " in message
    assert "samtools sort" in message


def test_a_damaged_cram_is_found(tmp_path, files, reference):
    reads = reads_of("; ".join(["R", "A"] * 40))
    cram = write_alignments(tmp_path / "s.cram", {"c": 40}, reads, fasta=files.fasta)
    data = bytearray(cram.read_bytes())
    data[-60] ^= 0xFF
    cram.write_bytes(data)
    assert "cannot be decoded" in refused(type(files)(cram, files.fasta, files.variants), reference)


def test_a_whole_file_is_told_from_an_index_that_lies(files):
    assert "samtools index" in locate(files.alignments, "truncated file")
