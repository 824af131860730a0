"""Blocks: where sites are cut, and that counts do not depend on it."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.implementations.contract import Implementation
from tiltyard.pipelines.alleles.spreading.blocks import JOINED_BYTES, JOINED_SITES, blocks, units
from tiltyard.pipelines.alleles.spreading.spread import Spread

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
    assert units(FILE, [], with_offsets([]), Spread()) == []


@st.composite
def windows(draw):
    """Sites, and the bytes of their windows: neighbours share one, or have the next ones."""
    sites = draw(sorted_sites())
    new = draw(st.lists(st.booleans(), min_size=len(sites), max_size=len(sites)))
    size = draw(st.sampled_from([1_000, MEGABYTE, 20 * MEGABYTE]))
    places = np.cumsum(np.array(new, np.int64)) * size
    return sites, np.stack([places, places + size], axis=1)


@given(windows(), st.integers(1, 12), st.integers(1, 3))
def test_joined_blocks_keep_their_ends(drawn, size, workers):
    sites, spans = drawn
    spread = Spread(backend="threads", workers=workers, block_size=size)
    implementation = with_offsets(spans)
    cuts, found = (cut(FILE, sites, implementation, spread) for cut in (blocks, units))
    assert {cut.first for cut in found} <= {cut.first for cut in cuts}
    assert [i for unit in found for i in range(unit.first, unit.end)] == list(range(len(sites)))
    for unit in found:
        inside = slice(unit.first, unit.end)
        assert len({site.contig for site in sites[inside]}) == 1
        own = [cut for cut in cuts if unit.first <= cut.first < unit.end]
        largest = max(bytes_read(spans, cut) for cut in own)
        assert bytes_read(spans, unit) <= max(JOINED_BYTES, largest)


def bytes_read(spans, cut):
    return sum(end - start for start, end in set(map(tuple, spans[cut.first : cut.end].tolist())))


def test_each_of_several_workers_has_units():
    """200 blocks in 100 MB: 12.5 MB of them for each of 8 units of a worker."""
    sites = sites_at(range(0, 40_000, 200))
    spans = [[i * MEGABYTE // 2, (i + 1) * MEGABYTE // 2] for i in range(len(sites))]
    for workers in (2, 4):
        spread = Spread(backend="threads", workers=workers, block_size=1)
        found = units(FILE, sites, with_offsets(spans), spread)
        assert 8 * workers <= len(found) <= 9 * workers
    whole = Spread(backend="threads", workers=2, block_size=1, level="file")
    assert len(units(FILE, sites, with_offsets(spans), whole)) == 4  # of 32 MB at most


def test_what_is_joined_and_what_is_not():
    """One worker reads a deep window once, where several share what is seen in it."""
    sites = sites_at(range(100, 900, 2))
    deep = [[5_000, 5_000 + 40 * MEGABYTE]] * len(sites)
    several = Spread(backend="threads", workers=2, block_size=100)
    assert units(FILE, sites, with_offsets(deep), several) == blocks(
        FILE, sites, with_offsets(deep), several
    )
    assert len(units(FILE, sites, with_offsets(deep), Spread(block_size=100))) == 1
    assert units(FILE, sites, PLAIN, several) == blocks(FILE, sites, PLAIN, several)
    many = sites_at(range(0, 200 * JOINED_SITES, 100))
    short = [[100 * i, 100 * i + 100] for i in range(len(many))]
    assert max(
        unit.end - unit.first for unit in units(FILE, many, with_offsets(short), Spread())
    ) in range(JOINED_SITES - 2_000, JOINED_SITES + 1)
