"""Files with planted variants and what is to be counted in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.counts import FIELDS
from tiltyard.pipelines.alleles.simulating import haplotype, planting, reads, records, truth
from tiltyard.pipelines.alleles.simulating.bgzf import BlockWriter
from tiltyard.pipelines.alleles.simulating.design import Design
from tiltyard.pipelines.alleles.simulating.haplotype import Haplotype
from tiltyard.pipelines.alleles.simulating.planting import LETTERS, Planted

#: Bases of a line of the FASTA file.
LINE = 60


@dataclass(frozen=True)
class Simulated:
    """Made files.

    Parameters
    ----------
    fasta, variants, truth_table : path
    alignments : mapping
        Sample -> its BAM file, with its index beside it.
    truth : mapping
        Sample -> (variants, 9) counts in the order of `counts.FIELDS`, with the default options.
    reads : int
        Of all files.
    """

    fasta: Path
    variants: Path
    truth_table: Path
    alignments: Mapping[str, Path]
    truth: Mapping[str, NDArray[np.int64]]
    reads: int


def simulate(design: Design, folder: Path, seed: int | np.random.Generator) -> Simulated:
    """Make ``genome.fa``, ``variants.vcf``, a BAM file a sample, and ``truth.tsv`` in `folder`.

    The same design and seed give the same bytes. Samples are called ``s1``, ``s2`` …; more of them
    leave the first ones as they are. A million reads take a few seconds.

    Parameters
    ----------
    design : Design
    folder : path
        It is made if need be; files in it of these names are replaced.
    seed : int or numpy.random.Generator
    """
    folder.mkdir(parents=True, exist_ok=True)
    of_genome, *of_files = np.random.default_rng(seed).spawn(1 + design.files)
    contigs = _contigs(design, of_genome)
    fasta, variants = folder / "genome.fa", folder / "variants.vcf"
    _write_fasta(fasta, contigs)
    _write_variants(variants, contigs)
    haplotypes = [haplotype.build(planted) for planted in contigs.values()]
    alignments, counts = {}, {}
    for number, rng in enumerate(of_files, 1):
        sample = f"s{number}"
        alignments[sample] = folder / f"{sample}.bam"
        counts[sample] = _write_sample(design, alignments[sample], sample, contigs, haplotypes, rng)
    table = folder / "truth.tsv"
    _write_truth(table, contigs, counts)
    return Simulated(fasta, variants, table, alignments, counts, 2 * design.pairs * design.files)


def _contigs(design: Design, rng: np.random.Generator) -> dict[str, Planted]:
    """Contigs by name; variants are shared out evenly."""
    shares = _shares(design.variants, design.contigs)
    return {
        f"c{number}": planting.plant(design, share, rng) for number, share in enumerate(shares, 1)
    }


def _shares(total: int, parts: int) -> list[int]:
    return [total * (part + 1) // parts - total * part // parts for part in range(parts)]


def _write_sample(
    design: Design,
    path: Path,
    sample: str,
    contigs: Mapping[str, Planted],
    haplotypes: Iterable[Haplotype],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    counts, first_pair = [], 0
    lengths = {name: len(planted.sequence) for name, planted in contigs.items()}
    pairs = _shares(design.pairs, design.contigs)
    with BlockWriter(path) as file:
        file.write(records.header(lengths, sample))
        for contig, (planted, carried) in enumerate(zip(contigs.values(), haplotypes, strict=True)):
            placed = reads.place(design, carried, pairs[contig], rng)
            shown = []
            for chunk in reads.read(design, planted, carried, placed, rng):
                file.write(records.encode(chunk, carried.gaps, contig, first_pair, sample))
                shown.append(truth.look(chunk, planted, carried))
            counts.append(truth.count(truth.joined(shown), planted))
            first_pair += pairs[contig]
    pysam.index(str(path))
    return np.concatenate(counts)


def _write_fasta(path: Path, contigs: Mapping[str, Planted]) -> None:
    with path.open("wb") as file:
        for name, planted in contigs.items():
            letters = LETTERS[planted.sequence].tobytes()
            lines = [letters[start : start + LINE] for start in range(0, len(letters), LINE)]
            file.write(b"\n".join([f">{name}".encode(), *lines, b""]))
    pysam.faidx(str(path))


def _write_variants(path: Path, contigs: Mapping[str, Planted]) -> None:
    with path.open("w", encoding="ascii") as file:
        file.write("##fileformat=VCFv4.2\n")
        for name, planted in contigs.items():
            file.write(f"##contig=<ID={name},length={len(planted.sequence)}>\n")
        file.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        file.writelines(f"{key}\t.\t.\t.\n" for key in _keys(contigs, "\t.\t"))


def _keys(contigs: Mapping[str, Planted], separator: str) -> Iterable[str]:
    """Contig, position, REF and ALT of each variant, in the files' order."""
    for name, planted in contigs.items():
        for index, position in enumerate(planted.position.tolist()):
            ref, alt = planted.alleles(index)
            yield f"{name}\t{position + 1}{separator}{ref}\t{alt}"


def _write_truth(
    path: Path, contigs: Mapping[str, Planted], counts: Mapping[str, NDArray[np.int64]]
) -> None:
    with path.open("w", encoding="ascii") as file:
        file.write("\t".join(["sample", "contig", "position", "ref", "alt", *FIELDS]) + "\n")
        for sample, values in counts.items():
            for key, row in zip(_keys(contigs, "\t"), values.tolist(), strict=True):
                file.write("\t".join([sample, key, *map(str, row)]) + "\n")
