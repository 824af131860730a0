"""Programs of others that count alleles: how they are called, and what they said.

Sources: gbcms 6.6.0 of Memorial Sloan Kettering (the package ``gbcms``), and 2.0.0, an older one in
Python (the package ``py-gbcms``); samtools.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from tiltyard.engine.project import project_root
from tiltyard.pipelines.pipeline import Work

#: Where `make peers-alleles` installs what is compared, a folder an environment.
FOLDER = Path(".venv-peers")
GBCMS, PY_GBCMS, SAMTOOLS = "gbcms", "py-gbcms", "samtools-view"
#: Program -> folder of its environment; both call themselves ``gbcms``.
ENVIRONMENTS = {GBCMS: "alleles", PY_GBCMS: "py-gbcms"}
EXAMPLES = (f"{GBCMS}-w1", f"{PY_GBCMS}-w1", SAMTOOLS)
_NAME = re.compile(rf"(?P<program>{GBCMS}|{PY_GBCMS})-w(?P<workers>[1-9]\d*)|{SAMTOOLS}")
#: Column of gbcms' MAF -> ours. It has no depth by strand.
NUMBERS = {
    "total_count": "depth",
    "ref_count": "ref_count",
    "ref_count_forward": "ref_forward",
    "alt_count": "alt_count",
    "alt_count_forward": "alt_forward",
    "total_count_fragment": "fragment_depth",
    "ref_count_fragment": "fragment_ref",
    "alt_count_fragment": "fragment_alt",
}
#: The same of py-gbcms' VCF, by the field of a sample's column.
VCF_NUMBERS = {
    "DP": "depth",
    "RD": "ref_count",
    "RDP": "ref_forward",
    "AD": "alt_count",
    "ADP": "alt_forward",
    "DPF": "fragment_depth",
    "RDF": "fragment_ref",
    "ADF": "fragment_alt",
}
#: Columns that say which variant of which sample a row is of.
KEY = ("Tumor_Sample_Barcode", "Chromosome", "vcf_pos", "vcf_ref", "vcf_alt")
OWN_KEY = ("sample", "contig", "position", "ref", "alt")
#: Columns of a VCF before its samples'.
FIXED = 9

Key = tuple[str, ...]


def parse(name: str) -> tuple[str, int] | None:
    """Program and workers of a strategy that is a program of others; None if `name` is no such."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    return (found["program"], int(found["workers"])) if found["workers"] else (SAMTOOLS, 1)


def program(name: str) -> str:
    """Path of a program of others.

    Raises
    ------
    ValueError
        If it is not installed, with what installs it.
    """
    if name == SAMTOOLS:
        found, remedy = shutil.which("samtools"), "apt-get install samtools"
    else:
        own = project_root() / FOLDER / ENVIRONMENTS[name] / "bin" / GBCMS
        found, remedy = str(own) if own.exists() else None, "make peers-alleles"
    if found is None:
        raise ValueError(f"{name} is not installed: {remedy}")
    return found


def command(name: str, workers: int, work: Work, output: Path) -> list[str]:
    """Command line that does `work` with a program of others.

    gbcms makes a folder `output`, the others a file. py-gbcms takes 0 as the lowest base quality
    and keeps reads that failed or are not primary, unless it is told otherwise.
    """
    alignments = [str(path) for path in work.files["alignments"]]
    if name == SAMTOOLS:
        (alignment,) = alignments
        return [program(name), "view", "--count", "--output", str(output), alignment]
    if name == PY_GBCMS:
        named = (f"{path.stem}:{path}" for path in work.files["alignments"])
        return [
            *(program(name), "count", "run", "--vcf", str(work.files["variants"][0])),
            *(part for sample in named for part in ("--bam", sample)),
            *("--fasta", str(work.files["fasta"][0]), "--output", str(output)),
            *("--thread", str(workers), "--backend", "threading", "--fragment-count"),
            *("--maq", "20", "--baq", "20", "--filter-duplicate"),
            *("--filter-qc-failed", "--filter-non-primary"),
        ]
    return [
        *(program(name), "dna", "--variants", str(work.files["variants"][0])),
        *(part for path in alignments for part in ("--bam", path)),
        *("--fasta", str(work.files["fasta"][0]), "--output-dir", str(output)),
        *("--threads", str(workers), "--format", "maf"),
    ]


