"""What other programs say of made files, in a form that tests compare."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter

import numpy as np
from counting import Files

from tiltyard.pipelines.alleles.benchmark import peers
from tiltyard.pipelines.alleles.counts import FIELDS
from tiltyard.pipelines.alleles.simulating.simulation import simulate

EIGHT = tuple(peers.NUMBERS.values())
#: What follows a base in a pileup: the begin of a read with its mapping quality, its end.
READ_ENDS = re.compile(r"\^.|\$")
FILTER = "3844"


def found_by(program):
    """Path of a program; a test that needs it fails where it is not installed."""
    path = shutil.which(program)
    assert path, f"{program} is not installed: apt-get install samtools bcftools"
    return path


def run(*command):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def numbers_of_gbcms(alignments, fasta, variants, into):
    """The eight numbers by sample and variant; what is in the folder `into` is taken."""
    if not into.exists():
        files = ("--variants", variants, "--bam", alignments, "--fasta", fasta)
        program = peers.program(peers.GBCMS)
        run(program, "dna", *files, "--output-dir", into, "--threads", "1", "--format", "maf")
    return peers.counts(into)


class Made:
    """Made files, our counts of them, and those of other programs."""

    def __init__(self, design, folder, seed, implementation):
        self.folder = folder
        self.made = simulate(design, folder, seed)
        self.bam = self.made.alignments["s1"]
        self.files = Files(self.bam, self.made.fasta, self.made.variants)
        table = self.files.table(implementation)
        self.keys = list(self._keys())
        columns = [FIELDS.index(name) for name in EIGHT]
        self.ours = np.array(list(table.values.values()))[:, columns]
        self.kinds = np.array(table.kinds)

    def _keys(self):
        for line in self.made.variants.read_text().splitlines():
            if not line.startswith("#"):
                contig, position, _, ref, alt, *_ = line.split("\t")
                yield contig, position, ref, alt

    def by_gbcms(self):
        """The eight numbers of gbcms, (variants, 8)."""
        into = self.folder / "gbcms"
        counts = numbers_of_gbcms(self.bam, self.made.fasta, self.made.variants, into)
        return np.array([counts["s1", *key] for key in self.keys])

    def by_samtools(self):
        """Depth, and bases by letter (lower case: reverse) of good quality, of each variant."""
        depths = self._pileup(0)
        good = self._pileup(20)
        return [(depths[key[:2]], good[key[:2]]) for key in self.keys]

    def _pileup(self, quality):
        sites = self.folder / "sites.bed"
        lines = (
            f"{contig}\t{int(position) - 1}\t{position}\n" for contig, position, *_ in self.keys
        )
        sites.write_text("".join(lines))
        flags = ("-A", "-B", "-x", "-d", "0", "-q", "20", "-Q", quality, "--ff", FILTER)
        said = run(found_by("samtools"), "mpileup", *flags, "-l", sites, self.bam)
        found = {key[:2]: Counter() for key in self.keys}  # it says nothing of depth 0
        for line in said.splitlines():
            contig, position, _, _, bases, *_ = line.split("\t")
            found[contig, position] = Counter(_letters(bases))
        return found

    def by_bcftools(self):
        """Forward and reverse counts of REF and ALT of each variant."""
        flags = ("-A", "-B", "-x", "-I", "-d", "1000000", "-q", "20", "-Q", "20", "--ns", FILTER)
        sites = self.folder / "sites.bed"
        annotations = ("-f", self.made.fasta, "-T", sites, "-a", "AD,ADF,ADR", "-O", "v")
        said = run(found_by("bcftools"), "mpileup", *flags, *annotations, self.bam)
        by_site = {}
        for line in said.splitlines():
            if line.startswith("#"):
                continue
            contig, position, _, ref, alts, _, _, _, names, values = line.split("\t")
            own = dict(zip(names.split(":"), values.split(":"), strict=True))
            for allele, forward, reverse in zip(
                (ref, *alts.split(",")), own["ADF"].split(","), own["ADR"].split(","), strict=True
            ):
                by_site[contig, position, allele] = (int(forward), int(reverse))
        nothing = (0, 0)  # of an ALT that no read has, and of a site without reads
        return [
            tuple(by_site.get((contig, position, allele), nothing) for allele in (ref, alt))
            for contig, position, ref, alt in self.keys
        ]


def _letters(bases):
    """Bases of a column, ``*`` and ``#`` for deleted ones; skipped ones are left out."""
    bases = READ_ENDS.sub("", bases)
    place = 0
    while place < len(bases):
        letter = bases[place]
        if letter in "+-":
            length = re.match(r"\d+", bases[place + 1 :])[0]
            place += 1 + len(length) + int(length)
            continue
        if letter not in "<>":
            yield letter
        place += 1
