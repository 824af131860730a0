"""The same counts as other programs': gbcms 6.6.0, samtools and bcftools (`make test-peers`)."""

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from case_notation import LETTERS, cases
from counting import make
from gbcms_differences import (
    BEHIND,
    EQUAL,
    ERRORS,
    QUALITY,
    REASONS,
    UNEXPLAINED,
    Seen,
    eight,
    reads_of,
    reason,
)
from peer_programs import EIGHT, Made, numbers_of_gbcms

from tiltyard.pipelines.alleles.counts import FIELDS
from tiltyard.pipelines.alleles.implementations import implementations
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.simulating.design import Design

pytestmark = pytest.mark.peers
FASTEST = implementations()[-1]
SNPS = {
    "sparse": Design(genome=400_000, variants=2000, depth=40, classes=("snp",), errors=0.01),
    "dense": Design(genome=300_000, variants=1500, depth=20, layout="clustered"),
    "deep": Design(genome=10_000, variants=100, depth=1000, classes=("snp",), read_length=100),
    "short, many errors": Design(
        genome=100_000, variants=1000, depth=60, classes=("snp",), read_length=75, errors=0.05
    ),
    "beside indels": Design(genome=40_000, variants=600, depth=60),
}
CLASSES = ("insertion", "deletion")
SEEDS = (1, 2, 3)
#: 150 insertions and deletions all over the genome, and as many SNPs.
SIMULATED = Design(
    genome=500_000,
    variants=300,
    depth=30,
    classes=("snp", CLASSES[0], "snp", CLASSES[1]),
    contigs=1,
)
#: 300 in repeats, 3 to 14 bases of units of 1 to 4; 80 of the reads over each are counted.
REPEATS = Design(
    genome=180_000,
    variants=300,
    depth=90,
    read_length=100,
    contigs=1,
    classes=CLASSES,
    repeats=True,
)


class Compared(NamedTuple):
    """A design whose rows of all `SEEDS` are compared, and how many of other rows were equal."""

    design: Design
    rows: int
    equal: int = 0
    of: int = 1
    seeds: tuple[int, ...] = SEEDS

    @property
    def least(self):
        """Rows to be equal: the share of the others, less two standard errors of a difference."""
        share = self.equal / self.of
        error = (share * (1 - share) * (1 / self.rows + 1 / self.of)) ** 0.5
        return self.rows * (share - 2 * error)


def in_repeats(placement, **other):
    return replace(REPEATS, placement=placement, **other)


#: How many rows are equal is a matter of the number of reads a row has. Beside each design is what
#: the rule gives on the files of another generator with the same design: three seeds of 300 rows in
#: repeats, 81 reads counted at a variant, pairs of 100 bases, .002 errors; 5,000 rows all over the
#: genome with 28 reads. The last two are a third and nearly twice as deep, and have no such number.
INDELS = {
    "all over the genome": Compared(SIMULATED, 450, 4392, 5000),
    "in repeats, left end": Compared(in_repeats("left"), 900, 626, 900),
    "in repeats, right end": Compared(in_repeats("right"), 900, 620, 900),
    "in repeats, anywhere": Compared(in_repeats("any"), 900, 594, 900),
    "in repeats, anywhere, shallow": Compared(in_repeats("any", depth=30), 300, seeds=(1,)),
    "in repeats, anywhere, deep": Compared(in_repeats("any", depth=150), 300, seeds=(1,)),
}
#: Of reads at insertions and deletions at most so many are REF or ALT in one count, not the other.
MOST_READS = 0.01
#: And so many rows for each of these reads differ by no more than the reads with wrong bases.
MOST_ERRORS = 0.0015
DEPTHS = [EIGHT.index(name) for name in ("depth", "fragment_depth")]


@pytest.fixture(scope="module", params=SNPS)
def snps(request, tmp_path_factory):
    return Made(SNPS[request.param], tmp_path_factory.mktemp("snps"), 11, FASTEST)


def is_snp(made):
    chosen = made.kinds == "snp"
    assert chosen.sum() >= 100
    return chosen


def test_all_numbers_of_snps_are_those_of_gbcms(snps):
    chosen = is_snp(snps)
    differing = (snps.ours != snps.by_gbcms()).any(axis=1) & chosen
    assert [snps.keys[row] for row in np.flatnonzero(differing)] == []


def test_depth_and_alleles_of_snps_are_those_of_samtools(snps):
    rows = zip(snps.keys, snps.ours.tolist(), snps.by_samtools(), strict=True)
    for row, (key, ours, (every, good)) in enumerate(rows):
        if snps.kinds[row] == "snp":
            _, _, ref, alt = key
            theirs = [every.total()]
            for allele in (ref, alt):
                theirs += [good[allele] + good[allele.lower()], good[allele]]
            assert ours[:5] == theirs, key


def test_alleles_of_snps_are_those_of_bcftools(snps):
    rows = zip(snps.keys, snps.ours.tolist(), snps.by_bcftools(), strict=True)
    for row, (key, ours, alleles) in enumerate(rows):
        if snps.kinds[row] == "snp":
            theirs = [number for one in alleles for number in (sum(one), one[0])]
            assert ours[1:5] == theirs, key