def counts(folder: Path) -> dict[Key, tuple[int, ...]]:
    """The eight numbers of each sample and variant, in the order of `NUMBERS`.

    Raises
    ------
    ValueError
        If there is no MAF in `folder`, or one lacks a column.
    """
    found = {}
    files = sorted(folder.glob("*.maf"))
    if not files:
        raise ValueError(f"{folder}: gbcms wrote no MAF")
    for path in files:
        for key, numbers in _rows(path, KEY, tuple(NUMBERS)):
            found[key] = numbers
    return found


def vcf_counts(path: Path) -> dict[Key, tuple[int, ...]]:
    """The same of the VCF that py-gbcms wrote.

    Raises
    ------
    ValueError
        If a record lacks one of the numbers.
    """
    found: dict[Key, tuple[int, ...]] = {}
    samples: list[str] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if line.startswith("#CHROM"):
                samples = columns[FIXED:]
            elif not line.startswith("#"):
                contig, position, _, ref, alt = columns[:5]
                names = columns[FIXED - 1].split(":")
                missing = [name for name in VCF_NUMBERS if name not in names]
                if missing:
                    raise ValueError(f"{path}: {contig}:{position} has no {', '.join(missing)}")
                for sample, text in zip(samples, columns[FIXED:], strict=True):
                    # Its strand bias holds colons: behind the numbers there are more values.
                    own = dict(zip(names, text.split(":"), strict=False))
                    numbers = tuple(int(own[name]) for name in VCF_NUMBERS)
                    found[sample, contig, position, ref, alt] = numbers
    return found


def own_counts(table: Path) -> dict[Key, tuple[int, ...]]:
    """The same of a table of ours (TSV)."""
    return dict(_rows(table, OWN_KEY, tuple(NUMBERS.values())))


def _rows(
    path: Path, key: Sequence[str], numbers: Sequence[str]
) -> Iterator[tuple[Key, tuple[int, ...]]]:
    with path.open(encoding="utf-8") as lines:
        rows = (line.rstrip("\n").split("\t") for line in lines if not line.startswith("#"))
        names = next(rows, [])
        missing = [name for name in (*key, *numbers) if name not in names]
        if missing:
            raise ValueError(f"{path}: it has no column {', '.join(missing)}")
        at = [names.index(name) for name in key], [names.index(name) for name in numbers]
        for row in rows:
            yield tuple(row[k] for k in at[0]), tuple(int(row[k] or 0) for k in at[1])


def _said(name: str, output: Path) -> dict[Key, tuple[int, ...]]:
    return vcf_counts(output) if name == PY_GBCMS else counts(output)


def digest(name: str, output: Path) -> str:
    """SHA-256 of what a program said, as far as it is compared."""
    if name == SAMTOOLS:
        return hashlib.sha256(output.read_bytes()).hexdigest()
    return hashlib.sha256(repr(sorted(_said(name, output).items())).encode()).hexdigest()


def difference(name: str, expected: Path, output: Path) -> str:
    """First difference from our table in the numbers that both have; "" if there is none.

    `samtools view` counts no alleles: it says how many reads there are, and is not compared.
    """
    if name == SAMTOOLS:
        return ""
    theirs = _said(name, output)
    for record, (key, numbers) in enumerate(own_counts(expected).items(), 1):
        called = f"record {record} ({' '.join(key)})"
        if key not in theirs:
            return f"{called} is missing"
        for column, right, found in zip(NUMBERS.values(), numbers, theirs[key], strict=True):
            if right != found:
                return f"{called}: {column} is {found} in place of {right}"
    return ""
