"""Counts of reads and fragments that show the alleles of known variants, in BAM and CRAM files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tiltyard.pipelines.alleles.options import Options

if TYPE_CHECKING:
    from tiltyard.pipelines.alleles.counted import AlleleCounts

__all__ = ["Options", "count"]


def count(
    variants: str | PathLike[str],
    fasta: str | PathLike[str],
    alignments: Sequence[str | PathLike[str]],
    options: Options | None = None,
    *,
    ref_mismatch: Literal["error", "skip"] = "error",
    missing_contig: Literal["error", "skip"] = "error",
    length_mismatch: Literal["error", "warn"] = "error",
    threads: int | None = 1,
    backend: str = "auto",
    implementation: str = "auto",
    level: str = "auto",
    block_size: int = 2000,
    block_distance: int = 100_000,
    parts: str | PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AlleleCounts:
    """Count the reads and fragments that show REF and ALT of each variant, in each sample.

    Parameters
    ----------
    variants : path
        VCF or MAF, plain or compressed.
    fasta : path
        The reference, with its ``.fai``.
    alignments : sequence of str or path
        BAM or CRAM files with their indexes; text may be ``NAME:FILE``, with the sample's name.
    options : Options or None
        Which reads count, and how; None for the command's own.
    ref_mismatch, missing_contig : str
        ``error``, or ``skip``: such variants are not counted.
    length_mismatch : str
        ``error``, or ``warn``: contigs may have other lengths in header and FASTA.
    threads : int or None
        Workers; None for as many as this process has cores.
    backend : str
        ``auto``, ``serial``, ``threads``, ``processes`` or ``multiprocessing``.
    implementation : str
        ``auto``, ``mapped``, ``arrays`` or ``reference``: all give the same counts.
    level : str
        ``auto``, ``file``, ``block`` or ``both``: what a worker takes.
    block_size, block_distance : int
        Most variants of a block, and most bases from its first.
    parts : path or None
        Folder in which finished files are kept, for another call with the same inputs.
    progress : callable or None
        Told the work that is done, and the whole of it.

    Returns
    -------
    AlleleCounts
        Its ``tables`` has a table for each sample, its ``reasons`` say how the reads were counted,
        and its ``write`` writes the file that the command writes, byte for byte.

    Raises
    ------
    InputError
        Before a read is counted, if an input cannot be used; a `ValueError` whose message names
        file, place, value and remedy. While reads are counted, if a file is damaged.
    """
    from tiltyard.pipelines.alleles.asked import Asked
    from tiltyard.pipelines.alleles.run import Inputs, check, count_all

    inputs = Inputs(
        variants=Path(variants),
        fasta=Path(fasta),
        alignments=[str(one) for one in alignments],
        options=options or Options(),
        ref_mismatch=ref_mismatch,
        missing_contig=missing_contig,
        length_mismatch=length_mismatch,
    )
    asked = Asked(
        workers=threads,
        backend=backend,
        implementation=implementation,
        level=level,
        block_size=block_size,
        block_distance=block_distance,
    )
    return count_all(check(inputs), asked, parts=Path(parts) if parts else None, progress=progress)
