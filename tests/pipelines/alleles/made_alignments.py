"""Alignments, letters and variants as files, written from what a test says of them."""

from __future__ import annotations

import struct
import zlib
from array import array
from dataclasses import dataclass, replace
from pathlib import Path

import pysam

#: Operations in the order in which BAM numbers them.
OPERATIONS = "MIDNSHP=X"
ON_REFERENCE = "MDN=X"
ON_READ = "MIS=X"


@dataclass(frozen=True)
class Read:
    """A read as a test says it: `start` is 1-based, `qualities` is None for a read without any."""

    name: str
    start: int
    cigar: tuple[tuple[str, int], ...]
    bases: str
    qualities: tuple[int, ...] | None = None
    flag: int = 0
    mapq: int = 60
    contig: int = 0
    tags: tuple[tuple[str, object], ...] = ()

    @property
    def end(self):
        """Position behind its last one, 1-based."""
        return self.start + sum(n for o, n in self.cigar if o in ON_REFERENCE)

    def segment(self, header):
        found = pysam.AlignedSegment(header)
        found.query_name, found.flag, found.mapping_quality = self.name, self.flag, self.mapq
        found.reference_id, found.reference_start = self.contig, self.start - 1
        found.cigartuples = [(OPERATIONS.index(o), n) for o, n in self.cigar]
        if self.bases:
            found.query_sequence = self.bases
            found.query_qualities = None if self.qualities is None else array("B", self.qualities)
        for name, value in self.tags:
            found.set_tag(name, value)
        return found


def write_fasta(path, letters, width=13):
    """FASTA file of contig -> letters, with its index; bgzipped if its name ends so."""
    text = "".join(
        f">{name} made\n" + "".join(f"{line[i : i + width]}\n" for i in range(0, len(line), width))
        for name, line in letters.items()
    )
    if path.suffix == ".gz":
        with pysam.BGZFile(str(path), "w") as file:
            file.write(text.encode())
    else:
        path.write_text(text)
    for index in (".fai", ".gzi"):
        Path(f"{path}{index}").unlink(missing_ok=True)
    pysam.faidx(str(path))
    return path


def write_alignments(path, contigs, reads, read_groups=(), fasta=None, index=True, order=True):
    """BAM file, or CRAM by its suffix, of `Read`s on contigs (name -> length), with its index.

    `read_groups` are pairs of ID and sample, "" for none.
    """
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": name, "LN": length} for name, length in contigs.items()],
            "RG": [{"ID": i, **({"SM": sample} if sample else {})} for i, sample in read_groups],
        }
    )
    cram = path.suffix == ".cram"
    if order:
        reads = sorted(reads, key=lambda read: (read.contig, read.start))
    with pysam.AlignmentFile(
        str(path),
        "wc" if cram else "wb",
        header=header,
        reference_filename=str(fasta) if cram else None,
    ) as file:
        for read in reads:
            file.write(read.segment(header))
    if index:
        index_again(path)
    return path


def index_again(path, *options):
    for old in (".bai", ".csi", ".crai"):
        Path(f"{path}{old}").unlink(missing_ok=True)
    pysam.index(*options, str(path))


def write_vcf(path, variants):
    """VCF file of variants (contig, position, ref, alt), compressed if its name ends so."""
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [f"{c}\t{p}\tid{i}\t{r}\t{a}\t.\tPASS\tX=1" for i, (c, p, r, a) in enumerate(variants)]
    text = "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        with pysam.BGZFile(str(path), "w") as file:
            file.write(text.encode())
    else:
        path.write_text(text)
    return path


def recompress(source, target, size):
    """The same BAM in BGZF blocks of `size` bytes, so that records lie over several."""
    with pysam.BGZFile(str(source), "r") as file:
        content = file.read()
    with target.open("wb") as file:
        for start in range(0, len(content), size):
            file.write(block(content[start : start + size]))
        file.write(block(b""))
    index_again(target)
    return target


def block(content):
    """One BGZF block."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = deflater.compress(content) + deflater.flush()
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(data) + 25)
    return head + data + struct.pack("<II", zlib.crc32(content), len(content))


def every(reads, **changes):
    """`reads` with the same changes."""
    return [replace(read, **changes) for read in reads]
