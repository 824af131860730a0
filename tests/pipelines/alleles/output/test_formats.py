"""VCF, MAF and BGZF: records in are records out, and the programs of the field read them."""

import gzip
import subprocess
from pathlib import Path

import planted_counts as planted
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.bgzf import blocks, check_end
from tiltyard.pipelines.alleles.output import bgzf
from tiltyard.pipelines.alleles.output.writing import (
    format_of,
    notes_of,
    refuse_unfit,
    texts,
    write,
)
from tiltyard.pipelines.alleles.variants.variant import Variant, Variants

HEADER = (
    "##fileformat=VCFv4.2",
    "##contig=<ID=c,length=1000>",
    '##FILTER=<ID=q,Description="bad, or so">',
    '##INFO=<ID=X,Number=1,Type=Integer,Description="x">',
    '##FORMAT=<ID=DP,Number=1,Type=String,Description="another">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\told",
)


def joined():
    """One record of two ALTs, and the same in two records: three REF, two G of depth 5."""
    third, second = (5, 3, 3, 2, 0, 0, 5, 3, 0), (5, 3, 3, 2, 2, 1, 5, 3, 2)
    variants = planted.read(
        planted.record(9, "A", "T,G", more=("DP", "7")),
        planted.record(9, "A", "T", more=("DP", "7")),
        planted.record(9, "A", "G", more=("DP", "7")),
        header=HEADER,
    )
    own = planted.counts([(0, None, third), (1, None, second)])
    return planted.table(variants, planted.file("s", ["snp"] * 2, [0, 1, 0, 1], own))


def fields(counted):
    """A mapping of FORMAT for each record of the first sample."""
    body = [line for line in "".join(texts(counted, "vcf")).splitlines() if line[0] != "#"]
    rows = [line.split("\t") for line in body]
    return [dict(zip(row[8].split(":"), row[9].split(":"), strict=False)) for row in rows]


def test_a_record_of_two_alternatives_and_the_same_in_two_records():
    both, first, second = fields(joined())
    assert (both["DP"], both["AD"], both["ADF"], both["ADR"]) == ("5", "3,0,2", "2,0,1", "1,0,1")
    assert (first["AD"], second["AD"]) == ("3,0", "3,2")
    assert both["VAF"] == f"{first['VAF']},{second['VAF']}" == "0.000000,0.400000"
    assert (both["DPA"], both["RDA"], both["FAD"]) == ("5,5", "3,3", "3,0,2")


def test_the_first_alternative_that_is_counted_stands_for_ref_and_others_have_points():
    variants = planted.read(planted.record(9, "A", "<DEL>,G"), planted.record(9, "A", "*"))
    own = planted.counts([(0, None, (5, 3, 3, 2, 2, 1, 5, 3, 2))])
    counted = planted.table(variants, planted.file("s", ["snp"], [-1, 0, -1], own))
    found, nothing = fields(counted)
    assert (found["DP"], found["AD"], found["VAF"]) == ("5", "3,.,2", ".,0.400000")
    assert nothing == {"DP": "."}


def test_a_record_without_alternative_has_one_allele():
    variants = planted.read(planted.record(9, "A", "."))
    own = planted.counts([(0, None, (5, 3, 3, 2, 2, 1, 5, 3, 2))])
    (found,) = fields(planted.table(variants, planted.file("s", ["reference"], [0], own)))
    assert (found["DP"], found["AD"], found["VAF"], found["DPA"]) == ("5", "3", ".", ".")


