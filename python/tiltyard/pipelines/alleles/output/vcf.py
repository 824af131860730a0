"""VCF of counts: a record out for each record in, a column for each sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tiltyard.pipelines.alleles.output.columns import Column, number_columns
from tiltyard.pipelines.alleles.output.rows import UNSUPPORTED, Rows
from tiltyard.pipelines.alleles.variants.variant import Variants

#: What a sample's column has, in this order: key, how many values, type, meaning.
FORMAT = (
    ("DP", "1", "Integer", "Reads with the position, of the first ALT that was counted"),
    ("FDP", "1", "Integer", "Fragments with the position, of the first ALT that was counted"),
    ("AD", "R", "Integer", "Reads of each allele; REF's of the first ALT that was counted"),
    ("ADF", "R", "Integer", "Reads of each allele on the forward strand"),
    ("ADR", "R", "Integer", "Reads of each allele on the reverse strand"),
    ("FAD", "R", "Integer", "Fragments of each allele"),
    ("VAF", "A", "Float", "Reads of ALT / reads of ALT and REF"),
    ("FVAF", "A", "Float", "Fragments of ALT / fragments of ALT and REF"),
    ("SBP", "A", "Float", "Strand bias of ALT against REF: p of Fisher's exact test, two-sided"),
    ("SBO", "A", "Float", "Strand bias of ALT against REF: odds ratio"),
    ("DPA", "A", "Integer", "Reads with the position, as DP, of each ALT"),
    ("RDA", "A", "Integer", "Reads of REF, as in AD, of each ALT"),
)
KEYS = ":".join(key for key, *_ in FORMAT)
#: REF's and ALT's column of each key with an entry for every allele.
_ALLELES = (
    ("ref_count", "alt_count"),
    ("ref_forward", "alt_forward"),
    ("ref_reverse", "alt_reverse"),
    ("fragment_ref", "fragment_alt"),
)
#: Column of each key with an entry for every ALT.
_OF_EACH = ("vaf", "fragment_vaf", "strand_bias_p", "strand_bias_odds", "depth", "ref_count")
_MISSING = "."


class Record(NamedTuple):
    """A record of the input: its first eight columns, and its variants, a half-open range."""

    fields: str
    first: int
    last: int


def records_of(variants: Variants) -> list[Record]:
    """Records of a VCF as they are; those of a MAF with nothing but their variants."""
    first: list[int] = []
    for place, row in enumerate(variants.rows):
        if place == 0 or row.record != variants.rows[place - 1].record:
            first.append(place)
    found = []
    for start, end in zip(first, [*first[1:], len(variants.rows)], strict=True):
        row = variants.rows[start]
        if variants.format == "vcf":
            fields = "\t".join(variants.records[row.record].split("\t", 8)[:8])
        else:
            fields = "\t".join([row.contig, str(row.position), ".", row.ref, row.alt, *"..."])
        found.append(Record(fields, start, end))
    return found


def header(
    lines: Sequence[str], contigs: Iterable[tuple[str, int | None]], samples: Sequence[str]
) -> str:
    """The header.

    Parameters
    ----------
    lines : sequence of str
        The input's ``##`` lines; those of its own FORMAT go, as its samples do.
    contigs : iterable
        Names of the contigs, and their lengths where known; those that `lines` lack are added.
    samples : sequence of str
        Names of the columns.
    """
    kept = [line for line in lines if not line.startswith("##FORMAT=")]
    if not kept or not kept[0].startswith("##fileformat="):
        kept.insert(0, "##fileformat=VCFv4.3")
    stated = {_id(line) for line in kept if line.startswith("##contig=")}
    for name, length in contigs:
        if name not in stated:
            kept.append(f"##contig=<ID={name}{f',length={length}' if length else ''}>")
    kept += [
        f'##FORMAT=<ID={key},Number={number},Type={kind},Description="{meaning}">'
        for key, number, kind, meaning in FORMAT
    ]
    names = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples)
    return "\n".join([*kept, "\t".join(names)]) + "\n"


def _id(line: str) -> str:
    """Value of the key ID of a header's line, as in ``##contig=<ID=1,length=5>``."""
    for part in line.partition("<")[2].removesuffix(">").split(","):
        key, _, value = part.partition("=")
        if key == "ID":
            return value
    return ""


def lines(records: Sequence[Record], samples: Sequence[Sequence[str]]) -> str:
    """The records, a line each; `samples` has a text for each record, of each sample."""
    rows = zip(records, *samples, strict=True)
    return "".join("\t".join([one.fields, KEYS, *own]) + "\n" for one, *own in rows)


def sample_texts(rows: Rows, records: Sequence[Record]) -> Iterator[str]:
    """The text of one sample in each of `records`.

    Parameters
    ----------
    rows : Rows
        A row for each variant of the records, in their order.
    records : sequence of Record
    """
    found = number_columns(rows)
    refs = [_texts(found[ref]) for ref, _ in _ALLELES]
    alts = [_texts(found[alt]) for _, alt in _ALLELES]
    each = [_texts(found[name]) for name in _OF_EACH]
    depth, fragments = _texts(found["depth"]), _texts(found["fragment_depth"])
    start = records[0].first if records else 0
    for record in records:
        own = range(record.first - start, record.last - start)
        counted = next((row for row in own if rows.kind[row] != UNSUPPORTED), None)
        if counted is None:
            yield _MISSING
            continue
        # A record without ALT has no entry of one; an ALT that is not counted has an empty one.
        alleles = own if rows.kind[counted] != "reference" else range(0)
        texts = [depth[counted], fragments[counted]]
        for ref, alt in zip(refs, alts, strict=True):
            texts.append(",".join([ref[counted], *(alt[row] for row in alleles)]))
        texts += [",".join(values[row] for row in alleles) or _MISSING for values in each]
        yield ":".join(texts)


def _texts(column: Column) -> list[str]:
    return [text or _MISSING for text in column.texts()]
