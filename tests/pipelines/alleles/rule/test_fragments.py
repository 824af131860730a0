"""What a fragment shows, of all pairs of best qualities."""

import pytest

from tiltyard.pipelines.alleles.rule.fragments import Fragment, counts


@pytest.mark.parametrize(
    ("reads", "of_a_base", "of_an_indel"),
    [
        ([], "", ""),
        ([("ref", 0)], "ref", "ref"),
        ([("alt", 0)], "alt", "alt"),
        ([("ref", 30), ("alt", 30)], "", "alt"),
        ([("ref", 40), ("alt", 30)], "", "alt"),
        ([("ref", 41), ("alt", 30)], "ref", "alt"),
        ([("ref", 20), ("alt", 30)], "", "alt"),
        ([("ref", 20), ("alt", 31)], "alt", "alt"),
        ([("ref", 2), ("alt", 20), ("ref", 31)], "ref", "alt"),
        ([("alt", 31), ("alt", 2), ("ref", 20)], "alt", "alt"),
    ],
)
def test_the_better_allele_wins_by_more_than_the_margin(reads, of_a_base, of_an_indel):
    fragment = Fragment()
    for allele, quality in reads:
        fragment.add(allele, quality)
    assert fragment.allele(indel=False) == of_a_base
    assert fragment.allele(indel=True) == of_an_indel
    single = (1, int(of_a_base == "ref"), int(of_a_base == "alt"))
    assert counts([fragment], indel=False) == single
