"""Options of the commands, as they are written on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tiltyard.pipelines.declaring import argument, option

INPUT, OUTPUT = "What is read", "What is written"
FILTERS, STEPS, WORK = "Which reads are kept", "What is done to them", "How the work is done"

Inputs = Annotated[
    list[str],
    argument(
        metavar="FILE…",
        help="FASTQ, FASTA or unaligned BAM, compressed or not; - is standard input.",
    ),
]
Paired = Annotated[
    bool,
    option("--paired", help="The files are R1 R2 of pairs, or several such twos.", panel=INPUT),
]
Interleaved = Annotated[
    bool,
    option("--interleaved", help="Mates follow each other in each file.", panel=INPUT),
]
PairRule = Annotated[
    Literal["any", "both", "1", "2"],
    option(
        help="A pair falls when either mate is refused (any), both are, the first or the second.",
        panel=FILTERS,
    ),
]
QualityOffset = Annotated[
    Literal["33", "64"],
    option(help="What a byte of quality 0 is: 64 in old Illumina files.", panel=INPUT),
]
LenientPlus = Annotated[
    bool,
    option("--lenient-plus", help="Read other names behind +, too.", panel=INPUT),
]
Output = Annotated[
    Path,
    option(
        "--output",
        "-o",
        help=".fastq, .fasta, also with .gz, or .parquet; - is standard output.",
        panel=OUTPUT,
    ),
]
Output2 = Annotated[
    Path | None,
    option("--output2", help="Second mates; without it both are in --output.", panel=OUTPUT),
]
Format = Annotated[
    Literal["fastq", "fasta", "parquet"] | None,
    option(
        "--output-format",
        "--format",
        help="Format, if the name of --output does not say it.",
        panel=OUTPUT,
    ),
]
KeepPartial = Annotated[
    bool,
    option("--keep-partial", help="Keep what was whole before an error.", panel=OUTPUT),
]
Json = Annotated[
    Path | None,
    option("--json", help="File for what was read, kept and dropped.", panel=OUTPUT),
]
MinLength = Annotated[int | None, option(least=0, help="Least letters.", panel=FILTERS)]
MaxLength = Annotated[int | None, option(least=0, help="Most letters.", panel=FILTERS)]
MaxN = Annotated[
    float | None, option(least=0, most=1, help="Most letters N, a share.", panel=FILTERS)
]
MinBaseQuality = Annotated[
    int | None, option(least=0, most=93, help="Least quality of each base.", panel=FILTERS)
]
ArithmeticMeanQuality = Annotated[
    float | None,
    option(least=0, most=93, help="Least arithmetic mean of Phred qualities.", panel=FILTERS),
]
MeanErrorQuality = Annotated[
    float | None,
    option(
        least=0,
        most=93,
        help="Least quality of the mean error probability, which the number of errors follows.",
        panel=FILTERS,
    ),
]
Fraction = Annotated[
    float | None, option(least=0, most=1, help="A seeded share of the reads.", panel=FILTERS)
]
Every = Annotated[int | None, option(least=1, help="Each N-th read of a file.", panel=FILTERS)]
Dedup = Annotated[
    bool, option("--dedup", help="The first of reads with equal sequences.", panel=FILTERS)
]
First = Annotated[
    int | None, option(least=0, help="The first N that pass all others.", panel=FILTERS)
]
StepTexts = Annotated[
    list[str] | None,
    option(
        "--step",
        metavar="STEP",
        help="A filter or augmentation by name, as 'mutate(0.1)'; may be repeated, in their order.",
        panel=STEPS,
    ),
]
Seed = Annotated[int, option(least=0, help="What all draws follow.", panel=STEPS)]
Epoch = Annotated[int, option(least=0, help="Number of the epoch, for other draws.", panel=STEPS)]
FirstFile = Annotated[
    int,
    option(
        least=0,
        help="Number of the first file: a job for each draws then as one for all.",
        panel=STEPS,
    ),
]
Threads = Annotated[
    str,
    option(
        metavar="N|auto",
        help="Workers, with the thread that reads and writes; auto: what `tiltyard tune` found for "
        "this machine, else its cores.",
        panel=WORK,
    ),
]
Backend = Annotated[
    Literal["threads", "processes"],
    option(
        help="What workers are; processes are for implementations in Python, such as reference.",
        panel=WORK,
    ),
]
Implementation = Annotated[
    Literal["kernels", "numpy-batch", "numpy-record", "reference"],
    option(help="How the work is done; all give the same.", panel=WORK),
]
Quiet = Annotated[bool, option("--quiet", help="Say nothing but warnings.", panel=WORK)]


def chain_texts(
    *,
    min_length: int | None = None,
    max_length: int | None = None,
    max_n: float | None = None,
    min_base_quality: int | None = None,
    arithmetic_mean_quality: float | None = None,
    mean_error_quality: float | None = None,
    fraction: float | None = None,
    every: int | None = None,
    steps: list[str] | None = None,
    dedup: bool = False,
    first: int | None = None,
) -> list[str]:
    """The chain that options say: the quick filters first, `steps`, and what follows the order."""
    found = []
    if every is not None:
        found.append(f"every({every})")
    if fraction is not None:
        found.append(f"fraction({fraction!r})")
    if min_length is not None or max_length is not None:
        found.append(f"length({min_length or 0}, {max_length})")
    for name, value in (
        ("max_n", max_n),
        ("min_base", min_base_quality),
        ("mean_arithmetic", arithmetic_mean_quality),
        ("mean_error", mean_error_quality),
    ):
        if value is not None:
            found.append(f"{name}({value!r})")
    found += steps or []
    if dedup:
        found.append("dedup")
    if first is not None:
        found.append(f"first({first})")
    return found
