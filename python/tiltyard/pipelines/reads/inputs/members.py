"""The members of a gzip file in their order: groups of BGZF blocks, and pieces of others' text."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from isal import isal_zlib

from tiltyard.pipelines.reads.faults import (
    GZIP_CHECKSUM,
    GZIP_DATA,
    GZIP_TRAILING,
    GZIP_TRUNCATED,
    Cut,
)
from tiltyard.pipelines.reads.inputs.blocks import GROUP, Group
from tiltyard.pipelines.reads.inputs.compressed import Compressed
from tiltyard.pipelines.reads.inputs.direct import Doubt, texts_of
from tiltyard.pipelines.reads.inputs.inflaters import Faulty, inflater_of
from tiltyard.pipelines.reads.inputs.texts import Room, Text, own_room
from tiltyard.pipelines.reads.rule.members import (
    LARGEST_HEADER,
    MAGIC,
    TRAILER,
    Damaged,
    Header,
    header_of,
)


def parts_of(data: Compressed, room: Room | None = None) -> Iterator[Group | Text]:
    """All members of a file; a fault ends them.

    With `room` texts of members that are no blocks may be in the memory that it gives, for as long
    as nothing is wrong with them; see `Text.placed`. Else each is in a buffer.
    """
    room = room or own_room()
    while data.has(1):
        if not data.has(len(MAGIC)) or not data.rest.startswith(MAGIC):
            if cut := _behind(data):
                yield Text([], cut)
            return
        header = _header(data)
        if isinstance(header, Cut):
            yield Text([], header)
            return
        if header.block:
            if not data.has(header.block):
                yield Text([], Cut(GZIP_TRUNCATED, data.offset))
                return
            yield _group(data)
            continue
        for part in _member(data, header, room):
            yield part
            if part.cut:
                return


def _behind(data: Compressed) -> Cut | None:
    """The fault of what follows the last member, unless it is zeros only."""
    offset = data.offset
    if data.rest == MAGIC[:1]:
        return Cut(GZIP_TRUNCATED, offset)
    while not data.rest.strip(b"\0"):
        data.skip(len(data.rest))
        if not data.more():
            return None
    return Cut(GZIP_TRAILING, offset)


def _header(data: Compressed) -> Header | Cut:
    while True:
        try:
            header = header_of(data.rest)
        except Damaged:
            return Cut(GZIP_DATA, data.offset)
        if header is not None:
            return header
        if len(data.rest) >= LARGEST_HEADER or not data.more():
            return Cut(GZIP_TRUNCATED, data.offset)


def _group(data: Compressed) -> Group:
    """The whole blocks at hand, at least one, at most so many that a thread has enough to do."""
    while len(data.rest) < GROUP and data.more():
        pass
    content, blocks, place = data.rest, [], 0
    while place < min(len(content), GROUP) and content.startswith(MAGIC, place):
        try:
            header = header_of(content, place)
        except Damaged:
            break
        if header is None or not header.block or place + header.block > len(content):
            break
        blocks.append((place, header.size, place + header.block))
        place += header.block
    group = Group(content[:place], data.offset, blocks)
    data.skip(place)
    return group


def _member(data: Compressed, header: Header, room: Room) -> Iterator[Text]:
    """Text of a member that is no block."""
    offset, given = data.offset, 0
    if data.seekable:
        try:
            for text in texts_of(data, room):
                given += len(text.pieces[0])
                yield text
            yield Text([])  # which no block ended
            return
        except Doubt:
            data.back(offset)
            data.has(header.size)
    for part in _checked(data, header):
        known = min(given, sum(map(len, part.pieces)))
        given -= known
        yield part._replace(pieces=[piece[known:] for piece in part.pieces])


def _checked(data: Compressed, header: Header) -> Iterator[Text]:
    """Text of a member in single pieces, its checksum compared behind it, and its fault."""
    offset, checksum, size = data.offset, 0, 0
    data.skip(header.size)
    inflater = inflater_of(data)
    while not inflater.ended:
        if not data.has(1):
            yield Text([], Cut(GZIP_TRUNCATED, offset))
            return
        piece = data.rest
        data.skip(len(piece))
        try:
            for text in inflater.inflate(piece):
                checksum, size = isal_zlib.crc32(text, checksum), size + len(text)
                if text:
                    yield Text([text])
        except Faulty:
            yield Text([], Cut(GZIP_DATA, offset))
            return
    data.skip(-len(inflater.unused))
    if not data.has(TRAILER):
        yield Text([], Cut(GZIP_TRUNCATED, offset))
    elif struct.unpack_from("<II", data.rest) != (checksum, size & 0xFFFFFFFF):
        yield Text([], Cut(GZIP_CHECKSUM, offset))
    else:
        data.skip(TRAILER)
        yield Text([])
