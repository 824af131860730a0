"""Loading this pipeline's compiled functions."""

from __future__ import annotations

from pathlib import Path

from tiltyard.pipelines.native.keeping import Code, Keeper
from tiltyard.pipelines.native.loading import Library

#: Functions that Python calls -> how many numbers they take.
ENTRIES = {
    "scan_fastq": 9,
    "scan_fasta": 8,
    "scan_bam": 8,
    "sum_bytes": 5,
    "sum_table": 6,
    "count_below": 6,
    "count_n": 5,
    "count_ambiguous": 5,
    "count_values": 5,
    "gather": 5,
    "reverse": 9,
    "expand": 8,
    "one_hot": 7,
    "mutate": 14,
    "simulate_uniform": 7,
    "simulate_counts": 7,
    "count_words": 10,
    "exchange": 7,
    "empty": 5,
    "first_unpaired": 7,
    "format_fastq": 7,
    "format_fasta": 6,
    "count_gc": 5,
    "find_member": 3,
}


def _build(name: str) -> Code:
    from tiltyard.pipelines.reads.compiled.building import build

    return build(name)


LIBRARY = Library(Keeper("reads", Path(__file__).parents[1] / "compiled"), ENTRIES, _build)
load, warm = LIBRARY.load, LIBRARY.warm
