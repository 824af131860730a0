"""Checked inputs of a test, and what is said of those that are refused."""

from dataclasses import replace

import pytest
from case_notation import LETTERS
from made_alignments import write_fasta, write_vcf

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.opening import open_alignments
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.variants import read_variants

SNP = ("c", 9, "A", "G")
LENGTHS = {"c": len(LETTERS)}


def opened(files, *specifications, options=None, **choices):
    variants = read_variants(files.variants, files.fasta)
    names = [str(name) for name in specifications or [files.alignments]]
    return open_alignments(names, files.fasta, variants, options or Options(), **choices)


def refused(files, *specifications, **choices):
    with pytest.raises(InputError) as raised:
        opened(files, *specifications, **choices)
    return str(raised.value)


def with_variants(files, *variants):
    return replace(files, variants=write_vcf(files.variants.with_name("w.vcf"), variants))


def with_fasta(files, letters, name="other.fa"):
    return replace(files, fasta=write_fasta(files.fasta.with_name(name), letters))
