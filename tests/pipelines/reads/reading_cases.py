"""The numbered cases of reading: a file's bytes, the records, and the error or None."""

from __future__ import annotations

import gzip

from read_files import bam, bgzf, stored

T = b"@r1 one\nACGT\n+\nIIII\n@r2\nGG\n+\n!~\n"
R1, R2 = (b"r1 one", b"ACGT", b"IIII"), (b"r2", b"GG", b"!~")
Z = gzip.compress(T, mtime=0)
EVERY_LETTER = b"acgtuRYKMSWBDHVN-.*"
_FASTA = [(b"a x", b"ACGT", None), (b"b", b"", None), (b"c", b"N", None)]

#: Number -> (bytes, records, None or (kind, record, line)).
CASES = {
    1: (T, [R1, R2], None),
    2: (T[:-1], [R1, R2], None),
    3: (T.replace(b"\n", b"\r\n"), [R1, R2], None),
    4: (T.replace(b"ACGT\n", b"ACGT\r\n"), [R1, R2], None),
    5: (b"", [], None),
    6: (T + b"\n\r\n\n", [R1, R2], None),
    7: (b"\n" + T, [], ("blank_line", 1, 1)),
    8: (T[:20] + b"\n" + T[20:], [R1], ("blank_line", 2, 5)),
    9: (
        b"@r\nACGT\n+\n@@+>\n@s\nA\n+\n@\n",
        [(b"r", b"ACGT", b"@@+>"), (b"s", b"A", b"@")],
        None,
    ),
    10: (b"@r x\nA\n+r x\nI\n", [(b"r x", b"A", b"I")], None),
    11: (b"@r x\nA\n+r\nI\n", [], ("plus_name", 1, 3)),
    12: (b"@r\n\n+\n\n" + T, [(b"r", b"", b""), R1, R2], None),
    13: (b"@r\n\n+\n", [(b"r", b"", b"")], None),
    14: (b"@r\n\n+", [], ("truncated", 1, 3)),
    15: (b"@\nA\n+\nI\n", [(b"", b"A", b"I")], None),
    16: (T + b"@r3\nACGT\n+\nII", [R1, R2], ("truncated", 3, 12)),
    17: (T + b"@r3\nACGT\n+\nII\n", [R1, R2], ("length", 3, 12)),
    18: (T + b"@r3\nACGT\n+\nIIIII", [R1, R2], ("length", 3, 12)),
    19: (T + b"@r3\nAC", [R1, R2], ("truncated", 3, 10)),
    20: (T + b"r3\nAC\n+\nII\n", [R1, R2], ("header", 3, 9)),
    21: (b"@r\nAC\nGT\n+\nII\nII\n", [], ("plus", 1, 3)),
    22: (b"@r\n%b\n+\n%b\n" % (EVERY_LETTER, b"I" * 19), [(b"r", EVERY_LETTER, b"I" * 19)], None),
    23: (b"@r\nAC GT\n+\nIIIII\n", [], ("sequence_byte", 1, 2)),
    24: (b"@r\nAC\n+\nI \n", [], ("quality_byte", 1, 4)),
    25: (b"@r\nA\x00\n+\nII\n", [], ("sequence_byte", 1, 2)),
    26: (b"\xef\xbb\xbf" + T, [], ("bom", 1, 1)),
    27: (b"ACGT\n", [], ("not_reads", 1, 1)),
    28: (b">a x\nAC\nGT\n\n>b\n>c\nN\n", _FASTA, None),
    29: (b">a\r\nAC\r\nG\r\n>b\r\nTT", [(b"a", b"ACG", None), (b"b", b"TT", None)], None),
    30: (b">a\nAC\n;no\n", [], ("sequence_byte", 1, 3)),
    31: (Z + Z, [R1, R2, R1, R2], None),
    32: (gzip.compress(T[:14]) + gzip.compress(b"") + gzip.compress(T[14:]), [R1, R2], None),
    33: (bgzf(T), [R1, R2], None),
    34: (bgzf(T, end=False), [R1, R2], None),
    35: (Z[:-9], [R1, R2], ("gzip_truncated", 3, 9)),
    36: (Z[:-8] + b"\0\0\0\0" + Z[-4:], [R1, R2], ("gzip_checksum", 3, 9)),
    37: (Z + b"\0" * 512, [R1, R2], None),
    38: (Z + b"garbage", [R1, R2], ("gzip_trailing", 3, 9)),
    39: (bgzf(T)[: -28 - 10], [R1], ("gzip_truncated", 2, 5)),
    40: (b"BZh91AY&SY", [], ("compression", 1, 1)),
    61: (bgzf(T) + bgzf(T), [R1, R2, R1, R2], None),
    62: (bgzf(T) + Z + bgzf(T), [R1, R2] * 3, None),
    63: (bgzf(bam([R1, R2]), 40), [(b"r1", *R1[1:]), R2], None),
    64: (bgzf(bam([R1, R2], flags=(4, 0)), 40), [(b"r1", *R1[1:])], ("bam", 2, 0)),
    # Every letter of r2 is there, the end of its last line is not.
    75: (stored(T[:-1])[:-8], [R1], ("gzip_truncated", 2, 8)),
    76: (stored(T, b"@r x\nA\n+r")[:-8], [R1, R2], ("gzip_truncated", 3, 11)),
    77: (stored(b">a\nAC\n>b\nGT")[:-8], [(b"a", b"AC", None)], ("gzip_truncated", 2, 4)),
    78: (
        stored(b">a\nAC\n>b\nGT\n")[:-8],
        [(b"a", b"AC", None), (b"b", b"GT", None)],
        ("gzip_truncated", 3, 5),
    ),
    79: (stored(T, T, fault=True), [R1, R2], ("gzip_data", 3, 9)),
    80: (gzip.compress(T[:-1]) + b"garbage", [R1], ("gzip_trailing", 2, 8)),
}
_BAM = bam([R1, R2], header=b"@HD\tVN:1.6\n", contigs=[b"chr1", b"chr2"])
_SHORT = [(b"r1", *R1[1:])]
#: What the numbered cases leave open.
MORE = {
    "a carriage return alone": (b"@r\rs\nA\n+\nI\n", [(b"r\rs", b"A", b"I")], None),
    "two carriage returns": (b"@r\nA\r\r\n+\nII\n", [], ("sequence_byte", 1, 2)),
    "blank but for carriage returns": (T + b"\r\r\n", [R1, R2], ("header", 3, 9)),
    "blank lines only": (b"\n\r\n\r", [], None),
    "a name with every byte": (
        b"@%b\nA\n+\nI\n" % bytes(set(range(256)) - {10, 13}),
        [(bytes(set(range(256)) - {10, 13}), b"A", b"I")],
        None,
    ),
    "no fourth line, with a sequence": (b"@r\nA\n+\n", [], ("truncated", 1, 3)),
    "blank behind a blank quality": (b"@r\n\n+\n\n\n\n", [(b"r", b"", b"")], None),
    "a quality that looks like a record": (
        T + b"@s\nAC\n+\n@r\n",
        [R1, R2, (b"s", b"AC", b"@r")],
        None,
    ),
    "a record of one line": (T + b"@s", [R1, R2], ("truncated", 3, 9)),
    "FASTA behind blank lines": (b"\n\n>a\nAC", [(b"a", b"AC", None)], None),
    "FASTA without a name": (b">\nAC\n>\n", [(b"", b"AC", None), (b"", b"", None)], None),
    "a wrong header that comes in parts": (T + b"+@r98 x\n", [R1, R2], ("header", 3, 9)),
    "FASTQ in FASTA": (b">a\nAC\n@r\nA\n+\nI\n", [], ("sequence_byte", 1, 3)),
    "FASTA in FASTQ": (T + b">a\nAC\n", [R1, R2], ("header", 3, 9)),
    "other marks": (b"\xff\xfe" + T, [], ("bom", 1, 1)),
    "no reads behind blank lines": (b"\n\nACGT\n", [], ("not_reads", 1, 3)),
    "xz": (b"\xfd7zXZ\0\0", [], ("compression", 1, 1)),
    "zstd": (b"\x28\xb5\x2f\xfd\0", [], ("compression", 1, 1)),
    "half of a magic": (b"\x1f", [], ("not_reads", 1, 1)),
    "half of a second magic": (Z + b"\x1f", [R1, R2], ("gzip_truncated", 3, 9)),
    "zeros between members": (Z + b"\0\0" + Z, [R1, R2], ("gzip_trailing", 3, 9)),
    "another method": (b"\x1f\x8b\x07" + Z[3:], [], ("gzip_data", 1, 1)),
    "reserved flags": (Z + b"\x1f\x8b\x08\x80" + Z[4:], [R1, R2], ("gzip_data", 3, 9)),
    "cut in the header": (Z + Z[:7], [R1, R2], ("gzip_truncated", 3, 9)),
    "cut in the trailer": (Z[:-3], [R1, R2], ("gzip_truncated", 3, 9)),
    "an empty gzip": (gzip.compress(b""), [], None),
    "a name in the header": (Z[:3] + b"\x08" + Z[4:10] + b"x.fq\0" + Z[10:], [R1, R2], None),
    "a BGZF block with a wrong size": (
        bgzf(T)[:-28] + bgzf(T)[:16] + b"\x05\0" + bgzf(T)[18:],
        [R1, R2],
        ("gzip_data", 3, 9),
    ),
    "BAM with header and contigs": (bgzf(_BAM), [*_SHORT, R2], None),
    "BAM as gzip": (gzip.compress(_BAM), [*_SHORT, R2], None),
    "BAM inflated": (_BAM, [*_SHORT, R2], None),
    "BAM without records": (bam([]), [], None),
    "BAM without letters": (bam([(b"e", b"", b"")]), [(b"e", b"", b"")], None),
    "BAM cut in a record": (_BAM[:-3], _SHORT, ("truncated", 2, 0)),
    "BAM cut in a size": (_BAM + b"\1\0", [*_SHORT, R2], ("truncated", 3, 0)),
    "BAM cut in the header": (_BAM[:20], [], ("truncated", 1, 0)),
    "BAM without qualities": (bam([R1, (b"r2", b"GG", None)]), _SHORT, ("bam", 2, 0)),
    "BAM with =": (bam([R1, (b"r2", b"=G", b"II")]), _SHORT, ("sequence_byte", 2, 0)),
    "BAM with quality 94": (bam([R1, (b"r2", b"GG", b"I\x7f")]), _SHORT, ("quality_byte", 2, 0)),
    "BAM with a small record": (_BAM + b"\x05\0\0\0hello", [*_SHORT, R2], ("bam", 3, 0)),
    "BAM with a negative size": (_BAM + b"\xff\xff\xff\xff", [*_SHORT, R2], ("bam", 3, 0)),
    "BAM cut as gzip": (gzip.compress(_BAM)[:-9], [*_SHORT, R2], ("gzip_truncated", 3, 0)),
    "BAM cut by a block": (bgzf(_BAM)[:-38], _SHORT, ("gzip_truncated", 2, 0)),
}
