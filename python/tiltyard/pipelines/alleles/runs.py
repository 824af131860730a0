"""Runs of sorted sites that are counted together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tiltyard.pipelines.alleles.counts import Site


def by_contig(sites: Sequence[Site]) -> Iterator[tuple[int, int]]:
    """Yield the first site of each contig, and the one behind its last."""
    if sites and sites[0].contig == sites[-1].contig:
        yield 0, len(sites)
        return
    first = 0
    for _, run in groupby(sites, key=lambda site: site.contig):
        end = first + sum(1 for _ in run)
        yield first, end
        first = end
