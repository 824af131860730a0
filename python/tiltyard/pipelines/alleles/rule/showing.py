"""What a read shows at a site: REF, ALT, or why neither."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.rule.laying import Laid
from tiltyard.pipelines.alleles.variants.normalising import INDELS


class Shown(NamedTuple):
    """What a read shows.

    `allele` is ``ref``, ``alt`` or "". `bases` are those that were compared; of an indel the base
    before it and what follows there, written as in a pileup: ``A``, ``A+TG``, ``A-2``. `quality`
    is the lowest of the compared bases; None where none is asked for.
    """

    allele: str
    bases: str
    quality: int | None


NEITHER = Shown("", "", None)


class Window(NamedTuple):
    """Positions that a site's test looks at, both ends inside: a read that lacks some is short."""

    first: int
    last: int


def window(site: Site, contig_length: int) -> Window:
    """REF's span; of an indel up to where the alleles differ; of a complex one, a base around."""
    end = site.position + len(site.ref)
    if site.kind in INDELS:
        return Window(site.position, site.position + 1 + site.room)
    if site.kind == "complex":
        return Window(max(0, site.position - 1), min(end, contig_length - 1))
    return Window(site.position, end - 1)


def show(site: Site, laid: Laid, bases: str, qualities: Iterable[int], tested: Window) -> Shown:
    """What a read shows at `site`, over which it is laid (`laid` reaches over all of the test).

    Parameters
    ----------
    site : Site
    laid : Laid
    bases : str
        The read's.
    qualities : sequence of int
        Of each base.
    tested : Window
        From `window`.
    """
    if site.kind in INDELS:
        return _indel(site, laid, bases, tested)
    found = _joined(site, laid, tested) if site.kind == "complex" else _aligned(site, laid)
    if not found:
        return NEITHER
    quality = list(qualities)
    text = "".join(bases[index] for index in found)
    allele = {site.ref: "ref", site.alt: "alt"}.get(text, "")
    return Shown(allele, text, min(quality[index] for index in found))


def _aligned(site: Site, laid: Laid) -> list[int]:
    """Indices of the bases at all of REF's positions; none if one lacks, or an I stands between."""
    end = site.position + len(site.ref)
    positions = range(site.position, end)
    if not laid.has_bases(positions) or laid.inserted_between(site.position + 1, end):
        return []
    return [laid.base[position] for position in positions]


def _joined(site: Site, laid: Laid, tested: Window) -> list[int]:
    """Indices of the bases of M and I from just before REF's span to just before its end.

    There has to be a base on either side of the span, where the contig has one, and no N in it.
    """
    end = site.position + len(site.ref)
    outside = [at for at in (tested.first, tested.last) if not site.position <= at < end]
    if not all(at in laid.base for at in outside) or laid.skipped_between(site.position, end):
        return []
    found: list[int] = []
    for position in range(site.position, end + 1):
        found += laid.inserted.get(position, ())
        if position < end and position in laid.base:
            found.append(laid.base[position])
    return found


def _indel(site: Site, laid: Laid, bases: str, tested: Window) -> Shown:
    """An indel begins behind the site's position, which has a base; no quality is asked for."""
    if site.position not in laid.base:
        return NEITHER
    anchor = bases[laid.base[site.position]]
    after = site.position + 1
    inserted = "".join(bases[index] for index in laid.inserted.get(after, ()))
    gap = laid.gap_at(after)
    text = anchor + (f"+{inserted}" if inserted else "")
    if gap is not None and gap.deleted:
        text += f"-{gap.end - gap.start}"
    if _is_alt(site, laid, inserted):
        return Shown("alt", text, None)
    return Shown("ref" if _is_ref(site, laid, tested) else "", text, None)


def _is_alt(site: Site, laid: Laid, inserted: str) -> bool:
    """Whether exactly ALT's bases, or as many as it lacks, follow the anchor, and then a base."""
    after = site.position + 1
    if site.kind == "insertion":
        return inserted == site.alt[1:] and after in laid.base
    gap = laid.gap_at(after)
    if gap is None or not gap.deleted or inserted:
        return False
    exact = gap.end == site.position + len(site.ref)
    return exact and gap.end in laid.base and gap.end not in laid.inserted


def _is_ref(site: Site, laid: Laid, tested: Window) -> bool:
    """Whether the read goes on, without I, D or N, to where both alleles differ.

    A deletion's own letters have none of these either, but the read may end in them.
    """
    after, end = site.position + 1, site.position + len(site.ref)
    goes_on = laid.has_bases(range(tested.first, tested.last + 1))
    if not goes_on or laid.inserted_between(after, tested.last + 1):
        return False
    return not (laid.inserted_between(after + 1, end) or laid.gap_between(after, end))
