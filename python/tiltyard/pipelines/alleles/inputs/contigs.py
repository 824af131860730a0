"""Names of contigs: files differ in the letters ``chr`` and in the mitochondrion's name."""

from __future__ import annotations

from collections.abc import Container

PREFIX = "chr"
MITOCHONDRION = {"M": "MT", "MT": "M"}


def matching(contig: str, names: Container[str]) -> str | None:
    """Name of `contig` among `names`: its own, else another writing of it; None if there is none.

    Other writings have ``chr`` added or removed, and M for MT or the reverse.
    """
    return next((name for name in writings(contig) if name in names), None)


def writings(contig: str) -> list[str]:
    """`contig` and its other writings, the most alike first."""
    bare = contig.removeprefix(PREFIX)
    found = [contig, bare if bare != contig else PREFIX + contig]
    if bare in MITOCHONDRION:
        other = MITOCHONDRION[bare]
        found += [PREFIX + other, other]
    return found
