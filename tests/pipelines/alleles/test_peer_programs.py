"""The same counts as other programs': gbcms 6.6.0, samtools and bcftools (`make test-peers`)."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pysam
import pytest
from case_notation import LETTERS, cases
from counting import make
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
    "beside indels": Design(genome=40_000, variants=600, depth=60),
}
CLASSES = ("insertion", "deletion")
INDELS = Design(genome=500_000, variants=150, depth=30, classes=CLASSES)
REPEATS = Design(
    genome=180_000, variants=300, depth=60, classes=CLASSES, repeats=True, read_length=100
)
#: Where the reads' indel is -> rows of how many in which gbcms has all eight numbers equal. More
#: reads a row make more rows differ.
SHARES = {"simulated": (130, 150), "left": (221, 300), "right": (214, 300), "any": (201, 300)}
#: Why other rows differ.
EQUAL = "equal"
BEHIND = "deletion, fewer REF in gbcms: it wants more bases of the read behind REF"
QUALITY = "insertion, fewer ALT in gbcms: it wants an inserted base of quality 20"
REALIGNED = "insertion, other numbers in gbcms: it aligns reads anew"
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


@pytest.fixture(scope="module", params=SHARES)
def indels(request, tmp_path_factory):
    place = request.param
    design = INDELS if place == "simulated" else Design(**vars(REPEATS) | {"placement": place})
    return place, Made(design, tmp_path_factory.mktemp("indels"), 12, FASTEST)


def test_depths_of_indels_are_those_of_gbcms(indels):
    _, made = indels
    assert made.ours[:, DEPTHS].tolist() == made.by_gbcms()[:, DEPTHS].tolist()


def test_most_indels_have_all_numbers_of_gbcms_and_the_others_differ_for_known_reasons(indels):
    place, made = indels
    least, of = SHARES[place]
    low = inserted_with_low_quality(made)
    more = made.by_gbcms() - made.ours
    rows = zip(made.kinds, more, (low[key[:2]] for key in made.keys), strict=True)
    reasons = Counter(reason(*row) for row in rows)
    print(
        f"\nindels, {place}:", *(f"{n} {words}" for words, n in reasons.most_common()), sep="\n  "
    )
    assert reasons.total() == of and reasons[EQUAL] >= least
    assert reasons[REALIGNED] <= of // 10


def reason(kind, more, low):
    """Why a row differs, by what gbcms has more or less; an error for what nothing explains.

    `low` is the number of reads with an insertion of low quality there.
    """
    by_name = {name: number for name, number in zip(EIGHT, more.tolist(), strict=True) if number}
    ref = [by_name.get(name, 0) for name in ("ref_count", "fragment_ref")]
    alt = [by_name.get(name, 0) for name in ("alt_count", "fragment_alt")]
    if not by_name:
        return EQUAL
    if kind == "deletion":
        assert max(ref) <= 0 and alt == [0, 0] and not by_name.get("alt_forward"), by_name
        return BEHIND
    return QUALITY if ref == [0, 0] and max(alt) <= 0 and -alt[0] <= low else REALIGNED


def inserted_with_low_quality(made):
    """Reads by variant with an insertion in its repeat of which no base has a quality of 20."""
    found = Counter()
    with pysam.AlignmentFile(str(made.bam)) as file:
        for contig, position, *_ in made.keys:
            start = int(position) - 1
            for read in file.fetch(contig, start, start + 1):
                if read.flag & 0xF04 or read.mapping_quality < 20:
                    continue
                column, place = 0, read.reference_start
                for operation, length in read.cigartuples:
                    inside = operation == 1 and 0 <= place - 1 - start <= 20
                    if inside and max(read.query_qualities[column : column + length]) < 20:
                        found[contig, position] += 1
                    column += length if operation in (0, 1, 4) else 0
                    place += length if operation in (0, 2) else 0
    return found
