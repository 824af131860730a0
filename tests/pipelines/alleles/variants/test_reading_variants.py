"""VCF and MAF files: what is read of them, and what is refused."""

import gzip

import pytest
from case_notation import LETTERS
from made_alignments import write_fasta, write_vcf

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.variants import read_variants, variant_of

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
MAF = "Hugo_Symbol\tChromosome\tStart_Position\tReference_Allele\tTumor_Seq_Allele1"
MAF += "\tTumor_Seq_Allele2\tTumor_Sample_Barcode"


@pytest.fixture
def fasta(tmp_path):
    return write_fasta(tmp_path / "r.fa", {"c": LETTERS, "MT": LETTERS[::-1]})


def vcf(path, *records):
    path.write_text(HEADER + "".join(f"{record}\n" for record in records))
    return path


def record(position="9", ref="A", alt="G"):
    return f"c\t{position}\t.\t{ref}\t{alt}\t.\t.\t."


def maf(path, fasta, *rows):
    lines = ["#version 2.4", MAF, *("\t".join(["G", *row, "s"]) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines))
    return read_variants(path, fasta)


def in_short(variants):
    return [(row.contig, row.position, row.ref, row.alt, row.unsupported) for row in variants.rows]


@pytest.mark.parametrize("suffix", ["vcf", "vcf.gz", "gzip"])
def test_a_vcf_is_kept_whole(tmp_path, fasta, suffix):
    path = write_vcf(tmp_path / f"v.{suffix}", [("c", 9, "a", "t,G"), ("c", 3, "G", ".")])
    if suffix == "gzip":
        path.write_bytes(gzip.compress(path.read_bytes()))
    found = read_variants(path, fasta)
    assert found.format == "vcf"
    assert found.header[0] == "##fileformat=VCFv4.2"
    assert found.records == ["c\t9\tid0\ta\tt,G\t.\tPASS\tX=1", "c\t3\tid1\tG\t.\t.\tPASS\tX=1"]
    assert in_short(found) == [
        ("c", 9, "A", "T", ""),
        ("c", 9, "A", "G", ""),
        ("c", 3, "G", ".", ""),
    ]
    assert [row.record for row in found.rows] == [0, 0, 1]
    assert found.place(found.rows[2]) == f"{path}, line 4: c:3:G:."


def test_lines_may_end_as_on_windows(tmp_path, fasta):
    path = vcf(tmp_path / "v.vcf", record())
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    found = read_variants(path, fasta)
    assert in_short(found) == [("c", 9, "A", "G", "")]
    assert found.records == [record()]


def test_other_bytes_than_utf8_survive(tmp_path, fasta):
    path = vcf(tmp_path / "v.vcf", record())
    path.write_bytes(path.read_bytes() + b"c\t9\t\xe9\tA\tG\t.\t.\t.\n")
    found = read_variants(path, fasta)
    assert found.records[1].encode("utf-8", "surrogateescape").split(b"\t")[2] == b"\xe9"


@pytest.mark.parametrize(
    ("ref", "alt", "reason"),
    [
        ("A", "*", "ALT *"),
        ("A", "<DEL>", "symbolic ALT"),
        ("A", "<*>", "symbolic ALT"),
        ("A", "]c:9]A", "breakend"),
        ("A", "A[c:12[", "breakend"),
        ("A", ".T", "breakend"),
        ("A", "N", "letters other than ACGT"),
        ("R", "A", "letters other than ACGT"),
        ("AN", "A", "letters other than ACGT"),
        ("N", ".", "letters other than ACGT"),
        ("A", "a", "ALT equal to REF"),
    ],
)
def test_what_cannot_be_counted_says_why(tmp_path, fasta, ref, alt, reason):
    (row,) = read_variants(vcf(tmp_path / "v.vcf", record(ref=ref, alt=alt)), fasta).rows
    assert row.unsupported == reason


