"""Options of the commands, as they are written on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.sequences.command.ending import warn

if TYPE_CHECKING:
    from tiltyard.pipelines.sequences.embedding.embedding import How
    from tiltyard.pipelines.sequences.rule.rules import Rules

INPUT, OUTPUT, RULES = "What is read", "What is written", "How contigs are cut and read"
MODEL, CALLS, WORK = "Models", "What is called virus", "How the work is done"

Contigs = Annotated[
    Path,
    argument(metavar="FILE", help="FASTA, plain or gz, bgz, bz2, xz; - is standard input."),
]
Window = Annotated[int, option(least=3, help="Bases of a chunk, as 300 or 500.", panel=RULES)]
RuleSet = Annotated[
    Literal["exact", "virnucpro"],
    option("--rules", help="The rule, or what the system VirNucPro does.", panel=RULES),
]
CodeTable = Annotated[
    Literal["1", "4", "11", "15", "25"],
    option("--table", help="Genetic code, by NCBI's number.", panel=RULES),
]
Unknown = Annotated[
    Literal["X", "drop", "resolve"] | None,
    option(
        help="A codon with another letter than ACGT: X, nothing, or its residue if there is but "
        "one; the rules' own if left out (X, drop).",
        panel=RULES,
    ),
]
MaxUnknown = Annotated[
    str | None,
    option(
        metavar="SHARE",
        help="Most such codons of a frame; the rules' own if left out (0.3, 1).",
        panel=RULES,
    ),
]
RenameDuplicates = Annotated[
    bool,
    option("--rename-duplicates", help="Append __2, __3 to ids that are there twice.", panel=INPUT),
]
Translation = Annotated[
    Literal["numpy", "plain"],
    option(help="Quick, or the rule letter by letter.", panel=WORK),
]
Pooling = Annotated[
    Literal["all", "inner"] | None,
    option(
        help="Average all tokens, or all but the first and last; the model's own if left out.",
        panel=MODEL,
    ),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda"],
    option(help="auto takes CUDA if onnxruntime has it.", panel=WORK),
]
Batch = Annotated[
    str,
    option(
        metavar="RULE",
        help="count:N sequences, budget:TOKENS with the padding, or budget:TOKENS:N.",
        panel=WORK,
    ),
]
Sort = Annotated[
    Literal["length", "none"],
    option(help="The longest sequences first, or in their order.", panel=WORK),
]
Workers = Annotated[
    str,
    option(
        metavar="N|auto",
        help="Processes, each with the model; auto: what `tiltyard tune` found, else one a core.",
        panel=WORK,
    ),
]
Threads = Annotated[int, option(least=1, help="Of the model, in each process.", panel=WORK)]
Callers = Annotated[
    int, option(least=1, help="Threads that call the one model of a process.", panel=WORK)
]
Assignment = Annotated[
    Literal["queue_largest", "queue", "round_robin", "largest_first"],
    option(help="Which process takes which file.", panel=WORK),
]
Load = Annotated[
    Literal["once", "per-file"],
    option(help="When a process loads its model.", panel=WORK),
]
Quiet = Annotated[bool, option("--quiet", help="No bar, and warnings alone.", panel=WORK)]


def rules_from(
    name: Literal["exact", "virnucpro"],
    window: int,
    code_table: str,
    unknown: Literal["X", "drop", "resolve"] | None,
    max_unknown: str | None,
) -> Rules:
    """Rules of the options."""
    from tiltyard.pipelines.sequences.rule.rules import rules_of

    return rules_of(
        name, window=window, table=int(code_table), unknown=unknown, max_unknown=max_unknown
    )


def how_from(
    batch: str,
    sort: Literal["length", "none"],
    workers: str,
    threads: int,
    callers: int,
    assignment: Literal["queue_largest", "queue", "round_robin", "largest_first"],
    load: Literal["once", "per-file"],
    device: Literal["auto", "cpu", "cuda"],
    quiet: bool,
) -> How:
    """How files are embedded, of the options.

    Raises
    ------
    InputError
        If a value is none.
    """
    from tiltyard.pipelines.sequences.embedding.batching import batching_of
    from tiltyard.pipelines.sequences.embedding.embedding import How

    return How(
        batching=batching_of(batch, sort),
        workers=_workers_of(workers, threads, quiet),
        threads=threads,
        callers=callers,
        assignment=assignment,
        load=load,
        device=device,
    )


def _workers_of(workers: str, threads: int, quiet: bool) -> int:
    """Processes: as asked for, or as tuned for this machine, or one for each core of a model."""
    if workers == "auto":
        from tiltyard.engine.machine.room import counted_cores
        from tiltyard.pipelines.tuned import recall

        # What was found is of one thread a process.
        if threads == 1 and (tuned := recall("sequences")) is not None:
            if not quiet:
                warn(f"--workers auto: {tuned.words}")
            return tuned.workers
        return max(1, int(counted_cores() // threads))
    if workers.isascii() and workers.isdigit() and int(workers) > 0:
        return int(workers)
    from tiltyard.pipelines.sequences.faults import InputError

    raise InputError(f"--workers {workers}: write auto, or a whole number from 1")
