"""Distinct sites in the order of the reads, and where each row's is."""

import numpy as np
from case_notation import LETTERS, reads_of
from counting import make

from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.sites import sites_of


def found(folder, variants, options=None, letters=None):
    options = options or Options()
    opened = make(folder, letters or {"c": LETTERS}, reads_of("R"), variants).opened(options)
    return sites_of(opened.variants, opened.alignments[0], options)


def test_rows_lead_to_sorted_distinct_sites(tmp_path):
    variants = [
        ("c", 16, "TC", "T"),  # at the end of its repeat TTT
        ("c", 9, "AC", "GC"),
        ("c", 9, "A", "T,G,*"),
        ("c", 13, "AT", "A"),
        ("c", 9, "A", "."),
        ("c", 9, "AC", "."),
        ("c", 14, "TT", "T"),
    ]
    sites, rows = found(tmp_path, variants)
    assert sites == [
        Site("c", 8, "A", ".", "reference", 0),
        Site("c", 8, "A", "G", "snp", 0),
        Site("c", 8, "A", "T", "snp", 0),
        Site("c", 8, "AC", ".", "reference", 0),
        Site("c", 12, "AT", "A", "deletion", 2),
        Site("c", 15, "TC", "T", "deletion", 1),
    ]
    assert rows.tolist() == [5, 1, 2, 1, -1, 4, 0, 3, 4]
    assert rows.dtype == np.int64


def test_sites_follow_the_header_not_the_alphabet(tmp_path):
    letters = {"z": LETTERS, "a": LETTERS}
    sites, rows = found(tmp_path, [("a", 9, "A", "G"), ("z", 9, "A", "G")], letters=letters)
    assert [site.contig for site in sites] == ["z", "a"]
    assert rows.tolist() == [1, 0]


def test_what_is_counted_where_given_keeps_its_place_and_its_room(tmp_path):
    variants = [("c", 14, "TT", "T"), ("c", 13, "AT", "A")]
    sites, _ = found(tmp_path, variants, Options(left_align=False))
    assert sites == [
        Site("c", 12, "AT", "A", "deletion", 2),
        Site("c", 13, "TT", "T", "deletion", 1),
    ]


def test_no_variants_no_sites(tmp_path):
    sites, rows = found(tmp_path, [])
    assert sites == []
    assert rows.shape == (0,)
