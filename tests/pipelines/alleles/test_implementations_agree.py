"""Every implementation gives the reference's counts of alignments with everything in them."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from counting import assert_same, make
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_alignments import PROFILE, odd

from tiltyard.pipelines.alleles.implementations import implementations
from tiltyard.pipelines.alleles.options import KEEPABLE, Options

OPTIONS = (
    Options(),
    Options(exact_cigar=True),
    Options(left_align=False),
    Options(min_mapq=0, min_base_quality=0, keep=frozenset(KEEPABLE)),
    Options(drop_improper_pairs=True, keep=frozenset({"duplicate"})),
    Options(drop_indel_reads=True, fragment_tag="UB"),
    Options(by="CB"),
    Options(by="CB", fragment_tag="UB"),
    Options(by_read_group=True),
)


@contextmanager
def folder():
    path = Path(tempfile.mkdtemp())
    try:
        yield path
    finally:
        shutil.rmtree(path)


@pytest.mark.skipif(len(implementations()) < 2, reason="there is only the reference")
@given(odd(), st.sampled_from(OPTIONS))
@settings(max_examples=120, **PROFILE)
def test_all_agree_with_the_reference(made, options):
    groups = (("a", "A"), ("b", "B")) if options.by_read_group else (("a", "A"), ("b", "A"))
    with folder() as path:
        files = make(path, {"c": made.letters}, made.reads, made.variants, groups)
        expected, *others = (files.table(each, options) for each in implementations())
        for other in others:
            assert_same(other, expected)
