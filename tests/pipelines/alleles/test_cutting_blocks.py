"""Blocks: where sites are cut, and that counts do not depend on it."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.implementations.contract import Implementation
from tiltyard.pipelines.alleles.spreading import Spread
from tiltyard.pipelines.alleles.spreading.blocks import blocks

FILE = SimpleNamespace(path=Path("s.bam"))
PLAIN = Implementation(name="plain", count=None)
MEGABYTE = 1 << 20


def sites_at(positions, contig="c"):
    return [Site(contig, int(position), "A", "G", "snp", 0) for position in positions]


def with_offsets(spans):
    return Implementation(name="m", count=None, offsets=lambda _file, _sites: np.array(spans))


@st.composite
def sorted_sites(draw):
    return [
        site
        for contig in "abc"
        for site in sites_at(sorted(draw(st.lists(st.integers(0, 5_000), max_size=30))), contig)
    ]


@given(sorted_sites(), st.integers(1, 12), st.integers(1, 2_000))
def test_blocks_are_all_sites_once_and_within_their_bounds(sites, size, distance):
    cuts = blocks(FILE, sites, PLAIN, Spread(block_size=size, block_distance=distance))
    assert [i for cut in cuts for i in range(cut.first, cut.end)] == list(range(len(sites)))
    for cut in cuts:
        inside = sites[cut.first : cut.end]
        assert 1 <= len(inside) <= size
        assert len({site.contig for site in inside}) == 1
        assert inside[-1].position - inside[0].position <= distance
    for one, other in pairwise(cuts):  # none is cut before it has to be
        first, next_site = sites[one.first], sites[other.first]
        assert (
            other.first - one.first == size
            or next_site.contig != first.contig
            or next_site.position - first.position > distance
        )


@given(sorted_sites(), st.integers(1, 5))
def test_a_cut_inside_a_window_is_moved_to_its_end(sites, size):
    starts = [site.position // 1000 + 100 * ord(site.contig) for site in sites]
    spans = np.array([[1000 * s, 1000 * s + 1000] for s in starts]).reshape(-1, 2)
    cuts = blocks(FILE, sites, with_offsets(spans), Spread(block_size=size))
    for cut in cuts[1:]:
        assert starts[cut.first] != starts[cut.first - 1]
        assert not cut.again


def test_a_deep_panel_is_cut_inside_its_window():
    """400 sites in 800 bases: a read sees dozens of them."""
    sites = sites_at(range(100, 900, 2))
    deep = with_offsets([[5_000, 5_000 + 40 * MEGABYTE]] * len(sites))
    cuts = blocks(FILE, sites, deep, Spread(block_size=100))
    assert [cut.first for cut in cuts] == [0, 100, 200, 300]
    assert [cut.again for cut in cuts] == [False, True, True, True]


def test_few_sites_or_few_bytes_are_not_worth_reading_again():
    sparse = sites_at(range(100, 16_000, 400))
    large = with_offsets([[5_000, 5_000 + 40 * MEGABYTE]] * len(sparse))
    assert len(blocks(FILE, sparse, large, Spread(block_size=10))) == 1
    dense = sites_at(range(100, 900, 2))
    small = with_offsets([[5_000, 6_000]] * len(dense))
    assert len(blocks(FILE, dense, small, Spread(block_size=100))) == 1


def test_no_sites_are_no_blocks():
    assert blocks(FILE, [], with_offsets([]), Spread()) == []
