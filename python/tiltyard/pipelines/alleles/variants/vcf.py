"""VCF: a row for each ALT of each record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tiltyard.engine.wording import count
from tiltyard.pipelines.alleles.faults import Faults, InputError, refuse
from tiltyard.pipelines.alleles.variants.variant import Variant, Variants, unsupported_letters

#: Names of the columns that every record has.
COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
#: Header of a file without anything to say about its records.
HEADER = ("##fileformat=VCFv4.2", "\t".join(COLUMNS))


def parse(path: Path, lines: Sequence[str]) -> Variants:
    """Variants of the lines of a VCF file.

    Raises
    ------
    InputError
        The line of column names is missing, or a record lacks columns, a position or an allele.
    """
    start = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if not start or not lines[start - 1].startswith("#CHROM\t"):
        raise InputError(
            f"{path}, line {start}: the line of column names that begins with #CHROM is missing "
            "before the records; add it, or write the file again with bcftools view"
        )
    records = lines[start:]
    rows: list[Variant] = []
    short = Faults("Record without the eight columns of a VCF", "separate columns by tabs")
    wrong = Faults("POS that is no position", "positions are whole numbers from 1")
    empty = Faults("Allele without letters", "write the bases; ALT without an allele is a point")
    for record, line in enumerate(records):
        fields = line.split("\t", 8)
        if len(fields) < len(COLUMNS):
            short.add(
                f"{path}, line {start + record + 1}: {count(len(fields), 'column')}: {line[:60]!r}"
            )
            continue
        contig, text, _, ref, alts = fields[:5]
        if not (text.isascii() and text.isdigit()):
            wrong.add(f"{path}, line {start + record + 1}: POS is {text!r}")
            continue
        position, ref = int(text), ref.upper()
        for given in alts.split(","):
            alt = given.upper() if given[:1] != "<" else given
            if not (alt and ref and contig):
                empty.add(f"{path}, line {start + record + 1}: REF is {ref!r}, ALT is {alts!r}")
                break
            reason = unsupported_letters(ref, alt)
            if position < 1 and not reason:
                wrong.add(f"{path}, line {start + record + 1}: POS is {text!r}")
                break
            rows.append(Variant(contig, position, ref, alt, record, reason))
    refuse(short, wrong, empty)
    return Variants(path, "vcf", lines[:start], records, rows)
