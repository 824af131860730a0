"""Building the machine code of all functions that Python calls: some seconds, at set-up."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import machine_code
from tiltyard.pipelines.reads.compiled import (
    augmenting,
    bam,
    copying,
    counting,
    fasta,
    formatting,
    hot,
    members,
    pairing,
    scanning,
    shuffling,
    words,
)

_FUNCTIONS = (
    scanning.scan_fastq,
    fasta.scan_fasta,
    bam.scan_bam,
    counting.sum_bytes,
    counting.sum_table,
    counting.count_below,
    counting.count_n,
    counting.count_ambiguous,
    counting.count_values,
    copying.gather,
    copying.reverse,
    copying.expand,
    hot.one_hot,
    augmenting.mutate,
    augmenting.simulate_uniform,
    augmenting.simulate_counts,
    words.count_words,
    shuffling.exchange,
    shuffling.empty,
    pairing.first_unpaired,
    formatting.format_fastq,
    formatting.format_fasta,
    counting.count_gc,
    members.find_member,
)
#: By the name under which `native` keeps it.
ENTRIES = {str(function.__name__): function for function in _FUNCTIONS}


def build(name: str) -> tuple[str, bytes]:
    """Symbol and object file of an entry."""
    return machine_code(ENTRIES[name])
