"""Reads without a place, tags of every type, and names, for every implementation."""

from dataclasses import replace

import pytest
from case_notation import LETTERS, reads_of
from checked_inputs import SNP
from counting import make

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.options import Options


def test_unmapped_reads_are_met_where_they_are_placed(tmp_path, implementation):
    reads = reads_of("9:10M f4; 8:10M f4; 10:10M f4; R f5")
    reads = (*reads, replace(reads[0], name="bare", cigar=()))
    found = make(tmp_path, {"c": LETTERS}, reads, [SNP]).table(implementation)
    assert found.all_reasons == {"unmapped": 2}


def test_mapped_reads_without_a_span_are_nowhere(tmp_path, implementation):
    reads = reads_of("9:10S; 9:4I6S +ACGT; R")
    found = make(tmp_path, {"c": LETTERS}, reads, [SNP]).table(implementation)
    assert found.all_reasons == {"ref": 1}


def test_tags_of_other_types_are_values_too(tmp_path, implementation):
    values = (("a", "X"), ("i", 7), ("n", -3), ("none", None), ("b", "x y"))
    reads = [
        replace(reads_of("R")[0], name=name, tags=(("CB", value),) if value is not None else ())
        for name, value in values
    ]
    files = make(tmp_path, {"c": LETTERS}, reads, [SNP])
    found = files.table(implementation, Options(by="CB"))
    assert found.groups(0) == ["-3", "7", "X", "x y", None]
    joined = files.table(implementation, Options(fragment_tag="CB"))
    assert joined.field("fragment_depth") == [4]
    assert joined.without_fragment == 1


def test_a_value_of_dropped_reads_has_no_row(tmp_path, implementation):
    reads = reads_of("R cX; R f4 cY; R m3 cZ; 5:3M9N5M cW")
    files = make(tmp_path, {"c": LETTERS}, reads, [SNP])
    found = files.table(implementation, Options(by="CB"))
    assert found.groups(0) == ["X"]
    assert found.all_reasons == {"ref": 1, "mapq": 1, "not_observed": 1}


def test_a_read_group_that_the_header_lacks_is_refused(tmp_path, implementation):
    reads = reads_of("R ga; R gz")
    files = make(tmp_path, {"c": LETTERS}, reads, [SNP], [("a", "A")])
    with pytest.raises(InputError, match="read group z, which the header lacks"):
        files.table(implementation, Options(by_read_group=True))
    assert files.table(implementation).field("depth") == [2]


def test_fragments_are_told_apart_by_the_whole_name(tmp_path, implementation):
    names = ("r", "r1", "R", "r/1", "r" * 254, "r" * 253 + "s")
    reads = [replace(reads_of("R")[0], name=name) for name in (*names, *names)]
    found = make(tmp_path, {"c": LETTERS}, reads, [SNP]).table(implementation)
    assert found.digits(0).endswith("660")
