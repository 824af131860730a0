"""Counts that a test plants, without any file of alignments."""

from pathlib import Path

import numpy as np

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counted import AlleleCounts, Counted
from tiltyard.pipelines.alleles.counts import FIELDS, REASONS, Counts, Site
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.variants import vcf
from tiltyard.pipelines.alleles.variants.vcf import HEADER


def counts(rows, groups=(None,)):
    """Counts of (site, group, nine numbers)."""
    table = np.array([values for *_, values in rows], np.int64).reshape(-1, len(FIELDS))
    return Counts(
        groups=groups,
        site=np.array([site for site, *_ in rows], np.int64),
        group=np.array([groups.index(group) for _, group, _ in rows], np.int64),
        values=table,
        reasons=np.zeros((len(groups), len(REASONS)), np.int64),
    )


def read(*records, header=HEADER):
    """Variants of records of a VCF, each with the columns from CHROM on."""
    lines = ["\t".join(str(field) for field in record) for record in records]
    return vcf.parse(Path("planted.vcf"), [*header, *lines])


def record(position, ref, alt, contig="c", more=()):
    return (contig, position, f"id{position}", ref, alt, ".", "PASS", "X=1", *more)


def file(sample, sites, places, own, read_groups=()):
    """Counts of a file."""
    alignment = Alignment(
        path=Path(f"{sample}.bam"),
        index=Path(f"{sample}.bam.bai"),
        fasta=Path("r.fa"),
        sample=sample,
        cram=False,
        contigs={"c": 1000},
        letters={"c": "c"},
        read_groups=dict(read_groups),
    )
    found = [Site("c", place, "A", "G", kind, 0) for place, kind in enumerate(sites)]
    return Counted(alignment, found, np.array(places), own)


def table(variants, *files, **options):
    return AlleleCounts(variants, files, Options(**options))
