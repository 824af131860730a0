"""Each read over a site with what was compared and why: it adds up to what is counted."""

import pytest
from case_notation import LETTERS, cases, reads_of
from counting import make

from tiltyard.pipelines.alleles.explaining import explain
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.inputs.reads import open_reads
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.sites import sites_of


def explained(files, options):
    opened = files.opened(options)
    alignment = opened.alignments[0]
    sites, rows = sites_of(opened.variants, alignment, options)
    with open_reads(alignment) as file, Fasta(alignment.fasta) as fasta:
        for counted in explain(file, fasta, alignment, sites[rows[-1]], options):
            yield counted.read.query_name, counted.reason, counted.bases, counted.quality


@pytest.mark.parametrize(
    ("variant", "reads", "expected"),
    [
        (
            ("c", 9, "A", "G"),
            "R; A q9=19; 9:10M; 5:3M3D7M; 5:3M9N5M; R m3; 10:5M; 9:5M f4",
            [
                ("r0", "ref", "A", 30),
                ("r1", "low_quality", "G", 19),
                ("r3", "deleted", "", None),
                ("r4", "not_observed", "", None),
                ("r5", "mapq", "", None),
                ("r2", "ref", "A", 30),
                ("r7", "unmapped", "", None),
            ],
        ),
        (
            ("c", 9, "AC", "GT"),
            "5:5M; A 10>T q9=25; 5:5M1I5M +T",
            [("r0", "short", "", None), ("r1", "alt", "GT", 25), ("r2", "other", "", None)],
        ),
        (
            ("c", 13, "A", "ATG"),
            "8:6M2I6M +TG; 8:6M2I6M +TC; 8:12M 13>C; 8:6M3D5M; 8:6M",
            [
                ("r0", "alt", "A+TG", None),
                ("r1", "other", "A+TC", None),
                ("r2", "ref", "C", None),
                ("r3", "other", "A-3", None),
                ("r4", "short", "A", None),
            ],
        ),
        (
            ("c", 9, "AC", "GTT"),
            "3:8M1I6M +T 9>G 10>T q10=22; 3:6M2D6M",
            [("r0", "alt", "GTT", 22), ("r1", "deleted", "", None)],
        ),
    ],
)
def test_each_read_says_what_was_compared(tmp_path, variant, reads, expected):
    files = make(tmp_path, {"c": LETTERS}, reads_of(reads), [variant])
    assert list(explained(files, Options())) == expected


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.number)
def test_reasons_are_those_that_are_counted(case, tmp_path, reference):
    last = [("c", case.position, case.ref, case.alts.split(",")[-1])]
    files = make(tmp_path, {"c": LETTERS}, case.reads, last, case.read_groups)
    reasons = [reason for _, reason, *_ in explained(files, case.options)]
    table = files.table(reference, case.options)
    assert sorted(reasons) == sorted(table.all_reasons.elements())
