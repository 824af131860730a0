"""Files of reads, made for tests: gzip, BGZF, unaligned BAM, stored and damaged blocks."""

from __future__ import annotations

import struct
import zlib

END_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BAM_LETTERS = b"=ACMGRSVTWYHKDBN"


def fastq(*records):
    """FASTQ text of (name, sequence, quality)."""
    return b"".join(b"@%b\n%b\n+\n%b\n" % record for record in records)


def bgzf(text, size=20, end=True):
    """BGZF with blocks of `size` bytes of text."""
    pieces = [text[place : place + size] for place in range(0, len(text), size)]
    return b"".join(map(block, pieces)) + (END_BLOCK if end else b"")


def block(text):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(text) + packer.flush()
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(text), len(text))


def stored(*pieces, fault=False):
    """gzip of stored blocks, a piece each; with a `fault` the last one's length is contradicted."""
    body = b""
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        check = (0xFFFF - len(piece)) ^ (fault and last)
        body += struct.pack("<BHH", last, len(piece), check) + piece
    text = b"".join(pieces)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + struct.pack("<II", zlib.crc32(text), len(text))


def bam(records, flags=(), header=b"", contigs=()):
    """Inflated BAM of (name, sequence, quality); without quality it is stored as missing."""
    out = b"BAM\1" + struct.pack("<i", len(header)) + header + struct.pack("<i", len(contigs))
    for contig in contigs:
        out += struct.pack("<i", len(contig) + 1) + contig + b"\0" + struct.pack("<i", 1000)
    for number, (name, sequence, quality) in enumerate(records):
        flag = flags[number] if number < len(flags) else 4
        out += bam_record(name, sequence, quality, flag)
    return out


def bam_record(name, sequence, quality, flag=4):
    name = name.split()[0] + b"\0"
    nibbles = [BAM_LETTERS.index(letter) for letter in sequence] + [0] * (len(sequence) % 2)
    packed = bytes(a << 4 | b for a, b in zip(nibbles[::2], nibbles[1::2], strict=True))
    values = b"\xff" * len(sequence) if quality is None else bytes(q - 33 for q in quality)
    fixed = struct.pack(
        *("<iiBBHHHiiii", -1, -1, len(name), 255, 4680, 0, flag, len(sequence), -1, -1, 0)
    )
    body = fixed + name + packed + values
    return struct.pack("<i", len(body)) + body
