"""Files that are unlike the small ones of the cases, for every implementation."""

import struct
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from case_notation import LETTERS, case_of, reads_of
from counting import Files, make, table
from made_alignments import (
    Read,
    every,
    index_again,
    recompress,
    write_alignments,
    write_fasta,
    write_vcf,
)

from tiltyard.pipelines.alleles.opening import open_alignments
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.variants import read_variants

SNP = ("c", 9, "A", "G")


def long_letters(size, seed=0):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), size))


def matched(letters, start, length, name="r", **facts):
    bases = letters[start - 1 : start - 1 + length]
    return Read(name, start, (("M", length),), bases, (30,) * length, **facts)


def test_a_record_of_several_alts(tmp_path, implementation):
    reads = (*reads_of("R; R; R"), *every(reads_of("A; A"), mapq=60))
    reads = [replace(read, name=f"r{n}") for n, read in enumerate(reads)]
    found = make(tmp_path, {"c": LETTERS}, reads, [("c", 9, "A", "T,G")]).table(implementation)
    assert found.field("depth") == [5, 5]
    assert found.field("ref_count") == [3, 3]
    assert found.field("alt_count") == [0, 2]
    assert found.all_reasons == {"ref": 6, "alt": 2, "other": 2}


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (
            "25 13A>ATG 8:6M2I6M +TG; 8:12M; 8:7M; 8:8M = 442211421",
            ("c", "13", "-", "-", "TG"),
        ),
        (
            "31 18CAG>C 12:7M2D6M; 12:14M = 221111211",
            ("c", "19", "AG", "AG", "-"),
        ),
    ],
)
def test_a_maf_counts_like_a_vcf(tmp_path, implementation, line, row):
    case = case_of(line)
    files = make(tmp_path, {"c": LETTERS}, case.reads, case.variants)
    maf = tmp_path / "v.maf"
    names = "Chromosome Start_Position Reference_Allele Tumor_Seq_Allele1 Tumor_Seq_Allele2"
    maf.write_text("\t".join(names.split()) + "\n" + "\t".join(row) + "\n")
    assert replace(files, variants=maf).table(implementation).digits(0) == case.expected


def test_a_deletion_of_the_first_bases_in_a_maf(tmp_path, implementation):
    letters = "GATTACAGATTACA"
    reads = [matched(letters, 1, 8), Read("d", 3, (("M", 8),), letters[2:10], (30,) * 8)]
    files = make(tmp_path, {"c": letters}, reads, [])
    maf = tmp_path / "v.maf"
    names = "Chromosome Start_Position Reference_Allele Tumor_Seq_Allele2"
    maf.write_text("\t".join(names.split()) + "\nc\t1\tG\t-\n")
    found = replace(files, variants=maf).table(implementation)
    assert found.kinds == ("complex",)
    assert found.digits(0) == "111100110"


def test_no_variants_and_no_reads(tmp_path, implementation):
    none = make(tmp_path / "v", {"c": LETTERS}, reads_of("R; A"), []).table(implementation)
    assert none.values == {}
    empty = make(tmp_path / "r", {"c": LETTERS}, [], [SNP])
    assert empty.table(implementation).values == {(0, None): (0,) * 9}
    assert empty.table(implementation, Options(by="CB")).values == {}
    groups = write_alignments(tmp_path / "g.bam", {"c": 40}, [], [("a", "A"), ("b", "")])
    apart = replace(empty, alignments=groups).table(implementation, Options(by_read_group=True))
    assert apart.values == {(0, "A"): (0,) * 9, (0, "b"): (0,) * 9}


def test_a_contig_longer_than_a_bai_allows(tmp_path, implementation):
    """Variants in front of and behind position 2^29, with an index of the kind CSI."""
    size = (1 << 29) + 4000
    fasta = tmp_path / "r.fa"
    with fasta.open("wb") as file:  # a file with a hole: its letters are no base, which fit any
        file.write(b">c\n")
        file.truncate(3 + size)
        file.seek(3 + size)
        file.write(b"\n")
    fasta.with_name("r.fa.fai").write_text(f"c\t{size}\t3\t{size}\t{size + 1}\n")
    places = (100, (1 << 29) - 5, (1 << 29) + 3000)
    reads = [
        Read(f"{n}{place}", place - n, (("M", 10),), base * 10, (30,) * 10)
        for place in places
        for n, base in enumerate("GGA")
    ]
    path = write_alignments(tmp_path / "s.bam", {"c": size}, reads, index=False)
    index_again(path, "-c")
    vcf = write_vcf(tmp_path / "v.vcf", [("c", place, "A", "G") for place in places])
    found = Files(path, fasta, vcf).table(implementation)
    assert [found.digits(row) for row in range(3)] == ["331122312"] * 3


