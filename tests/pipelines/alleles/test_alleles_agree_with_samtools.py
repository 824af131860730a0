"""Counts of SNPs are those of samtools: of made alignments, and of the tests of others."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pysam
import pytest
from counting import Files, make
from hypothesis import HealthCheck, given, settings
from made_alignments import OPERATIONS, index_again, write_vcf
from odd_alignments import odd
from pileup import expected, write_bed
from test_implementations_agree import folder

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.implementations import implementations
from tiltyard.pipelines.alleles.inputs.headers import read_header
from tiltyard.pipelines.alleles.options import Options

FIELDS = ("depth", "ref_count", "ref_forward", "alt_count", "alt_forward")
#: Where Debian's packages samtools-test and htslib-test put their files.
TESTS = [Path("/usr/share/samtools/test"), Path("/usr/share/htslib-test/test")]
#: Reads of 100 kb, which the plain implementation takes too long for.
LEFT_OUT = {"ce#large_seq.bam"}
REAL = [
    path for place in TESTS for path in sorted(place.rglob("*.bam")) if path.name not in LEFT_OUT
]
here = pytest.mark.skipif(
    not REAL and "CI" not in os.environ, reason="samtools-test and htslib-test are not installed"
)


def counted(table):
    return list(zip(*(table.field(name) for name in FIELDS), strict=True))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=odd(variants=6))
def test_made_snps_are_samtools_s(reference, made):
    snps = [
        ("c", at, ref, alt)
        for at, ref in enumerate(made.letters, start=1)
        if ref in "ACGT"
        for alt in "ACGT"
        if alt != ref
    ]
    # samtools shows a read without bases as N, and one without a length in its operations oddly.
    reads = [
        replace(read, cigar=tuple((o, n) for o, n in read.cigar if n))
        for read in made.reads
        if read.bases
    ]
    with folder() as path:
        files = make(path, {"c": made.letters}, reads, snps)
        found = counted(files.table(reference))
        bed = write_bed(path / "sites.bed", snps)
        assert found == list(expected(files.alignments, bed, snps))


@here
def test_the_files_of_others_are_there():
    assert len(REAL) > 20


def real_files(source, target):
    """A copy with an index, letters as the reads have them, and variants of all sorts.

    None if samtools cannot index it, or nothing is aligned in it.
    """
    path = target / "s.bam"
    shutil.copy(source, path)
    try:
        index_again(path)
        with pysam.AlignmentFile(str(path)) as file:
            contigs = dict(zip(file.references, file.lengths, strict=True))
            reads = [read for read in file if read.cigartuples and read.query_sequence]
    except (OSError, ValueError, pysam.SamtoolsError):
        return None
    letters, variants = {}, set()
    for read in reads:
        if read.reference_name in contigs:
            variants |= carried(read, letters, contigs[read.reference_name])
    fasta = write_letters(target / "r.fa", contigs, letters)
    found = sorted(variants)[:: 1 + len(variants) // 150]
    return Files(path, fasta, write_vcf(target / "v.vcf", found)), found


def carried(read, letters, length):
    """Variants that `read` carries, and every seventh base; its bases are laid into `letters`."""
    contig, position, used = read.reference_name, read.reference_start, 0
    bases, found = read.query_sequence, set()
    for code, size in read.cigartuples:
        operation = OPERATIONS[code]
        before = letters.get((contig, position - 1), "N")
        if operation in "M=X":
            for k in range(min(size, length - position)):
                letter = letters.setdefault((contig, position + k), bases[used + k].upper())
                if letter in "ACGT" and (position + k) % 7 == 0:
                    other = "ACGT"[("ACGT".index(letter) + 1) % 4]
                    found.add((contig, position + k + 1, letter, other))
        elif operation in "ID" and before in "ACGT" and position < length:
            more = bases[used : used + size].upper() if operation == "I" else ""
            gone = "".join(
                letters.setdefault((contig, position + k), "T")
                for k in range(size if operation == "D" else 0)
            )
            if not (more + gone).strip("ACGT"):
                found.add((contig, position, before + gone, before + more))
        position += size if operation in "MDN=X" else 0
        used += size if operation in "MIS=X" else 0
    return found


def write_letters(path, contigs, letters):
    """FASTA file with `letters`, and holes, whose bytes are no base, for all others."""
    places, index, at = {}, "", 0
    for name, length in contigs.items():
        at += len(name) + 2
        places[name] = at
        index += f"{name}\t{length}\t{at}\t{length}\t{length + 1}\n"
        at += length + 1
    with path.open("wb") as file:
        for name, start in places.items():
            file.seek(start - len(name) - 2)
            file.write(f">{name}\n".encode())
            file.seek(start + contigs[name])
            file.write(b"\n")
        for (name, position), letter in letters.items():
            file.seek(places[name] + position)
            file.write(letter.encode())
    path.with_name(path.name + ".fai").write_text(index)
    return path


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    made = {}

    def files_of(source):
        if source not in made:
            made[source] = real_files(source, tmp_path_factory.mktemp("real"))
        return made[source]

    return files_of


@here
@pytest.mark.parametrize("source", REAL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_files_count_the_same(source, real, implementation, reference, tmp_path):
    found = real(source)
    if found is None:
        return
    files, variants = found
    apart = several_samples(files.alignments)
    options = Options(min_mapq=0, by_read_group=apart)
    table = files.table(implementation, options)
    if implementation is not reference:
        assert table.values == files.table(reference, options).values
        assert table.all_reasons == files.table(reference, options).all_reasons
        return
    snps = [each for each in variants if len(each[2]) == len(each[3]) == 1]
    bed = write_bed(tmp_path / "sites.bed", snps)
    rows = [row for row, each in enumerate(variants) if each in snps]
    counts = counted(table)
    assert [counts[row] for row in rows] == list(expected(files.alignments, bed, snps, 0))


def several_samples(path):
    with pysam.AlignmentFile(str(path), check_sq=False) as file:
        return len({group.get("SM") for group in file.header.to_dict().get("RG", ())}) > 1


def with_own_letters(folder, alignments, fasta, variants):
    """Copies of a file of others and of its FASTA, with variants of our own."""
    path = folder / alignments.name
    shutil.copy(alignments, path)
    index_again(path)
    letters = folder / fasta.name
    shutil.copy(fasta, letters)
    pysam.faidx(str(letters))
    return Files(path, letters, write_vcf(folder / "v.vcf", variants))


@here
@pytest.mark.parametrize(
    ("place", "name"),
    [(TESTS[0] / "mpileup", "ce#5b"), (TESTS[1], "range")],
    ids=["ce#5b", "range"],
)
def test_real_crams_count_like_their_bams(place, name, tmp_path):
    """Of the first, the FASTA has only the beginnings of contigs."""
    with pysam.FastaFile(str(place / "ce.fa")) as file:
        letters = {name: file.fetch(name).upper() for name in file.references}
    variants = [
        (contig, at, text[at - 1], "ACGT"[("ACGT".index(text[at - 1]) + 1) % 4])
        for contig, text in letters.items()
        for at in range(1, min(1200, len(text)), 13)
    ]
    lenient = {"missing_contig": "skip", "length_mismatch": "warn"}
    tables = []
    for suffix in (".bam", ".cram"):
        folder = tmp_path / suffix
        folder.mkdir()
        files = with_own_letters(folder, place / (name + suffix), place / "ce.fa", variants)
        options = Options(min_mapq=0)
        tables += [files.table(each, options, **lenient) for each in implementations() if each.cram]
    assert len(tables) >= 2
    assert all(table.values == tables[0].values for table in tables)
    assert sum(tables[0].field("depth")) > 20


@here
def test_real_letters_and_reads_of_a_longer_contig(tmp_path, implementation):
    place = TESTS[0] / "mpileup"
    with pysam.FastaFile(str(place / "mpileup.ref.fa")) as file:
        letters = file.fetch("17").upper()
    snps = [
        ("17", at, ref, alt)
        for at, ref in enumerate(letters[:4100], start=1)
        for alt in "ACGT"
        if ref in "ACGT" and alt != ref and at % 20 == 0
    ]
    files = with_own_letters(tmp_path, place / "mpileup.1.bam", place / "mpileup.ref.fa", snps)
    options = Options(min_mapq=0)
    found = counted(files.table(implementation, options, length_mismatch="warn"))
    bed = write_bed(tmp_path / "sites.bed", snps)
    assert found == list(expected(files.alignments, bed, snps, 0))
    assert sum(row[0] for row in found) > 100


@here
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("1.quickcheck.badeof.bam", "end block"),
        ("2.quickcheck.badheader.bam", "not by BGZF"),
        ("5.quickcheck.scramble30.truncated.cram", "end container"),
        ("8.quickcheck.cram21.truncated.cram", "end container"),
        ("9.quickcheck.cram30.truncated.cram", "end container"),
    ],
)
def test_damaged_files_of_others_are_refused(name, says):
    with pytest.raises(InputError, match=says):
        read_header(TESTS[0] / "quickcheck" / name)


@here
@pytest.mark.parametrize("name", ["6.quickcheck.cram21.ok.cram", "7.quickcheck.cram30.ok.cram"])
def test_whole_crams_of_others_are_opened(name):
    header = read_header(TESTS[0] / "quickcheck" / name)
    assert header.cram
    assert header.contigs
