"""What each read shows of each variant, from what was drawn: no CIGAR is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.counts import FIELDS
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.simulating.haplotype import Haplotype, Numbers
from tiltyard.pipelines.alleles.simulating.planting import Codes, Planted
from tiltyard.pipelines.alleles.simulating.reads import REVERSE, Chunk

NEITHER, REF, ALT = 0, 1, 2
#: The better of two reads of a fragment that contradict each other has to be better by more.
BETTER = 10


@dataclass(frozen=True)
class Shown:
    """What reads show, a row for each pair of read and variant.

    Parameters
    ----------
    variant, pair : (rows,)
    forward : (rows,)
    allele : (rows,)
        `NEITHER`, `REF` or `ALT`.
    quality : (rows,)
    """

    variant: Numbers
    pair: Numbers
    forward: NDArray[np.bool_]
    allele: Numbers
    quality: Numbers


def look(chunk: Chunk, planted: Planted, haplotype: Haplotype) -> Shown:
    """What the reads of `chunk` that count with the default options show."""
    options, placed = Options(), chunk.placed
    counted = (placed.mapq >= options.min_mapq) & (placed.flag & options.dropped_flags == 0)
    low = np.searchsorted(planted.position, placed.start)
    high = np.where(counted, np.searchsorted(planted.position, placed.end), low)
    high = np.maximum(high, low)
    read = np.repeat(np.arange(len(placed)), high - low)
    variant = np.arange(len(read)) - np.repeat(
        np.cumsum(high - low) - (high - low) - low, high - low
    )
    scene = _Scene(chunk, planted, haplotype, read, variant)
    allele = np.zeros(len(read), np.int64)
    quality = np.zeros(len(read), np.int64)
    indel = np.isin(planted.kind[variant], ("insertion", "deletion"))
    for chosen, judge in ((~indel, _substituted), (indel, _inserted_or_deleted)):
        rows = np.flatnonzero(chosen)
        allele[rows], quality[rows] = judge(scene.at(rows), options.min_base_quality)
    forward = placed.flag[read] & REVERSE == 0
    return Shown(variant, placed.pair[read], forward, allele, quality)


@dataclass(frozen=True)
class _Scene:
    """Reads and the variants under them, a row for each pair of the two."""

    chunk: Chunk
    planted: Planted
    haplotype: Haplotype
    read: Numbers
    variant: Numbers

    def at(self, rows: Numbers) -> _Scene:
        read, variant = self.read[rows], self.variant[rows]
        return _Scene(self.chunk, self.planted, self.haplotype, read, variant)

    def of_read(self, name: str) -> Any:
        return getattr(self.chunk.placed, name)[self.read]

    def of_variant(self, name: str) -> Any:
        return getattr(self.planted, name)[self.variant]

    @property
    def column(self) -> Numbers:
        """Place of the variant's first base in the read."""
        on_haplotype = self.haplotype.position[self.variant]
        place = np.where(self.of_read("carrier"), on_haplotype, self.of_variant("position"))
        return place - self.of_read("begin")

    def window(self, of: Codes, begin: Numbers, width: int) -> Codes:
        """`width` values of each row's read from `begin` on; what is behind its end is the last."""
        columns = np.minimum(begin[:, None] + np.arange(width), of.shape[1] - 1)
        return of[self.read[:, None], columns]


def _substituted(scene: _Scene, least: int) -> tuple[Numbers, Numbers]:
    """Alleles by their bases: SNPs, MNPs and complex variants."""
    start, end = scene.of_read("start"), scene.of_read("end")
    position, span = scene.of_variant("position"), scene.of_variant("ref_length")
    flanked = np.where(
        scene.of_variant("kind") == "complex",
        (start < position) & (end > position + span),
        end >= position + span,
    )
    # Who carries a complex variant and is aligned behind it has all of ALT in its place.
    same_length = span == scene.of_variant("alt_length")
    allele = np.zeros(len(span), np.int64)
    quality = np.zeros(len(span), np.int64)
    for number, name in ((REF, "ref"), (ALT, "alt")):
        possible = flanked & (same_length | (scene.of_read("carrier") == (number == ALT)))
        same, lowest = _match(scene, scene.of_variant(name), scene.of_variant(f"{name}_length"))
        shown = possible & same & (lowest >= least)
        allele[shown], quality[shown] = number, lowest[shown]
    return allele, quality


