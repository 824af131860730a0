"""The two published formulas of gene specificity, and the numbers that each is used with."""

from __future__ import annotations

from dataclasses import dataclass

from tiltyard.pipelines.spatial.faults import InputError

#: Neighbours of a spot.
NEIGHBOURS = 21
#: Niche similarity from which a candidate comes before all others (formula B).
NICHE = 0.6
#: Candidates on each adjacent slice.
SLICE_CANDIDATES = 200


@dataclass(frozen=True)
class Formula:
    """One of the formulas.

    Parameters
    ----------
    name : str
        ``A``, that of gsMap (Song et al., Nature 2025), or ``B``, that of its successor gsMap3D.
    candidates : int
        Spatial candidates of a spot, itself among them.
    power : float
        Exponent of the specificity inside the exponential.
    least : float
        Specificity from which a gene has a score; A excludes it, B includes it.
    min_genes, min_group : int
        Least genes of a spot and least spots of an annotation.
    """

    name: str
    candidates: int
    power: float
    min_genes: int
    min_group: int
    least: float = 1.0

    @property
    def by_similarity(self) -> bool:
        """Whether neighbours are weighted by similarity, and a niche counts."""
        return self.name == "B"

    @property
    def by_rank(self) -> bool:
        """Whether a gene is expressed above the smallest rank of its spot, not above 0 counts."""
        return self.name == "B"

    @property
    def without_mitochondria(self) -> bool:
        """Whether mitochondrial genes have no scores; they are ranked all the same."""
        return self.name == "A"


FORMULAS = {
    "A": Formula("A", candidates=101, power=1.0, min_genes=1, min_group=1),
    "B": Formula("B", candidates=301, power=1.5, min_genes=20, min_group=21),
}


def formula(name: str) -> Formula:
    """The formula `name`.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in FORMULAS:
        raise InputError(f"--formula {name}: write {' or '.join(FORMULAS)}")
    return FORMULAS[name]


def is_mitochondrial(gene: str) -> bool:
    """Whether a gene's name begins with ``MT-`` or ``mt-``."""
    return gene.startswith(("MT-", "mt-"))
