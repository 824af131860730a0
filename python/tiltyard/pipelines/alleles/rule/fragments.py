"""Fragments: reads of one molecule, which show one allele together or none."""

from __future__ import annotations

from collections.abc import Iterable

#: One allele's best quality has to be higher than the other's by more than this.
MARGIN = 10


class Fragment:
    """Best quality with which a fragment's reads show each allele; None where none does."""

    def __init__(self) -> None:
        self.best: dict[str, int | None] = {"ref": None, "alt": None}

    def add(self, allele: str, quality: int) -> None:
        """Take in a read that shows `allele`, ``ref`` or ``alt``."""
        best = self.best[allele]
        self.best[allele] = quality if best is None else max(best, quality)

    def allele(self, *, indel: bool) -> str:
        """What the fragment shows: ``ref``, ``alt``, or "" for none or a conflict.

        Of an `indel`, whose reads have no quality to compare, ALT wins.
        """
        ref, alt = self.best["ref"], self.best["alt"]
        if ref is None or alt is None:
            return "ref" if ref is not None else "alt" if alt is not None else ""
        if indel or alt > ref + MARGIN:
            return "alt"
        return "ref" if ref > alt + MARGIN else ""


def counts(fragments: Iterable[Fragment], *, indel: bool) -> tuple[int, int, int]:
    """Number of `fragments`, and of those that show REF and ALT."""
    shown = [fragment.allele(indel=indel) for fragment in fragments]
    return len(shown), shown.count("ref"), shown.count("alt")
