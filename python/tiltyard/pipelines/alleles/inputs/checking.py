"""Variants, headers and FASTA held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tiltyard.engine.wording import count
from tiltyard.pipelines.alleles.faults import SHOWN, Faults, InputError, refuse
from tiltyard.pipelines.alleles.inputs.contigs import matching
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.variants.variant import Variant, Variants, shortened

#: Why a row is not counted, besides what its alleles say.
MISSING_CONTIG = "contig missing"
REF_MISMATCH = "REF other than the FASTA's"
OUTSIDE = "behind the contig's end"
#: Contigs of a header, by the file that has it.
Headers = Sequence[tuple[Path, Mapping[str, int]]]


@dataclass(frozen=True)
class Choices:
    """What to do about variants that cannot be counted: see `opening.open_alignments`."""

    ref_mismatch: str
    missing_contig: str
    length_mismatch: str

    def __post_init__(self) -> None:
        for name, allowed in (
            ("ref_mismatch", ("error", "skip")),
            ("missing_contig", ("error", "skip")),
            ("length_mismatch", ("error", "warn")),
        ):
            if getattr(self, name) not in allowed:
                raise InputError(f"{name} is {getattr(self, name)!r}, not {' or '.join(allowed)}")


@dataclass
class Contigs:
    """Where the contigs of the variants are.

    Parameters
    ----------
    in_fasta : dict
        Contig of the variants -> contig of the FASTA; those that it has.
    of_files : list of dict
        For each file, contig of its header -> contig of the FASTA.
    notes, warnings : list of str
    """

    in_fasta: dict[str, str] = field(default_factory=dict)
    of_files: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def common_contigs(
    source: Path, wanted: Sequence[str], headers: Headers, fasta: Fasta, choices: Choices
) -> Contigs:
    """Find the contigs `wanted` by the variants of `source` in FASTA and headers.

    Raises
    ------
    InputError
        A file lacks one, and `choices` says that this is an error.
    """
    found = Contigs()
    absent: list[str] = []
    renamed: list[str] = []

    def named(contig: str, names: Mapping[str, int], place: Path) -> str | None:
        name = matching(contig, names)
        if name is None:
            absent.append(f"{contig} is not in {place}, which has {_some(names)}")
        elif name != contig:
            renamed.append(f"{contig} is {name} in {place.name}")
        return name

    for contig in wanted:
        name = named(contig, fasta.lengths, fasta.path)
        if name is not None:
            found.in_fasta[contig] = name
    for path, names in headers:
        pairs = [(named(contig, names, path), found.in_fasta.get(contig)) for contig in wanted]
        found.of_files.append({name: letters for name, letters in pairs if name and letters})
    if renamed:
        more = f", and {count(len(renamed) - 1, 'more name')}" if len(renamed) > 1 else ""
        found.notes.append(f"Contigs are taken for each other: {renamed[0]}{more}")
    if absent and choices.missing_contig == "error":
        faults = Faults(
            f"Contig of {source} that a file lacks",
            "take files of one genome; count --missing-contig skip leaves these variants out",
        )
        for fault in absent:
            faults.add(fault)
        refuse(faults)
    found.warnings += [
        f"Variants are not counted there: contig {fault}" for fault in absent[:SHOWN]
    ]
    if len(absent) > SHOWN:
        found.warnings.append(f"{len(absent) - SHOWN:,} more contigs are missing likewise")
    return found


def _some(names: Mapping[str, int]) -> str:
    shown = ", ".join(list(names)[:3]) or "none"
    return shown + (f" and {count(len(names) - 3, 'other')}" if len(names) > 3 else "")


def lengths_that_differ(
    headers: Headers, contigs: Sequence[Mapping[str, str]], fasta: Fasta, choices: Choices
) -> list[str]:
    """Warnings about contigs that are not as long in a header as in the FASTA.

    Raises
    ------
    InputError
        There are some, and `choices` says that this is an error.
    """
    faults = Faults(
        f"Contig of another length than in {fasta.path}",
        "take the FASTA file that the reads were aligned to, or go on with --length-mismatch warn",
    )
    for (path, lengths), names in zip(headers, contigs, strict=True):
        for name, letters in names.items():
            if lengths[name] != fasta.lengths[letters]:
                faults.add(f"{path}: {name} has {lengths[name]:,}, not {fasta.lengths[letters]:,}")
    if choices.length_mismatch == "error":
        refuse(faults)
    faults.remedy = ""
    return [str(faults)] if faults else []


def checked_rows(
    variants: Variants, contigs: Contigs, fasta: Fasta, choices: Choices
) -> tuple[list[Variant], list[str]]:
    """Rows with the reason why they are not counted filled in, and warnings, one a reason.

    Raises
    ------
    InputError
        A variant lies behind its contig's end, or has another REF than the FASTA, and `choices`
        says that this is an error.
    """
    remedy = "take the genome of these variants; count --ref-mismatch skip leaves them out"
    outside = Faults(f"Variant behind its contig's end in {fasta.path}", remedy)
    mismatch = Faults(f"REF that is not what {fasta.path} has", remedy)
    rows = []
    for row in variants.rows:
        reason = row.unsupported
        if not reason:
            name = contigs.in_fasta.get(row.contig)
            start, end = row.position - 1, row.position - 1 + len(row.ref)
            if name is None:
                reason = MISSING_CONTIG
            elif end > fasta.lengths[name]:
                reason = OUTSIDE
                outside.add(f"{variants.place(row)}: the contig ends at {fasta.lengths[name]:,}")
            elif (letters := fasta.fetch(name, start, end)) != row.ref and not _fits(
                row.ref, letters
            ):
                reason = REF_MISMATCH
                mismatch.add(f"{variants.place(row)}: the FASTA has {shortened(letters)}")
        rows.append(row._replace(unsupported=reason) if reason else row)
    if choices.ref_mismatch == "error":
        refuse(outside, mismatch)
    reasons = Counter(row.unsupported for row in rows if row.unsupported)
    return rows, [
        f"{count(number, 'variant')} of {variants.path} cannot be counted: {reason}"
        for reason, number in sorted(reasons.items())
    ]


def _fits(ref: str, letters: str) -> bool:
    """Whether each letter of the FASTA is REF's, or stands for more than one base."""
    return all(
        base == letter or letter not in "ACGT" for base, letter in zip(ref, letters, strict=True)
    )
