"""MAF: rows of the Mutation Annotation Format in the form of a VCF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tiltyard.engine.wording import count
from tiltyard.pipelines.alleles.faults import Faults, refuse
from tiltyard.pipelines.alleles.inputs.contigs import matching
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.variants.variant import (
    NO_ALT,
    Variant,
    Variants,
    unsupported_letters,
)

#: Columns that a file must have.
NEEDED = ("Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2")
#: Column of the allele that is taken where the second one is REF.
FIRST_ALLELE = "Tumor_Seq_Allele1"
#: Allele without a base.
NOTHING = "-"
#: Base before a deletion where there is no FASTA to tell it.
UNKNOWN = "N"


def columns_line(lines: Sequence[str]) -> int | None:
    """Index of the line of column names, the first that is no comment; None if this is no MAF."""
    for number, line in enumerate(lines):
        if not line.startswith("#"):
            return number if set(NEEDED) <= set(line.split("\t")) else None
    return None


def parse(path: Path, lines: Sequence[str], number: int, fasta: Fasta) -> Variants:
    """Variants of the lines of a MAF file, whose column names are in line `number` (from 0).

    Raises
    ------
    InputError
        A record has not as many columns as there are names, or lacks a position or an allele.
    """
    names = lines[number].split("\t")
    place = {name: names.index(name) for name in (*NEEDED, FIRST_ALLELE) if name in names}
    records = lines[number + 1 :]
    rows: list[Variant] = []
    short = Faults(f"Record without the {len(names)} columns that line {number + 1} names")
    wrong = Faults("Start_Position that is no position", "positions are whole numbers from 1")
    empty = Faults("Allele without letters", f"write the bases, or {NOTHING} for none")
    for record, line in enumerate(records):
        where = f"{path}, line {number + record + 2}"
        fields = line.split("\t")
        if len(fields) != len(names):
            short.add(f"{where}: {count(len(fields), 'column')}: {line[:60]!r}")
            continue
        contig, text, ref, alt = (fields[place[name]] for name in NEEDED)
        if alt.upper() == ref.upper() and FIRST_ALLELE in place:
            alt = fields[place[FIRST_ALLELE]]
        if not (text.isascii() and text.isdigit() and int(text) > 0):
            wrong.add(f"{where}: Start_Position is {text!r}")
        elif not (contig and ref and alt):
            empty.add(f"{where}: Reference_Allele is {ref!r}, the tumour's allele {alt!r}")
        else:
            rows.append(_variant(contig, int(text), ref.upper(), alt.upper(), record, fasta))
    refuse(short, wrong, empty)
    return Variants(path, "maf", lines[: number + 1], records, rows)


def _variant(contig: str, start: int, ref: str, alt: str, record: int, fasta: Fasta) -> Variant:
    """A row in the form of a VCF, which gives an insertion or a deletion the base before it."""
    if ref == alt:
        return Variant(contig, start, ref, alt, record, unsupported_letters("", ""))
    bases = (ref if ref != NOTHING else "") + (alt if alt != NOTHING else "")
    if bases.strip("ACGT"):
        return Variant(contig, start, ref, alt, record, unsupported_letters(bases, NO_ALT))
    if ref == NOTHING:
        anchor = _base(contig, start, fasta)
        return Variant(contig, start, anchor, anchor + alt, record)
    if alt == NOTHING and start == 1:
        after = _base(contig, start + len(ref), fasta)
        return Variant(contig, start, ref + after, after, record)
    if alt == NOTHING:
        anchor = _base(contig, start - 1, fasta)
        return Variant(contig, start - 1, anchor + ref, anchor, record)
    return Variant(contig, start, ref, alt, record)


def _base(contig: str, position: int, fasta: Fasta) -> str:
    """Letter at a 1-based position; `UNKNOWN` for one that the FASTA does not have."""
    name = matching(contig, fasta.lengths)
    if name is None:
        return UNKNOWN
    return fasta.fetch(name, position - 1, position) or UNKNOWN