def test_a_file_without_records_has_no_variants(tmp_path, fasta):
    assert read_variants(vcf(tmp_path / "v.vcf"), fasta).rows == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER + "c\t9\t.\tA\tG\n", "line 3: 5 columns"),
        (HEADER + record() + "\n\n" + record() + "\n", "line 4: 1 column:"),
        (HEADER + record(position="x"), "POS is 'x'"),
        (HEADER + record(position="-9"), "POS is '-9'"),
        (HEADER + record(position="0"), "POS is '0'"),
        (HEADER + record(ref=""), "REF is ''"),
        (HEADER + record(alt="T,"), "ALT is 'T,'"),
        (HEADER.splitlines()[0] + "\n" + record(), "#CHROM is missing"),
        ("", "neither a VCF"),
        ("chr1 9 10\n", "neither a VCF"),
    ],
)
def test_records_that_are_not_whole_are_refused(tmp_path, fasta, text, says):
    path = tmp_path / "v.vcf"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_variants(path, fasta)
    assert says in str(raised.value)
    assert str(path) in str(raised.value)


def test_all_faults_are_counted_and_five_are_shown(tmp_path, fasta):
    records = [record(position="x") for _ in range(7)] + ["c\t1"]
    with pytest.raises(InputError) as raised:
        read_variants(vcf(tmp_path / "v.vcf", *records), fasta)
    message = str(raised.value)
    assert "7 times; the first 5" in message
    assert message.count("POS is 'x'") == 5
    assert "line 10: 2 columns" in message


def test_damaged_compression_is_refused(tmp_path, fasta):
    whole = write_vcf(tmp_path / "v.vcf.gz", [("c", 9, "A", "G")]).read_bytes()
    path = tmp_path / "cut.vcf.gz"
    path.write_bytes(whole[:-28])
    with pytest.raises(InputError, match="end block"):
        read_variants(path, fasta)
    path.write_bytes(gzip.compress(HEADER.encode())[:-3])
    with pytest.raises(InputError, match="damaged"):
        read_variants(path, fasta)
    path.write_bytes(gzip.compress(b"BCF\2\2"))
    with pytest.raises(InputError, match="bcftools view"):
        read_variants(path, fasta)
    with pytest.raises(InputError, match="cannot be read"):
        read_variants(tmp_path / "none.vcf", fasta)


def test_a_maf_gets_the_form_of_a_vcf(tmp_path, fasta):
    found = maf(
        tmp_path / "v.maf",
        fasta,
        ("c", "9", "A", "A", "g"),
        ("c", "9", "A", "T", "A"),
        ("c", "13", "-", "-", "TG"),
        ("c", "19", "AG", "AG", "-"),
        ("c", "1", "AC", "AC", "-"),
        ("M", "2", "T", "T", "-"),
        ("c", "9", "AC", "AC", "GTT"),
        ("c", "9", "A", "A", "A"),
        ("c", "9", "A", "A", "N"),
        ("gone", "9", "A", "A", "-"),
        ("c", "90", "-", "-", "A"),
    )
    assert found.format == "maf"
    assert found.header == ["#version 2.4", MAF]
    assert len(found.records) == 11
    assert found.place(found.rows[0]).endswith("v.maf, line 3: c:9:A:G")
    assert in_short(found) == [
        ("c", 9, "A", "G", ""),
        ("c", 9, "A", "T", ""),
        ("c", 13, "A", "ATG", ""),
        ("c", 18, "CAG", "C", ""),
        ("c", 1, "ACG", "G", ""),
        ("M", 1, "GT", "G", ""),
        ("c", 9, "AC", "GTT", ""),
        ("c", 9, "A", "A", "ALT equal to REF"),
        ("c", 9, "A", "N", "letters other than ACGT"),
        ("gone", 8, "NA", "N", ""),
        ("c", 90, "N", "NA", ""),
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("c", "9", "A", "A"), "line 3: 6 columns"),
        (("c", "", "A", "A", "G"), "Start_Position is ''"),
        (("c", "0", "A", "A", "G"), "Start_Position is '0'"),
        (("c", "9", "A", "A", ""), "the tumour's allele ''"),
    ],
)
def test_rows_of_a_maf_that_are_not_whole_are_refused(tmp_path, fasta, row, says):
    with pytest.raises(InputError) as raised:
        maf(tmp_path / "v.maf", fasta, row)
    assert says in str(raised.value)


def test_a_variant_is_named_in_words():
    (row,) = variant_of("HLA:01:9:a:G").rows
    assert (row.contig, row.position, row.ref, row.alt) == ("HLA:01", 9, "A", "G")
    for text in ("c:9:A", "c:9:A:", "9A>G"):
        with pytest.raises(InputError, match="CONTIG:POS:REF:ALT"):
            variant_of(text)
    with pytest.raises(InputError, match="POS is 'x'"):
        variant_of("c:x:A:G")