def record_ends(path):
    """Places in the inflated BAM at which the header and each record end."""
    import pysam

    with pysam.BGZFile(str(path), "r") as file:
        content = file.read()
    at = 8 + struct.unpack_from("<i", content, 4)[0]
    (contigs,) = struct.unpack_from("<i", content, at)
    at += 4
    for _ in range(contigs):
        at += 8 + struct.unpack_from("<i", content, at)[0]
    found = [at]
    while at < len(content):
        at += 4 + struct.unpack_from("<i", content, at)[0]
        found.append(at)
    return found


@pytest.mark.parametrize("offset", [-4, -3, -1, 0, 1])
def test_blocks_end_near_the_ends_of_records(tmp_path, implementation, offset):
    """All records have one size, so that with blocks of it each record ends near a block's end."""
    letters = long_letters(600)
    reads = [matched(letters, start, 100, f"r{start}") for start in range(101, 400)]
    sites = [("c", at, letters[at - 1], ".") for at in range(150, 450, 10)]
    files = make(tmp_path, {"c": letters}, reads, sites)
    ends = record_ends(files.alignments)
    (size,) = {b - a for a, b in pairwise(ends)}
    again = recompress(files.alignments, tmp_path / "again.bam", ends[0] + offset)
    assert table_of(files, again, implementation) == files.table(implementation).values
    again = recompress(files.alignments, tmp_path / "again.bam", size + offset)
    assert table_of(files, again, implementation) == files.table(implementation).values


def table_of(files, alignments, implementation):
    return replace(files, alignments=alignments).table(implementation).values


@pytest.mark.parametrize("size", [13, 90])
def test_records_over_many_blocks(tmp_path, implementation, size):
    reads = reads_of("R; A; 8:10M; 8:6M2I6M +TG; 12:7M2D6M")
    files = make(tmp_path, {"c": LETTERS}, reads, [SNP, ("c", 13, "A", "ATG")])
    again = recompress(files.alignments, tmp_path / "again.bam", size)
    assert table_of(files, again, implementation) == files.table(implementation).values


def test_reads_of_200_kb(tmp_path, implementation):
    letters = long_letters(250_000)
    sites = [("c", at, letters[at - 1], ".") for at in (1, 50_000, 120_000, 200_000, 200_001)]
    sites.append(("c", 210_000, letters[209_999], letters[209_999] + "ACGTACGTA"))
    reads = [matched(letters, 1, 200_000, "one"), matched(letters, 40_001, 200_000, "two")]
    cut = 210_000 - 40_000
    bases = letters[40_000:210_000] + "ACGTACGTA" + letters[210_000 : 240_001 - 10]
    cigar = (("M", cut), ("I", 9), ("M", len(bases) - cut - 9))
    reads.append(Read("three", 40_001, cigar, bases, (30,) * len(bases)))
    found = make(tmp_path, {"c": letters}, reads, sites).table(implementation)
    assert found.field("ref_count") == [1, 3, 3, 3, 2, 1]
    assert found.field("alt_count") == [0, 0, 0, 0, 0, 1]


def test_more_operations_than_a_record_has_room_for(tmp_path, implementation):
    """70,001 operations are in the tag CG, and the record's own CIGAR says 1 S and 1 N."""
    letters = "ACGT" * 40_000
    cigar = (("M", 1), ("D", 1)) * 35_000 + (("M", 1),)
    bases = "".join(letters[at] for at in range(0, 70_001, 2))
    read = Read("long", 1001, cigar, bases, (30,) * len(bases))
    at = 1001 + 60_000
    sites = [("c", at, letters[at - 1], "."), ("c", at + 1, letters[at], ".")]
    found = make(tmp_path, {"c": letters}, [read], sites).table(implementation)
    assert found.field("depth") == [1, 1]
    assert found.field("ref_count") == [1, 0]
    assert found.all_reasons == {"ref": 1, "deleted": 1}


def test_a_depth_of_10_000(tmp_path, implementation):
    reads = reads_of("R f16; A; A q9=3; 5:3M3D7M")
    deep = [replace(read, name=f"{n}{read.name}") for n in range(2500) for read in reads]
    found = make(tmp_path, {"c": LETTERS}, deep, [SNP]).table(implementation)
    assert found.values[0, None] == (10_000, 7500, 2500, 0, 2500, 2500, 10_000, 2500, 2500)