def _match(scene: _Scene, codes: Codes, length: Numbers) -> tuple[NDArray[np.bool_], Numbers]:
    """Whether the read has these bases at the variant, and their lowest quality."""
    width = codes.shape[1]
    beyond = np.arange(width) >= length[:, None]
    bases = scene.window(scene.chunk.bases, scene.column, width)
    qualities = scene.window(scene.chunk.qualities, scene.column, width)
    same = ((bases == codes) | beyond).all(axis=1)
    return same, np.where(beyond, 255, qualities).min(axis=1).astype(np.int64)


def _inserted_or_deleted(scene: _Scene, least: int) -> tuple[Numbers, Numbers]:
    """Alleles of insertions and deletions, after the shift to the left; no quality counts."""
    behind = scene.of_variant("position") + 1 + scene.of_variant("room")
    through = scene.of_read("end") > behind
    carrier = scene.of_read("carrier") & through
    ref = through & ~carrier
    alt = carrier & (scene.of_variant("kind") == "deletion")  # whatever bases the read has
    rows = np.flatnonzero(carrier & ~alt)
    inserted = scene.at(rows)
    alt[rows], ref[rows] = _after_shift(inserted)
    allele = np.where(ref, REF, np.where(alt, ALT, NEITHER)).astype(np.int64)
    return allele, np.zeros_like(allele)


def _after_shift(scene: _Scene) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether reads with an insertion show ALT, and REF, for errors stop the shift or prolong it.

    The shift goes on while the base before the insertion and its last base are both as the contig
    has them. With no error from the anchor to the insertion's end it ends at the variant. An
    insertion whose last base was read as the anchor shifts away: the read has REF there.
    """
    size = scene.of_variant("alt_length") - 1
    spot = (scene.of_read("spot") * (scene.of_variant("room") + 1)).astype(np.int64)
    width = int((size + spot).max(initial=0)) + 1
    bases = scene.window(scene.chunk.bases, scene.column, width)
    places = scene.haplotype.position[scene.variant][:, None] + np.arange(width)
    drawn = scene.haplotype.sequence
    wrong = bases != drawn[np.minimum(places, len(drawn) - 1)]
    column = np.arange(width) - 1  # 0 for the first inserted base of the shifted insertion
    size, spot = size[:, None], spot[:, None]
    in_shift = ((column >= 0) & (column < spot)) | ((column >= size) & (column < size + spot))
    halted = (wrong & in_shift).any(axis=1)
    spoilt = (wrong & (column >= 0) & (column < size)).any(axis=1)
    anchor = scene.of_variant("ref")[:, 0]
    last = np.take_along_axis(bases, size, axis=1)[:, 0]
    away = (bases[:, 0] == anchor) & (last == anchor)
    return ~halted & ~spoilt, ~halted & away


def count(shown: Shown, planted: Planted) -> Numbers:
    """Counts of each variant in the order of `FIELDS`."""
    variants = len(planted.position)
    values = np.zeros((variants, len(FIELDS)), np.int64)
    ref, alt = shown.allele == REF, shown.allele == ALT
    for column, chosen in enumerate((ref | True, ref, alt)):
        values[:, 2 * column] = np.bincount(shown.variant[chosen], minlength=variants)
        chosen = chosen & shown.forward
        values[:, 2 * column + 1] = np.bincount(shown.variant[chosen], minlength=variants)
    values[:, 6:] = _fragments(shown, planted)
    return values


def _fragments(shown: Shown, planted: Planted) -> Numbers:
    """Fragments that cover, show REF, show ALT."""
    variants = len(planted.position)
    result = np.zeros((variants, 3), np.int64)
    if not len(shown.variant):
        return result
    order = np.lexsort((shown.pair, shown.variant))
    variant, pair = shown.variant[order], shown.pair[order]
    allele, quality = shown.allele[order], shown.quality[order]
    new = np.append(True, (np.diff(variant) != 0) | (np.diff(pair) != 0))
    begin = np.flatnonzero(new)
    best = [
        np.maximum.reduceat(np.where(allele == number, quality, -1), begin) for number in (REF, ALT)
    ]
    variant = variant[begin]
    indel = np.isin(planted.kind[variant], ("insertion", "deletion"))
    better = [best[0] > best[1] + BETTER, best[1] > best[0] + BETTER]
    has = [one >= 0 for one in best]
    ref = has[0] & (~has[1] | (~indel & better[0]))
    alt = has[1] & (~has[0] | indel | better[1])
    for column, chosen in enumerate((ref | True, ref, alt)):
        result[:, column] = np.bincount(variant[chosen], minlength=variants)
    return result


def joined(parts: Sequence[Shown]) -> Shown:
    """What several chunks show, in one."""
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Shown))
    return Shown(*(np.concatenate(column) if column else np.zeros(0, int) for column in columns))
