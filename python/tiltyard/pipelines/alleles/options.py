"""Which reads count, and how: all that decides counts besides the files."""

from __future__ import annotations

from dataclasses import dataclass

#: Bit of a read's flag -> reason for which such a read is dropped, the first that holds.
DROPPED = {
    0x4: "unmapped",
    0x100: "secondary",
    0x200: "qc_fail",
    0x400: "duplicate",
    0x800: "supplementary",
}
#: Reasons of which reads may be kept on request.
KEEPABLE = ("secondary", "qc_fail", "duplicate", "supplementary")


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of counting.

    Parameters
    ----------
    min_mapq : int
        Reads of lower mapping quality are dropped, 0 to 255.
    min_base_quality : int
        Least quality with which a read shows an allele, 0 to 255.
    keep : frozenset of str
        Reads that count although they are one of `KEEPABLE`.
    drop_improper_pairs : bool
        Drop paired reads (0x1) that are not marked as properly paired (0x2).
    drop_indel_reads : bool
        Drop reads with an insertion or a deletion.
    left_align : bool
        Shift insertions and deletions of variants to the left in their repeat.
    exact_cigar : bool
        Take the reads' insertions and deletions where their CIGAR has them; True without
        `left_align`.
    fragment_tag : str
        Tag that groups reads into fragments; "" for the read's name.
    by : str
        Tag for whose values there is a row each; "" for none.
    by_read_group : bool
        A row for each sample of the header, by the reads' read group.
    """

    min_mapq: int = 20
    min_base_quality: int = 20
    keep: frozenset[str] = frozenset()
    drop_improper_pairs: bool = False
    drop_indel_reads: bool = False
    left_align: bool = True
    exact_cigar: bool = False
    fragment_tag: str = ""
    by: str = ""
    by_read_group: bool = False

    @property
    def shifts_reads(self) -> bool:
        """Whether the reads' insertions and deletions are shifted to the left."""
        return self.left_align and not self.exact_cigar

    @property
    def dropped_flags(self) -> int:
        """Bits of the flag for which a read is dropped."""
        return sum(bit for bit, reason in DROPPED.items() if reason not in self.keep)
