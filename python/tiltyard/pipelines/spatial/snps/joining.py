"""SNPs that all tables have, in the order of the genome; none is left out without being counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.snps.mapping import SnpMap
from tiltyard.pipelines.spatial.snps.scores import LdScores
from tiltyard.pipelines.spatial.snps.sumstats import Sumstats
from tiltyard.pipelines.spatial.snps.tables import chromosome_number, kinds_of

_REGION = re.compile(r"(?P<chromosome>[^:]+):(?P<first>\d+)-(?P<last>\d+)")
#: SNPs below which a warning is given, and SNPs that each block of the jackknife needs.
FEW, PER_BLOCK = 200_000, 10


@dataclass(frozen=True)
class Region:
    """A part of a chromosome, both ends inside."""

    text: str
    chromosome: int
    first: int
    last: int

    def has(self, scores: LdScores) -> NDArray[np.bool_]:
        """Which SNPs are inside."""
        assert scores.chromosome is not None and scores.position is not None
        inside = (scores.position >= self.first) & (scores.position <= self.last)
        return inside & (scores.chromosome == self.chromosome)


#: The major histocompatibility complex, in which LD is unlike anywhere else.
MHC = Region("6:25000000-34000000", 6, 25_000_000, 34_000_000)


def region_of(text: str) -> Region:
    """A region such as ``6:25000000-34000000``.

    Raises
    ------
    InputError
        If it is none.
    """
    match = _REGION.fullmatch(text)
    if match is None or int(match["first"]) > int(match["last"]):
        raise InputError(f"--exclude-region {text}: write it as 6:25000000-34000000")
    number = chromosome_number(match["chromosome"])
    return Region(text, number, int(match["first"]), int(match["last"]))


@dataclass(frozen=True)
class Joined:
    """Rows of each table, of the SNPs that are used.

    Parameters
    ----------
    sumstats, baseline, weights, mapped : (n,) array
    dropped : dict
        Reason -> SNPs of the statistics that were left out.
    in_mhc : int
        Used SNPs of the major histocompatibility complex; -1 if positions are not known.
    """

    sumstats: NDArray[np.int64]
    baseline: NDArray[np.int64]
    weights: NDArray[np.int64]
    mapped: NDArray[np.int64]
    dropped: dict[str, int]
    in_mhc: int


def join(
    trait: Sumstats,
    baseline: LdScores,
    weights: LdScores,
    snps: SnpMap,
    excluded: Sequence[Region],
) -> Joined:
    """SNPs of the trait that baseline, weights and map have too, in the baseline's order.

    Raises
    ------
    InputError
        If a region is excluded and the baseline does not say where its SNPs are.
    """
    if excluded and baseline.chromosome is None:
        raise InputError(
            f"--exclude-region {excluded[0].text}: the baseline has no columns CHR and BP; give a "
            "--baseline that has"
        )
    row = {name: place for place, name in enumerate(baseline.snps)}
    places = np.array([row.get(name, -1) for name in trait.snps], np.int64)
    dropped = {"not_in_baseline": int((places < 0).sum())}
    own = np.flatnonzero(places >= 0)
    own = own[np.argsort(places[own], kind="stable")]
    rows = places[own]
    outside = np.ones(len(baseline.snps), np.bool_)
    for region in excluded:
        outside &= ~region.has(baseline)
    steps = (
        ("excluded_region", outside),
        ("not_in_weights", np.isin(baseline.snps, weights.snps)),
        ("not_in_map", np.isin(baseline.snps, snps.snps)),
    )
    for reason, there in steps:
        kept = there[rows]
        dropped[reason] = int((~kept).sum())
        own, rows = own[kept], rows[kept]
    names = [baseline.snps[one] for one in rows]
    weight_row = {name: place for place, name in enumerate(weights.snps)}
    map_row = {name: place for place, name in enumerate(snps.snps)}
    mhc = -1 if baseline.chromosome is None else int(MHC.has(baseline)[rows].sum())
    return Joined(
        own,
        rows,
        np.array([weight_row[name] for name in names], np.int64),
        np.array([map_row[name] for name in names], np.int64),
        dropped,
        mhc,
    )


def check_enough(
    used: int, blocks: int, trait: Sumstats, baseline: LdScores, weights: LdScores, snps: SnpMap
) -> None:
    """Refuse too few SNPs; the message shows how each file names them."""
    if used < PER_BLOCK * blocks:
        raise InputError(
            f"{used:,} SNPs are in all files, and {blocks} blocks need {PER_BLOCK * blocks:,}. "
            f"Their names: statistics {kinds_of(trait.snps)}; baseline {kinds_of(baseline.snps)}; "
            f"weights {kinds_of(weights.snps)}; map {kinds_of(snps.snps)}. Name them alike, or "
            "give fewer --blocks"
        )
