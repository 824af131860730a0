"""What is made: how many files, of what genome, with which variants and reads."""

from __future__ import annotations

from dataclasses import dataclass

#: Where variants are: all over the genome, or in a hundredth of it.
LAYOUTS = ("sparse", "clustered")
#: Where reads have an insertion or a deletion of a repeat: at its ends, or anywhere in it.
PLACEMENTS = ("left", "right", "any")
#: Classes that can be planted.
PLANTED = ("snp", "mnp", "insertion", "deletion", "complex")
#: Half SNPs, as in most lists of variants, and a share of all else.
MIXED = ("snp", "insertion", "snp", "deletion", "snp", "mnp", "snp", "complex")
#: Share of the genome that has the variants of a clustered layout.
CLUSTER = 0.01
#: Bases for a variant that is not a SNP: it, its repeat and its neighbours' stay apart.
ROOM = 64
#: Bases without variants at each end of a contig.
MARGIN = 10
#: An aligner matches at least so many bases on each side of an insertion or a deletion; of reads
#: with fewer it clips the end.
FLANK = 5


@dataclass(frozen=True, kw_only=True)
class Design:
    """Design of made files.

    Parameters
    ----------
    files : int
        BAM files, one a sample, all of the same genome and variants.
    variants : int
    depth : float
        Mean number of reads over a base.
    read_length : int
        Bases of a read, 60 to 10,000.
    genome : int
        Bases of all contigs.
    contigs : int
    layout : str
        One of `LAYOUTS`. Variants closer than `ROOM` bases to each other are all SNPs.
    classes : tuple of str
        Classes of the variants, in turn.
    fraction : float
        Share of a sample's fragments that have the variants, 0 to 1.
    errors : float
        Share of the bases that are read wrong, 0 to 1.
    repeats : bool
        Put every insertion and deletion into a repeat of 3 to 14 bases.
    placement : str
        One of `PLACEMENTS`.

    Raises
    ------
    ValueError
        For a value outside its range, with what to change.
    """

    files: int = 1
    variants: int = 1000
    depth: float = 30
    read_length: int = 150
    genome: int = 1_000_000
    contigs: int = 2
    layout: str = "sparse"
    classes: tuple[str, ...] = MIXED
    fraction: float = 0.3
    errors: float = 0.002
    repeats: bool = False
    placement: str = "left"

    def __post_init__(self) -> None:
        _within("files", self.files, 1, 1000)
        _within("variants", self.variants, 0, 10_000_000)
        _within("depth", self.depth, 0, 1_000_000)
        _within("read_length", self.read_length, 60, 10_000)
        _within("contigs", self.contigs, 1, 1000)
        _within("genome", self.genome, 1, self.contigs * (2**29 - 1))
        _within("fraction", self.fraction, 0, 1)
        _within("errors", self.errors, 0, 1)
        _among("layout", (self.layout,), LAYOUTS)
        _among("placement", (self.placement,), PLACEMENTS)
        _among("classes", self.classes, PLANTED)
        if not self.classes:
            raise ValueError(f"classes is empty: name some of {', '.join(PLANTED)}")
        if self.contig_length < 10 * self.read_length:
            raise ValueError(
                f"genome is {self.genome} bases in {self.contigs} contigs, and a contig needs ten "
                f"reads' length: take at least {10 * self.read_length * self.contigs}"
            )
        if self.most_variants < self.variants:
            raise ValueError(
                f"variants is {self.variants}, and a {self.layout} genome of {self.genome} bases "
                f"has room for {self.most_variants}: take fewer variants or a larger genome"
            )

    @property
    def contig_length(self) -> int:
        """Bases of each contig."""
        return self.genome // self.contigs

    @property
    def region(self) -> int:
        """Bases of each contig that variants are on."""
        inner = self.contig_length - 2 * MARGIN
        return inner if self.layout == "sparse" else int(inner * CLUSTER)

    @property
    def most_variants(self) -> int:
        """Variants that there is room for, one a base."""
        return self.region * self.contigs

    @property
    def pairs(self) -> int:
        """Pairs of reads of a file."""
        return round(self.depth * self.contig_length * self.contigs / (2 * self.read_length))


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}: take {least} to {most}")


def _among(name: str, values: tuple[str, ...], known: tuple[str, ...]) -> None:
    for value in values:
        if value not in known:
            raise ValueError(f"{name} has {value!r}: take {' or '.join(known)}")