def test_hand_made_cases_of_snps_are_those_of_gbcms_but_for_reads_without_qualities(tmp_path):
    chosen = [
        case
        for case in cases()
        if len(case.ref) == len(case.alts) == 1
        and case.alts in "ACGT"
        and case.options == Options()
    ]
    assert len(chosen) >= 20
    names = [f"k{case.number}" for case in chosen]
    reads = [
        replace(read, contig=number, tags=())
        for number, case in enumerate(chosen)
        for read in case.reads
    ]
    variants = [
        (name, case.position, case.ref, case.alts) for name, case in zip(names, chosen, strict=True)
    ]
    files = make(
        tmp_path, dict.fromkeys(names, LETTERS), reads, variants, (("s1", "s1"),), "s1.bam"
    )
    ours = list(files.table(FASTEST).values.values())
    theirs = numbers_of_gbcms(files.alignments, files.fasta, files.variants, tmp_path / "gbcms")
    columns = [FIELDS.index(name) for name in EIGHT]
    differing = [
        case.number
        for case, name, own in zip(chosen, names, ours, strict=True)
        if [own[column] for column in columns]
        != list(theirs["s1", name, str(case.position), case.ref, case.alts])
    ]
    assert differing == [case.number for case in chosen if any(not r.qualities for r in case.reads)]


@pytest.fixture(scope="module", params=INDELS)
def indels(request, tmp_path_factory):
    """Made files of each seed, and the rows of their insertions and deletions."""
    compared = INDELS[request.param]
    made = [
        Made(compared.design, tmp_path_factory.mktemp("indels"), seed, FASTEST)
        for seed in compared.seeds
    ]
    return request.param, [(one, np.flatnonzero(np.isin(one.kinds, CLASSES))) for one in made]


def test_depths_of_indels_are_those_of_gbcms(indels):
    for made, rows in indels[1]:
        assert made.ours[rows][:, DEPTHS].tolist() == made.by_gbcms()[rows][:, DEPTHS].tolist()


def test_indels_have_the_numbers_of_gbcms_or_differ_for_a_reason_that_their_reads_show(indels):
    name, files = indels
    reasons = sum((reasons_of(made, rows) for made, rows in files), Counter())
    compared = INDELS[name]
    reads = sum(made.ours[rows, 0].sum() for made, rows in files)
    found = [reasons[one] for one in REASONS[:-1]]
    print(
        f"\n| {name} | {reads / compared.rows:.0f} | {compared.rows} |",
        " | ".join(map(str, found)),
        "|",
    )
    assert reasons[UNEXPLAINED] == 0 and reasons.total() == compared.rows
    assert reasons[EQUAL] >= compared.least
    assert reasons[ERRORS] <= MOST_ERRORS * reads


def test_nearly_all_reads_at_indels_are_counted_alike_whatever_the_depth(indels):
    name, files = indels
    alleles = [EIGHT.index("ref_count"), EIGHT.index("alt_count")]
    changed = sum(
        np.abs((made.by_gbcms() - made.ours)[rows][:, alleles]).sum() for made, rows in files
    )
    reads = sum(made.ours[rows, 0].sum() for made, rows in files)
    print(f"\n{name}: {changed} of {reads} reads counted otherwise, {changed / reads:.2%}")
    assert 0 < changed <= MOST_READS * reads


def reasons_of(made, rows):
    theirs = made.by_gbcms()
    differing = [row for row in rows.tolist() if (theirs[row] != made.ours[row]).any()]
    found = Counter({EQUAL: len(rows) - len(differing)})
    for row, reads in reads_of(made, differing).items():
        assert eight(reads) == made.ours[row].tolist(), made.keys[row]
        found[reason(made.kinds[row], reads, theirs[row].tolist())] += 1
    return found


def seen(name, allele, *, behind=0, low=False, wrong=False):
    return Seen(name, True, allele, behind, low, wrong)


def test_reasons_need_the_reads_that_show_them():
    """A read of good quality that gbcms leaves out, or one that goes on, has no reason."""
    far = replace(seen("b", "ref", behind=9), forward=False)
    reads = [seen("a", "ref", behind=1), far, seen("c", "alt", low=True)]
    all_lost = eight([reads[0], reads[1], replace(reads[2], allele="")])
    assert reason("insertion", reads, eight(reads)) == EQUAL
    assert reason("insertion", reads, all_lost) == QUALITY
    good = [*reads[:2], replace(reads[2], low=False)]
    assert reason("insertion", good, all_lost) == UNEXPLAINED
    assert reason("insertion", [*good[:2], replace(good[2], wrong=True)], all_lost) == ERRORS
    first, second = (
        eight([replace(one, allele="") if at == lost else one for at, one in enumerate(reads)])
        for lost in (0, 1)
    )
    assert reason("deletion", reads, first) == BEHIND
    assert reason("deletion", reads, second) == UNEXPLAINED
    assert reason("insertion", reads, [2, *all_lost[1:]]) == UNEXPLAINED
