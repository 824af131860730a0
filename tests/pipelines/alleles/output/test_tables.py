"""Rows and columns of tables, from planted counts."""

import numpy as np
import pandas as pd
import planted_counts as planted
import pytest

from tiltyard.pipelines.alleles.output.columns import COLUMNS, COUNTS, RATIOS
from tiltyard.pipelines.alleles.output.writing import texts, write

# depth, its forward, ref, its forward, alt, its forward, fragments: depth, ref, alt
SOME = (9, 5, 6, 4, 2, 1, 7, 5, 2)
OTHER = (4, 1, 0, 0, 4, 1, 4, 0, 4)


def lines(counted):
    return [line.split("\t") for line in "".join(texts(counted, "tsv")).splitlines()]


def simple(*kinds):
    """A file with a site of each kind, and variants that have them in this order."""
    variants = planted.read(*(planted.record(5 + k, "A", "G") for k in range(len(kinds))))
    rows = [(k, None, SOME) for k in range(len(kinds))]
    return variants, planted.file("s", kinds, range(len(kinds)), planted.counts(rows))


def test_a_row_by_hand():
    variants, file = simple("snp")
    names, row = lines(planted.table(variants, file))
    assert tuple(names) == COLUMNS
    # Reverse is the rest; 2 of 8 reads and 2 of 7 fragments; the test's table is 4, 2, 1, 1.
    assert "\t".join(row) == (
        "s\tc\t5\tA\tG\tsnp\t9\t5\t4\t6\t4\t2\t2\t1\t1\t7\t5\t2\t0.250000\t0.285714\t1\t2"
    )


def test_no_alternative_allele_leaves_empty_what_is_about_it():
    variants, file = simple("reference")
    names, row = lines(planted.table(variants, file))
    empty = {name for name, value in zip(names, row, strict=True) if not value}
    assert empty == {"alt_count", "alt_forward", "alt_reverse", "fragment_alt", *RATIOS}


def test_an_unsupported_variant_has_a_row_without_numbers():
    variants = planted.read(planted.record(5, "A", "<DEL>"), planted.record(6, "A", "G"))
    file = planted.file("s", ["snp"], [-1, 0], planted.counts([(0, None, SOME)]))
    names, row, other = lines(planted.table(variants, file))
    assert row[:6] == ["s", "c", "5", "A", "<DEL>", "unsupported"]
    assert not any(row[names.index(COUNTS[0]) :]) and all(other)


def test_no_reads_are_zeros_and_no_fractions():
    variants = planted.read(planted.record(5, "A", "G"))
    file = planted.file("s", ["snp"], [0], planted.counts([(0, None, (0,) * 9)]))
    names, row = lines(planted.table(variants, file))
    assert row[names.index("depth") :] == ["0"] * len(COUNTS) + [""] * len(RATIOS)


def test_variants_twice_and_in_any_order_have_their_rows_where_they_are():
    variants, file = simple("snp", "insertion")
    swapped = planted.read(*(planted.record(p, "A", "G") for p in (6, 5, 6)))
    again = planted.file("s", ["snp", "insertion"], [1, 0, 1], file.counts)
    _, first, second = lines(planted.table(variants, file))
    assert lines(planted.table(swapped, again))[1:] == [second, first, second]


def test_values_of_a_tag_have_rows_of_their_own_and_a_variant_without_reads_one_of_zeros():
    variants = planted.read(*(planted.record(p, "A", "G") for p in (5, 6, 7)))
    rows = [(0, "x", SOME), (0, "y", OTHER), (0, None, SOME), (2, "y", OTHER)]
    own = planted.counts(rows, ("x", "y", None))
    file = planted.file("s", ["snp"] * 3, [0, 1, 2], own)
    names, *found = lines(planted.table(variants, file, by="CB"))
    assert names[:3] == ["sample", "group", "contig"]
    keys = [(row[1], row[3], row[names.index("depth")]) for row in found]
    assert keys == [
        *(("x", "5", "9"), ("y", "5", "4"), ("", "5", "9")),
        *(("", "6", "0"), ("y", "7", "4")),
    ]


def test_read_groups_have_rows_sample_after_sample_and_reads_without_one_only_where_they_are():
    variants = planted.read(*(planted.record(p, "A", "G") for p in (5, 6)))
    rows = [(0, "A", SOME), (0, None, OTHER), (1, "A", OTHER), (1, "B", SOME)]
    groups = {"g": "B", "h": "A", "i": "A"}
    file = planted.file("", ["snp"] * 2, [0, 1], planted.counts(rows, ("A", "B", None)), groups)
    counted = planted.table(variants, file, by_read_group=True)
    names, *found = lines(counted)
    depth = names.index("depth")
    assert [(row[0], row[2], row[depth]) for row in found] == [
        *(("A", "5", "9"), ("A", "6", "4"), ("B", "5", "0"), ("B", "6", "9"), ("", "5", "4")),
    ]
    assert counted.samples == ("A", "B")
    assert set(counted.tables) == {"A", "B", ""}


def test_no_variants_are_a_table_of_names():
    file = planted.file("s", [], [], planted.counts([]))
    assert lines(planted.table(planted.read(), file)) == [list(COLUMNS)]


def test_tables_of_python_have_numbers_and_none():
    variants, file = simple("snp", "reference")
    frame = pd.DataFrame(planted.table(variants, file, file_two := file).tables["s"])
    assert file_two is file
    assert list(frame.columns) == list(COLUMNS) and len(frame) == 4
    assert frame["vaf"].tolist()[0] == 0.25 and frame["vaf"].isna().tolist() == [False, True] * 2
    assert frame["depth"].tolist() == [9] * 4


def test_parquet_has_the_same_values_with_types(tmp_path):
    variants, file = simple("snp", "reference")
    unsupported = planted.file("t", ["snp"], [-1, 0], planted.counts([(0, None, OTHER)]))
    counted = planted.table(variants, file, unsupported)
    write(counted, tmp_path / "t.parquet", "parquet")
    write(counted, tmp_path / "t.tsv", "tsv")
    found = pd.read_parquet(tmp_path / "t.parquet")
    expected = pd.read_csv(tmp_path / "t.tsv", sep="\t", keep_default_na=False, na_values=[""])
    assert list(found.columns) == list(COLUMNS)
    for name in COLUMNS:
        own, other = found[name], expected[name]
        assert own.isna().tolist() == other.isna().tolist()
        if name in RATIOS:
            np.testing.assert_allclose(own, other, rtol=1e-5)
        else:
            assert own.dropna().tolist() == other.dropna().tolist()
    import pyarrow.parquet as pq

    types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "t.parquet")}
    assert {types[name] for name in COUNTS} == {"int64"} and types["vaf"] == "double"


@pytest.mark.parametrize("by_read_group", [False, True])
def test_reasons_are_of_samples(by_read_group):
    variants = planted.read(planted.record(5, "A", "G"))
    own = planted.counts([(0, "A", SOME)], ("A", None))
    own.reasons[:] = np.arange(32).reshape(2, 16)
    file = planted.file("" if by_read_group else "s", ["snp"], [0], own, {"g": "A"})
    counted = planted.table(variants, file, by_read_group=by_read_group)
    if by_read_group:
        assert sum(counted.reasons["A"].values()) == sum(range(16))
        assert sum(counted.reasons["(no read group)"].values()) == sum(range(16, 32))
    else:
        assert sum(counted.reasons["s"].values()) == sum(range(32))