def test_bcftools_reads_it_without_a_word_and_gives_it_back(tmp_path):
    path = tmp_path / "t.vcf.gz"
    write(joined(), path, "vcf")
    check_end(path)
    done = subprocess.run(
        ["bcftools", "query", "-f", "%POS %ID %FILTER %X %ALT[ %SAMPLE %AD %VAF]\n", path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == "9 id9 PASS 1 T,G s 3,0,2 0,0.4"
    subprocess.run(["tabix", "-p", "vcf", path], check=True)
    assert "old" not in gzip.decompress(path.read_bytes()).decode().split("#CHROM")[1]


def test_the_inputs_samples_and_formats_go_and_are_named():
    counted = joined()
    text = "".join(texts(counted, "vcf"))
    assert 'Description="another"' not in text and text.count("##FORMAT=<ID=DP,") == 1
    assert text.count("##contig=<ID=c,") == 1 and "##FILTER=<ID=q" in text
    (note,) = notes_of("vcf", counted.variants, counted.options, "t_")
    assert "(old)" in note and "left out" in note


def test_contigs_that_the_header_lacks_are_added():
    variants = planted.read(planted.record(9, "A", "G"), planted.record(9, "A", "G", contig="u"))
    own = planted.counts([(0, None, (0,) * 9)])
    text = "".join(texts(planted.table(variants, planted.file("s", ["snp"], [0, -1], own)), "vcf"))
    assert "##contig=<ID=c,length=1000>\n##contig=<ID=u>\n" in text


MAF_NAMES = (
    *("Hugo_Symbol", "Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2"),
    *("Tumor_Sample_Barcode", "t_depth"),
)
MAF_ROW = ("TP53", "c", "9", "A", "G", "TCGA-1", "77")


def of_maf():
    variants = Variants(
        Path("m.maf"),
        "maf",
        ["#version 2.4", "\t".join(MAF_NAMES)],
        ["\t".join(MAF_ROW)],
        [Variant("c", 9, "A", "G", 0)],
    )
    own = planted.counts([(0, None, (5, 3, 3, 2, 2, 1, 5, 3, 2))])
    files = [planted.file(name, ["snp"], [0], own) for name in ("s", "t")]
    return planted.table(variants, *files)


def test_a_maf_has_the_inputs_columns_for_each_sample_and_ours():
    lines = "".join(texts(of_maf(), "maf", "n_")).splitlines()
    assert lines[:2] == ["#version 2.4", "# vaf = alt/(ref+alt)"]
    names, *rows = (line.split("\t") for line in lines[2:])
    assert names[:8] == [*MAF_NAMES, "sample"] and names[8:10] == ["n_contig", "n_position"]
    assert [row[:8] for row in rows] == [[*MAF_ROW, "s"], [*MAF_ROW, "t"]]
    assert dict(zip(names, rows[0], strict=True))["n_alt_count"] == "2"


def test_a_column_of_the_maf_that_has_our_name_is_replaced_and_named():
    counted = of_maf()
    lines = "".join(texts(counted, "maf", "t_")).splitlines()
    names, row, _ = (line.split("\t") for line in lines[2:])
    assert names.count("t_depth") == 1 and dict(zip(names, row, strict=True))["t_depth"] == "5"
    (note,) = notes_of("maf", counted.variants, counted.options, "t_")
    assert "t_depth" in note and "--column-prefix" in note
    assert not notes_of("maf", counted.variants, counted.options, "n_")


def test_a_maf_can_be_written_as_vcf():
    text = "".join(texts(of_maf(), "vcf"))
    assert text.startswith("##fileformat=VCFv4.3\n##contig=<ID=c,length=1000>\n")
    assert "\nc\t9\t.\tA\tG\t.\t.\t.\tDP:" in text and text.count("\nc\t9\t") == 1


@pytest.mark.parametrize(
    ("name", "wanted", "form"),
    [
        ("a.tsv", "", "tsv"),
        ("a.tsv.gz", "", "tsv"),
        ("a.b.vcf.gz", "", "vcf"),
        ("a.parquet", "", "parquet"),
        ("a.out", "vcf", "vcf"),
        ("a.tsv", "parquet", "parquet"),
    ],
)
def test_the_name_or_the_option_says_the_format(name, wanted, form):
    assert format_of(Path(name), wanted) == form


@pytest.mark.parametrize("name", ["a", "a.csv", "a.gz", "vcf", "a.parquet.gz"])
def test_a_name_that_says_none_is_refused(name):
    with pytest.raises(InputError, match=name):
        format_of(Path(name))


def test_formats_that_cannot_hold_the_table_are_refused():
    counted = joined()
    with pytest.raises(InputError, match="is no MAF"):
        refuse_unfit("maf", counted.variants, counted.options)
    grouped = planted.table(counted.variants, by="CB")
    with pytest.raises(InputError, match="--by CB"):
        refuse_unfit("vcf", grouped.variants, grouped.options)


@given(st.lists(st.binary(max_size=200_000), max_size=4))
def test_bgzf_gives_back_what_was_written_in_blocks(tmp_path_factory, pieces):
    path = tmp_path_factory.mktemp("bgzf") / "x.gz"
    with path.open("wb") as file:
        out = bgzf.BgzfWriter(file)
        for piece in pieces:
            out.write(piece)
        out.close()
    assert gzip.decompress(path.read_bytes()) == b"".join(pieces)
    check_end(path)
    with path.open("rb") as file:
        found = [content for _, content in blocks(file)]
    assert b"".join(found) == b"".join(pieces) and max(map(len, found)) <= bgzf.BLOCK


def test_what_cannot_be_compressed_fits_a_block():
    import numpy as np

    noise = np.random.default_rng(0).bytes(bgzf.BLOCK)
    assert len(bgzf.block(noise)) <= 1 << 16
    assert gzip.decompress(bgzf.block(noise)) == noise


def test_a_table_that_cannot_be_finished_is_not_there(tmp_path):
    counted = joined()
    broken = planted.table(counted.variants, *counted.files, None)
    with pytest.raises(AttributeError):
        write(broken, tmp_path / "t.tsv", "tsv")
    assert list(tmp_path.iterdir()) == []
