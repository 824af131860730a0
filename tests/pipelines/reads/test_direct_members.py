"""Members inflated straight into buffers: the rule's text and fault, and none is read twice."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_examples import PROFILE
from read_files import bgzf, block, fastq, stored
from read_outcomes import by_rule as outcome
from read_outcomes import by_way

from tiltyard.pipelines.reads.implementations import implementation
from tiltyard.pipelines.reads.inputs import direct, members, sources, texts
from tiltyard.pipelines.reads.inputs.sources import open_source
from tiltyard.pipelines.reads.rule.inflating import inflate

START = b"\x1f\x8b\x08"
#: Bytes that the reader takes at once, and has room for, so that members begin anywhere in them.
SMALL = 64


def read(path, threads=0, text=SMALL):
    """Text of a file, the kind and place of its fault, and whether a block with text ends it."""
    with open_source(path, threads, text) as source:
        text, view = b"", memoryview(bytearray(1000))
        while size := source.fill(view):
            text += view[:size]
        cut = source.cut
        return text, cut and (cut.kind, cut.offset), source.unended


def by_rule(raw):
    text, cut, unended = inflate(raw)
    return text, cut and (cut.kind, cut.offset), unended


@pytest.fixture
def small(monkeypatch):
    """The reader takes, and gives, little at a time."""
    monkeypatch.setattr(direct, "PIECE", SMALL)


@pytest.fixture
def doubted(monkeypatch):
    """The members that were inflated once more, by where they begin."""
    found = []

    def noted(data, header, checked=members._checked):
        found.append(data.offset)
        return checked(data, header)

    monkeypatch.setattr(members, "_checked", noted)
    return found


@pytest.mark.parametrize("size", range(1, 3 * SMALL))
def test_members_of_any_size_are_inflated_once(size, small, doubted, written):
    rng = np.random.default_rng(size)
    made = [rng.integers(0, 256, size, np.uint8).tobytes() for _ in range(3)]
    raw = gzip.compress(made[0]) + stored(made[1]) + gzip.compress(made[2]) + b"\0" * size
    assert read(written(raw)) == by_rule(raw) == (b"".join(made), None, False)
    assert not doubted


def test_large_members_are_inflated_once(doubted, written):
    text = b"".join(b"@read%d\nACGTTGCA\n+\n%08d\n" % (n, n * n) for n in range(40_000))
    raw = gzip.compress(text) + stored(*(text[:60_000], text[60_000:99_999])) + gzip.compress(text)
    for threads in (0, 1):
        assert read(written(raw), threads, 1 << 16) == by_rule(raw)
    assert not doubted


def test_text_that_has_members_is_no_end(small, doubted, written):
    inner = gzip.compress(b"more than the outer one has" * 99)
    for before in range(2 * SMALL):
        raw = stored(b"x" * before + inner + inner + START + START[:2])
        assert read(written(raw)) == by_rule(raw)
    assert not doubted


def test_what_looks_like_the_end_in_every_way_is_inflated_once_more(small, doubted, written):
    text = b"y" * 20 + struct.pack("<I", 24) + START + b"z" * 50
    raw = stored(text) + gzip.compress(b"more")
    assert read(written(raw)) == by_rule(raw) == (text + b"more", None, False)
    assert doubted == [0]


def test_zeros_between_members_are_refused_behind_any(small, written):
    for text in (b"", b"a", b"b" * 300):
        for zeros in (1, 4, 5, 8, 70):
            raw = gzip.compress(text) + bytes(zeros) + gzip.compress(b"more")
            assert read(written(raw)) == by_rule(raw)
            assert read(written(raw))[1][0] == "gzip_trailing"


def test_a_damaged_header_of_a_later_member_is_seen(small, written):
    whole = gzip.compress(b"first")
    for flags in (0x20, 0x40, 0x80, 2):  # reserved ones, and a checksum that does not fit
        raw = whole + START + bytes([flags]) + gzip.compress(b"second" * 30)[4:]
        assert read(written(raw)) == by_rule(raw)
        assert read(written(raw))[0] == b"first"


def test_blocks_behind_a_member_are_read_as_blocks(small, written):
    for blocks in (block(b"text" * 40) + block(b""), block(b"unended"), block(b"cut" * 50)[:-9]):
        raw = gzip.compress(b"a member") + blocks
        assert read(written(raw)) == by_rule(raw)
    raw = gzip.compress(b"a member") + block(b"text")[:16] + b"\xff\0" + block(b"text")[18:]
    assert read(written(raw)) == by_rule(raw)  # its block would be longer than it is


@pytest.mark.parametrize("front", [0, 9, 200])
@pytest.mark.parametrize("pack", [gzip.compress, lambda text: bgzf(text, 50)])
def test_records_that_reach_over_texts_are_whole(front, pack, small, monkeypatch, written):
    for module in (sources, texts):
        monkeypatch.setattr(module, "FRONT", front)
    monkeypatch.setattr(members, "GROUP", SMALL)
    lengths = np.random.default_rng(front).geometric(0.02, 60)
    raw = fastq(*((b"r%d" % n, b"ACGTN" * n, b"!~#IF" * n) for n in lengths))
    way, path = implementation("kernels"), written(pack(raw))
    for threads in (1, 2):
        assert by_way(way, path, threads=threads, chunk=SMALL) == outcome(pack(raw), str(path))


members_of_any_kind = st.lists(
    st.tuples(
        st.sampled_from((stored, gzip.compress, block)),
        st.binary(max_size=200) | st.just(START * 20) | st.just(bytes(150)),
    ),
    min_size=1,
    max_size=5,
)


@given(
    made=members_of_any_kind,
    between=st.sampled_from((b"", b"", b"", b"\0", bytes(70), START, START[:2], b"\x1f")),
    cut=st.integers(0, 400) | st.none(),
    threads=st.sampled_from((0, 1)),
)
@settings(max_examples=400, **PROFILE)
def test_any_members_are_as_the_rule_has_them(made, between, cut, threads, tmp_path_factory):
    raw = between.join(kind(text) for kind, text in made) + between
    raw = raw if cut is None else raw[:cut]
    path = tmp_path_factory.getbasetemp() / "members.gz"
    path.write_bytes(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(direct, "PIECE", SMALL)
        assert read(path, threads) == by_rule(raw)
