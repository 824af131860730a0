"""Every implementation finds what was planted: all nine counts of every variant, recall 1."""

import numpy as np
import pytest
from counting import Files

from tiltyard.pipelines.alleles.counts import FIELDS
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.simulating.design import Design
from tiltyard.pipelines.alleles.simulating.simulation import simulate

INDELS = ("insertion", "deletion")
REPEATS = Design(
    genome=50_000, variants=120, depth=30, read_length=100, classes=INDELS, repeats=True,
    errors=0.01,
)  # fmt: skip
DESIGNS = {
    "all classes": Design(genome=60_000, variants=200, depth=30),
    "errors, odd length": Design(genome=8_000, variants=50, depth=150, read_length=75, errors=0.03),
    "SNPs side by side": Design(genome=150_000, variants=300, depth=10, layout="clustered"),
    "repeats, left": REPEATS,
    "repeats, right": Design(**vars(REPEATS) | {"placement": "right"}),
    "repeats, any": Design(**vars(REPEATS) | {"placement": "any"}),
}
ALT = FIELDS.index("alt_count")


@pytest.fixture(scope="module", params=DESIGNS)
def made(request, tmp_path_factory):
    return simulate(DESIGNS[request.param], tmp_path_factory.mktemp("planted"), 7)


def test_counts_are_those_that_were_planted(implementation, made):
    files = Files(made.alignments["s1"], made.fasta, made.variants)
    values = list(files.table(implementation).values.values())
    differing = np.flatnonzero((np.array(values) != made.truth["s1"]).any(axis=1))
    rows = [(int(row), values[row], made.truth["s1"][row].tolist()) for row in differing[:5]]
    assert not rows


def test_without_the_shift_most_indels_of_repeats_are_missed(reference, tmp_path):
    made = simulate(DESIGNS["repeats, right"], tmp_path, 8)
    files = Files(made.alignments["s1"], made.fasta, made.variants)
    found = np.array(list(files.table(reference, Options(exact_cigar=True)).values.values()))
    assert made.truth["s1"][:, ALT].sum() > 20 * found[:, ALT].sum()
