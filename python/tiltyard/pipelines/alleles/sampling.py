"""Samples of a person's own files for `tiltyard tune`: the same files, and a part of the variants.

What counting costs is, beside a start, proportional to the bytes of the BAM files that have to be
read, and those follow the variants. A sample has stretches of neighbouring variants, evenly spread
over the file: so it is as dense as the whole, and reads the same files.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from tiltyard.engine.files.atomic import write_text
from tiltyard.pipelines.alleles.benchmark import workloads
from tiltyard.pipelines.alleles.benchmark.strategies import strategies_of
from tiltyard.pipelines.alleles.inputs.bgzf import inflated
from tiltyard.pipelines.alleles.limits.needed import positions, ranges
from tiltyard.pipelines.pipeline import LIMIT, REFERENCE, Strategy, Work, Workload

#: Endings of files by their role.
ENDINGS = {
    "alignments": (".bam", ".cram"),
    "variants": (".vcf", ".vcf.gz", ".vcf.bgz", ".maf", ".maf.gz"),
    "fasta": (".fa", ".fasta", ".fna", ".fa.gz", ".fasta.gz", ".fna.gz"),
}
#: Stretches of variants in a sample.
STRETCHES = 8


def own(files: Sequence[Path]) -> Work:
    """The work of counting: BAM or CRAM files, one file of variants, and the FASTA.

    Raises
    ------
    ValueError
        If a file is missing, of no use here, or given twice as variants or FASTA.
    """
    roles = _roles(files)
    settings = {
        "alignments": [str(path) for path in roles["alignments"]],
        "variants": str(roles["variants"][0]),
        "fasta": str(roles["fasta"][0]),
    }
    [workload] = workloads.workloads_of(settings)
    variants = int(workload.axes["variants"])
    if variants == 0:
        raise ValueError(f"{settings['variants']}: it has no variants to count at")
    return Work(workload, roles, {"variants": variants * len(roles["alignments"])})


def _roles(files: Sequence[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {role: [] for role in ENDINGS}
    for path in files:
        role = next((role for role, own in ENDINGS.items() if path.name.lower().endswith(own)), "")
        if not role:
            known = ", ".join(itertools.chain(*ENDINGS.values()))
            raise ValueError(f"{path}: its name does not say what it is; it ends in one of {known}")
        if not path.is_file():
            raise ValueError(f"{path}: there is no such file")
        found[role].append(path)
    for role, what in (("alignments", "BAM or CRAM file"), ("variants", "VCF or MAF file")):
        if not found[role]:
            raise ValueError(f"a {what} is missing: name it beside the others")
    for role, what in (("variants", "file of variants"), ("fasta", "FASTA file")):
        if len(found[role]) != 1:
            given = ", ".join(map(str, found[role])) or "none"
            raise ValueError(f"one {what} is needed, got {given}")
    return found


def candidates(work: Work, cores: int) -> list[Strategy]:
    """What chooses by itself, with one worker, two, four … and as many as there are cores."""
    workers = sorted({*(2**power for power in range(cores.bit_length())), cores} - {0})
    names = [f"auto-w{number}" for number in workers]
    tried = strategies_of(names, limits=())
    return [one for one in tried if not {REFERENCE, LIMIT} & set(one.tags)]


def amount(work: Work) -> float:
    """Bytes of the BAM files that have to be read; without their indexes, the number of counts."""
    places = positions(work.files["variants"][0])
    try:
        found = [ranges(path, places) for path in work.files["alignments"]]
    except ValueError:  # CRAM, or another kind of index
        return float(sum(map(len, places.values())) * len(work.files["alignments"]))
    return float(sum(end - begin for own in found for begin, end in own))


def sample(work: Work, folder: Path, share: float) -> Work:
    """The same files with about `share` of the variants, at least one, in a file in `folder`."""
    source = work.files["variants"][0]
    header, records = _lines(source)
    kept = _stretches(records, share)
    name = source.name.lower().removesuffix(".gz").removesuffix(".bgz")
    target = folder / f"sample{Path(name).suffix}"
    write_text(target, "".join([*header, *kept]))
    axes = {**work.workload.axes, "variants": len(kept)}
    workload = Workload(f"{work.workload.name}-sample", MappingProxyType(axes))
    units: Mapping[str, int] = {"variants": len(kept) * len(work.files["alignments"])}
    return replace(work, workload=workload, files={**work.files, "variants": [target]}, units=units)


def _lines(path: Path) -> tuple[list[str], list[str]]:
    """Header and records of a VCF or MAF, which may be gzipped."""
    with inflated(path) as lines:
        texts = [line.decode("utf-8", "surrogateescape") for line in lines if line.strip()]
    header = list(itertools.takewhile(lambda line: line.startswith("#"), texts))
    if ".maf" in path.name.lower():
        header = texts[: len(header) + 1]  # the line with the columns' names has no #
    return header, texts[len(header) :]


def _stretches(records: Sequence[str], share: float) -> list[str]:
    """Stretches of neighbouring records, evenly spread, `share` of all of them in sum."""
    wanted = max(1, min(len(records), round(share * len(records))))
    number = min(STRETCHES, wanted)
    # What is kept, and what is not, before each stretch: so a stretch always has its room.
    inside = [index * wanted // number for index in range(number + 1)]
    outside = [index * (len(records) - wanted) // number for index in range(number + 1)]
    kept: list[str] = []
    for index in range(number):
        before = (outside[index] + outside[index + 1]) // 2
        kept += records[before + inside[index] : before + inside[index + 1]]
    return kept


def command_line(strategy: Strategy, work: Work) -> str:
    """The command that counts alleles in `work`, with the workers of `strategy`."""
    alignments = [str(path) for path in work.files["alignments"]]
    return shlex.join(
        [
            *("tiltyard", "alleles", "count"),
            *("--variants", str(work.files["variants"][0])),
            *("--fasta", str(work.files["fasta"][0])),
            *(part for path in alignments for part in ("--bam", path)),
            *("--threads", str(strategy.workers), "--output", "counts.tsv"),
        ]
    )
