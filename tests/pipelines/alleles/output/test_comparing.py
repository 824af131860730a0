"""Digests of tables and their first difference in words."""

import gzip

import planted_counts as planted
import pytest

from tiltyard.pipelines.alleles.output.comparing import difference, digest_of
from tiltyard.pipelines.alleles.output.writing import write

SOME = (9, 5, 6, 4, 2, 1, 7, 5, 2)
OTHER = (9, 5, 6, 4, 3, 1, 7, 5, 2)


def counted(*values):
    variants = planted.read(*(planted.record(5 + k, "A", "G") for k in range(len(values))))
    rows = [(k, None, own) for k, own in enumerate(values)]
    kinds = ["snp"] * len(values)
    return planted.table(
        variants, planted.file("s", kinds, range(len(values)), planted.counts(rows))
    )


def written(folder, name, *values, form=""):
    path = folder / name
    write(counted(*values), path, form or name.removesuffix(".gz").rpartition(".")[2])
    return path


def test_the_same_table_has_one_digest_in_tsv_gzip_and_parquet(tmp_path):
    plain = written(tmp_path, "a.tsv", SOME, OTHER)
    packed = written(tmp_path, "a.tsv.gz", SOME, OTHER)
    typed = written(tmp_path, "a.parquet", SOME, OTHER)
    (tmp_path / "b.tsv.gz").write_bytes(gzip.compress(plain.read_bytes(), 1))
    digests = {digest_of(path) for path in (plain, packed, typed, tmp_path / "b.tsv.gz")}
    assert len(digests) == 1
    assert difference(plain, typed) == difference(packed, plain) == ""
    assert digest_of(written(tmp_path, "c.tsv", SOME, SOME)) not in digests


def test_headers_of_a_vcf_do_not_matter_and_its_samples_do(tmp_path):
    one = written(tmp_path, "a.vcf", SOME)
    text = one.read_text()
    (tmp_path / "b.vcf").write_text(text.replace("##fileformat=VCFv4.2", "##fileformat=VCFv4.3"))
    (tmp_path / "c.vcf").write_text(text.replace("FORMAT\ts\n", "FORMAT\tt\n"))
    assert digest_of(one) == digest_of(tmp_path / "b.vcf") != digest_of(tmp_path / "c.vcf")
    assert difference(one, tmp_path / "b.vcf") == ""
    assert difference(one, tmp_path / "c.vcf") == "column 10 is called 't' in place of 's'"


@pytest.mark.parametrize("name", ["a.tsv", "a.parquet"])
def test_the_first_difference_names_record_column_and_both_values(tmp_path, name):
    expected = written(tmp_path, "e.tsv", SOME, SOME, SOME)
    found = written(tmp_path, name, SOME, OTHER, OTHER)
    assert difference(expected, found) == ("record 2 (s c 6 A G): alt_count is 3 in place of 2")


def test_records_too_many_and_missing_are_named(tmp_path):
    two, three = written(tmp_path, "a.tsv", SOME, SOME), written(tmp_path, "b.tsv", *[SOME] * 3)
    assert difference(three, two) == "record 3 (s c 7 A G) is missing: the table has ended"
    assert difference(two, three) == "record 3 (s c 7 A G) is one too many"


def test_other_columns_and_empty_files_are_named(tmp_path):
    table = written(tmp_path, "a.tsv", SOME)
    (tmp_path / "e.tsv").write_text("")
    (tmp_path / "f.tsv").write_text(table.read_text().replace("depth\t", "coverage\t", 1))
    assert difference(table, tmp_path / "e.tsv") == "the table is empty"
    assert difference(table, tmp_path / "f.tsv") == (
        "column 7 is called 'coverage' in place of 'depth'"
    )
    (tmp_path / "f.tsv").write_text(table.read_text().replace("\t9\t5\t", "\t\t5\t", 1))
    assert "depth is empty in place of 9" in difference(table, tmp_path / "f.tsv")
