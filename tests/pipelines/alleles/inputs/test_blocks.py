"""BGZF blocks: what they hold, and where they are damaged."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_alignments import block
from odd_alignments import PROFILE

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.bgzf import END, blocks, check_end, is_bgzf, is_gzip


@settings(**PROFILE)
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_blocks_hold_what_was_written(parts):
    written = [block(part) for part in parts]
    found = list(blocks(io.BytesIO(b"".join(written) + END)))
    assert [content for _, content in found] == [*parts, b""]
    places = [sum(map(len, written[:k])) for k in range(len(parts) + 1)]
    assert [place for place, _ in found] == places


def test_other_extra_fields_may_come_first():
    whole = block(b"letters")
    extra = struct.pack("<2sHH", b"XY", 2, 7)
    size = struct.unpack_from("<H", whole, 16)[0] + len(extra)
    more = whole[:10] + struct.pack("<H", 6 + len(extra)) + extra
    more += struct.pack("<2sHH", b"BC", 2, size) + whole[18:]
    assert list(blocks(io.BytesIO(more))) == [(0, b"letters")]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: data[:30], "file's end"),
        (lambda data: data[:5], "no BGZF block"),
        (lambda data: b"X" + data[1:], "no BGZF block"),
        (lambda data: data[:12] + b"XX" + data[14:], "does not say its size"),
        (lambda data: data[:16] + b"\x05\x00" + data[18:], "does not say its size"),
        (lambda data: data[:18] + b"\xff" + data[19:], "cannot be inflated"),
        (lambda data: data[:-8] + bytes(4) + data[-4:], "CRC32"),
        (lambda data: data[:-4] + b"\x01\x00\x00\x00", "says 1"),
    ],
)
def test_damage_is_named_with_its_byte(damage, says):
    first = block(b"first")
    with pytest.raises(ValueError, match=says) as raised:
        list(blocks(io.BytesIO(first + damage(block(b"some letters " * 5)))))
    assert f"byte {len(first)}:" in str(raised.value)


def test_formats_are_told_by_their_beginning():
    assert is_bgzf(END[:18])
    assert is_gzip(b"\x1f\x8b")
    assert not is_bgzf(b"\x1f\x8b\x08\x00" + bytes(14))
    assert not is_gzip(b"BAM\1")


def test_a_file_ends_with_the_end_block(tmp_path):
    path = tmp_path / "x.bam"
    path.write_bytes(block(b"content") + END)
    check_end(path)
    for cut in (1, len(END), 40):
        path.write_bytes((block(b"content") + END)[:-cut])
        with pytest.raises(InputError, match=f"ends at byte {path.stat().st_size}"):
            check_end(path)
    path.write_bytes(b"")
    with pytest.raises(InputError):
        check_end(path)