def test_a_skip_over_the_first_of_two_variants_under_a_read(tmp_path, implementation):
    reads = reads_of("5:3M4N10M 14>G; 5:3M4N10M; 8:12M")
    variants = [SNP, ("c", 14, "T", "G")]
    found = make(tmp_path, {"c": LETTERS}, reads, variants).table(implementation)
    assert [found.digits(row) for row in (0, 1)] == ["111100110", "332211321"]


def test_contigs_are_counted_in_the_header_s_order(tmp_path, implementation):
    letters = {name: long_letters(200, seed) for seed, name in enumerate(("x", "b", "a"))}
    reads = [
        matched(text, 50, 60, f"{name}{n}", contig=contig)
        for contig, (name, text) in enumerate(letters.items())
        for n in range(contig + 1)
    ]
    sites = [(name, 80, letters[name][79], ".") for name in ("a", "x", "b", "a")]
    files = make(tmp_path, letters, reads, sites)
    assert files.table(implementation).field("ref_count") == [3, 1, 2, 3]


def test_a_bgzipped_fasta_is_the_same(tmp_path, implementation):
    letters = long_letters(90_000)
    place = 70_000
    letters = letters[:place] + "CAAAAAAG" + letters[place + 8 :]
    cigar = (("M", 46), ("D", 1), ("M", 30))
    start = place - 40
    bases = letters[start - 1 : start + 45] + letters[start + 46 : start + 76]
    reads = [Read("d", start, cigar, bases, (30,) * 76), matched(letters, start, 80, "m")]
    variant = ("c", place + 1, "CA", "C")
    files = make(tmp_path, {"c": letters}, reads, [variant])
    expected = files.table(implementation)
    assert expected.digits(0) == "221111211"
    again = replace(files, fasta=write_fasta(tmp_path / "r.fa.gz", {"c": letters}, 60))
    assert again.table(implementation).values == expected.values


def test_reads_may_reach_behind_the_fasta(tmp_path, implementation):
    """The header's contig is longer than the FASTA's: there are no letters for a shift."""
    letters = "ACGTTGCA" * 4 + "CAAAA"
    whole = letters + "AAAACG" * 5
    reads = [
        Read("d", 20, (("M", 20), ("D", 1), ("M", 10)), whole[19:39] + whole[40:50], (30,) * 30),
        matched(whole, 20, 31, "m"),
    ]
    fasta = write_fasta(tmp_path / "r.fa", {"c": letters})
    path = write_alignments(tmp_path / "s.bam", {"c": len(whole)}, reads)
    vcf = write_vcf(tmp_path / "v.vcf", [("c", 33, "CA", "C"), ("c", 30, "G", "T")])
    found = Files(path, fasta, vcf).table(implementation, length_mismatch="warn")
    assert found.field("depth") == [2, 2]
    assert found.field("alt_count") == [0, 0]
    assert found.field("ref_count") == [2, 2]


def test_variants_may_lie_behind_the_header_s_end(tmp_path, implementation):
    """The FASTA's contig is longer than the header's: no read is there."""
    far = LETTERS + "ACGT" * 20_000
    fasta = write_fasta(tmp_path / "r.fa", {"c": far, "d": LETTERS})
    reads = (*reads_of("R; A"), replace(reads_of("A")[0], contig=1))
    path = write_alignments(tmp_path / "s.bam", {"c": 40, "d": 40}, reads)
    at = 70_000
    places = [SNP, ("c", 41, "A", "G"), ("c", at, far[at - 1], "."), ("d", 9, "A", "G")]
    files = Files(path, fasta, write_vcf(tmp_path / "v.vcf", places))
    found = files.table(implementation, length_mismatch="warn")
    assert found.field("depth") == [2, 0, 0, 1]


def test_two_files_are_counted_each_for_itself(tmp_path, implementation):
    files = make(tmp_path, {"c": LETTERS}, reads_of("R; A"), [SNP])
    more = write_alignments(tmp_path / "t.bam", {"c": 40}, reads_of("A; A; 5:3M3D7M"))
    variants = read_variants(files.variants, files.fasta)
    names = [str(files.alignments), f"other:{more}"]
    found = open_alignments(names, files.fasta, variants, Options())
    digits = [
        table(implementation, each, found.variants, Options()).digits(0)
        for each in found.alignments
    ]
    assert digits == ["221111211", "330022302"]
