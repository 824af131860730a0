"""Every check of the inputs, before any read is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.faults import Faults, InputError, refuse
from tiltyard.pipelines.alleles.inputs.checking import (
    Choices,
    checked_rows,
    common_contigs,
    lengths_that_differ,
)
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.inputs.headers import Header, read_header
from tiltyard.pipelines.alleles.inputs.indexes import index_of, outdated
from tiltyard.pipelines.alleles.inputs.references import wrong_references
from tiltyard.pipelines.alleles.inputs.samples import sample_name, samples_of, split_specification
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.variants.variant import Variants


@dataclass(frozen=True)
class Opened:
    """Inputs that have been checked.

    Parameters
    ----------
    alignments : tuple of Alignment
        In the order in which they were given.
    variants : Variants
        Each row that no file can be counted at says so in `unsupported`.
    notes, warnings : tuple of str
        Sentences for the log.
    """

    alignments: tuple[Alignment, ...]
    variants: Variants
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _File:
    """A file of alignments whose own parts have been checked."""

    path: Path
    index: Path
    sample: str
    header: Header


def open_alignments(
    specifications: Sequence[str],
    fasta: Path,
    variants: Variants,
    options: Options,
    *,
    ref_mismatch: str = "error",
    missing_contig: str = "error",
    length_mismatch: str = "error",
) -> Opened:
    """Check files of alignments, a FASTA and variants against each other.

    Parameters
    ----------
    specifications : sequence of str
        ``FILE`` or ``NAME:FILE`` of each BAM or CRAM file.
    fasta : path
        Indexed; plain or compressed by bgzip.
    variants : Variants
        From `variants.read_variants`.
    options : Options
    ref_mismatch : str
        ``error``, or ``skip``: a variant whose REF is not the FASTA's is not counted.
    missing_contig : str
        ``error``, or ``skip``: a variant is not counted in a file that lacks its contig.
    length_mismatch : str
        ``error``, or ``warn``: contigs may have other lengths in header and FASTA.

    Raises
    ------
    InputError
        Something cannot be used; all faults of a kind are counted, and the first ones named.
    """
    choices = Choices(ref_mismatch, missing_contig, length_mismatch)
    files = _files(specifications, options)
    _refuse_samples_twice(files, options)
    with Fasta(fasta) as letters:
        wanted = list(dict.fromkeys(row.contig for row in variants.rows if not row.unsupported))
        headers = [(file.path, file.header.contigs) for file in files]
        contigs = common_contigs(variants.path, wanted, headers, letters, choices)
        warnings = [*contigs.warnings]
        warnings += lengths_that_differ(headers, contigs.of_files, letters, choices)
        rows, more = checked_rows(variants, contigs, headers, letters, choices)
        _refuse_wrong_references(files, contigs.of_files, letters)
    warnings += more
    warnings += filter(None, (outdated(file.path, file.index) for file in files))
    alignments = tuple(
        Alignment(
            path=file.path,
            index=file.index,
            fasta=fasta,
            sample=file.sample,
            cram=file.header.cram,
            contigs=dict(file.header.contigs),
            letters=names,
            read_groups=samples_of(file.header.read_groups),
        )
        for file, names in zip(files, contigs.of_files, strict=True)
    )
    return Opened(alignments, replace(variants, rows=rows), tuple(contigs.notes), tuple(warnings))


def _files(specifications: Sequence[str], options: Options) -> list[_File]:
    """Files of alignments with their headers and indexes; all that are faulty are named."""
    faults = Faults("File of alignments that cannot be used")
    files = []
    for text in specifications:
        try:
            files.append(_file(text, options))
        except InputError as error:
            faults.add(str(error))
    refuse(faults)
    if not files:
        raise InputError("no file of alignments is given; name BAM or CRAM files")
    return files


def _file(text: str, options: Options) -> _File:
    given, path = split_specification(text)
    header = read_header(path)
    if options.by_read_group and given:
        raise InputError(
            f"{text}: with --by-read-group the header names the samples; leave out {given}:"
        )
    if options.by_read_group and not header.read_groups:
        raise InputError(
            f"{path} has no read groups (@RG); count it without --by-read-group, or add them: "
            "samtools addreplacerg"
        )
    sample = "" if options.by_read_group else sample_name(given, path, header.read_groups)
    longest = max(header.contigs.values(), default=0)
    index = index_of(path, cram=header.cram, contigs=len(header.contigs), longest=longest)
    return _File(path, index, sample, header)


def _refuse_samples_twice(files: Iterable[_File], options: Options) -> None:
    """Raise `InputError` if two files have the same sample, or one file is given twice."""
    places: dict[str, list[str]] = {}
    for file in files:
        names = {file.sample}
        if options.by_read_group:
            names = set(samples_of(file.header.read_groups).values())
        for name in sorted(names):
            places.setdefault(name, []).append(str(file.path))
    faults = Faults("Sample of several files", "name the files' samples: NAME:FILE")
    if options.by_read_group:
        faults.remedy = "merge the files, or count them in runs of their own"
    for name, paths in places.items():
        if len(paths) > 1:
            faults.add(f"{name}: {', '.join(paths)}")
    refuse(faults)


def _refuse_wrong_references(
    files: Iterable[_File], contigs: Iterable[dict[str, str]], fasta: Fasta
) -> None:
    """Raise `InputError` if a CRAM file was written against other letters."""
    faults = Faults(
        "Reference of a CRAM file that is missing or another one",
        "give the FASTA file that the CRAM was written against",
    )
    for file, names in zip(files, contigs, strict=True):
        if file.header.cram:
            for fault in wrong_references(file.path, names, file.header, fasta):
                faults.add(fault)
    refuse(faults)
