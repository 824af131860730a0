"""Programs and libraries of others that read, filter and encode reads: how they are called.

Sources: dnaio 1.2.4, needletail 0.7.3, pyfastx 2.3.1, pysam 0.24.1, Biopython 1.88 (packages of
PyPI); seqkit 2.3.1, fastp 0.23.2 and igzip of isal 2.30.0 (Debian).
"""

from __future__ import annotations

import hashlib
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tiltyard.engine.project import project_root
from tiltyard.pipelines.pipeline import Work
from tiltyard.pipelines.programs import installed
from tiltyard.pipelines.reads.benchmark.tasks import MUTATED, QUALITY, TASKS, Written

#: Where `make peers-reads` installs libraries, and unpacks programs that are not installed.
LIBRARIES = Path(".venv-peers/reads/bin/python")
#: Where `make peers-torch` installs torch beside all that this package has, and its version.
TORCH_PYTHON, TORCH_WANTED = Path(".venv-peers/torch/bin/python"), Path(".ci/peers/torch.in")
PROGRAMS = Path(".venv-peers/programs/usr/bin")
#: Their versions.
LOCKED = Path(".ci/peers/reads.txt")
#: Program of this folder that calls libraries.
CALLER = Path(__file__).with_name("libraries.py")
#: Strategy -> the task of a workload that it does, and its library and task there.
CALLED: dict[str, tuple[str, str, str]] = {
    **{
        name: ("count", name, "count")
        for name in ("dnaio", "needletail", "pyfastx", "pysam", "biopython")
    },
    "dnaio-numpy-record": ("chain", "dnaio", "chain-record"),
    "dnaio-numpy-batch": ("chain", "dnaio", "chain-batch"),
}
SEQKIT, FASTP, IGZIP = "seqkit", "fastp", "igzip"
#: The same of programs.
STARTED = {SEQKIT: "count", FASTP: "filter"}
NAMES = (*CALLED, *STARTED)
_INSTALL = "make peers-reads"


def task_of(name: str) -> str:
    """The task that a strategy of others does."""
    return CALLED[name][0] if name in CALLED else STARTED[name]


def python() -> str:
    """Python of the libraries.

    Raises
    ------
    ValueError
        If they are not installed, with what installs them.
    """
    return installed(
        project_root() / LIBRARIES, f"the libraries of others are not installed: {_INSTALL}"
    )


def torch() -> str:
    """Python of torch, which has this package too.

    Raises
    ------
    ValueError
        If it is not installed, with what installs it.
    """
    words = "torch is not installed for strategies of its DataLoader: make peers-torch"
    return installed(project_root() / TORCH_PYTHON, words)


def torch_version() -> Path:
    """File that says which torch is installed there."""
    return project_root() / TORCH_WANTED


def program(name: str) -> str:
    """Path of a program of others, from PATH or unpacked.

    Raises
    ------
    ValueError
        If it is not installed, with what installs it.
    """
    own = project_root() / PROGRAMS / name
    found = shutil.which(name) or (str(own) if own.exists() else None)
    if found is None:
        raise ValueError(
            f"{name} is not installed: {_INSTALL}, or apt-get install seqkit fastp isal"
        )
    return found


def needed(name: str) -> str:
    """What a strategy of others starts; raises `ValueError` if it is not installed."""
    return python() if name in CALLED else program(name)


def sources(name: str) -> list[Path]:
    """Files that decide what a strategy of others does: our own, and versions of libraries."""
    own = [Path(__file__)]
    return [*own, CALLER, project_root() / LOCKED] if name in CALLED else own


def command(name: str, work: Work, output: Path) -> list[str]:
    """Command line that does `work`, with the settings that do it best in one thread."""
    (file,) = map(str, work.files["reads"])
    if name in CALLED:
        _, library, task = CALLED[name]
        return [python(), "-P", str(CALLER), library, task, file, str(output)]
    if name == SEQKIT:
        return [program(SEQKIT), "stats", "--tabular", "-j", "1", "-o", str(output), file]
    written = TASKS[STARTED[FASTP]]
    assert isinstance(written, Written)
    least = written.options[written.options.index("--min-length") + 1]
    return [program(FASTP), *fastp_options(Path(file), output, least)]


def fastp_options(file: Path, output: Path, shortest: str) -> list[str]:
    """Options with which fastp filters by mean quality and length, and does no more."""
    return [
        *("--in1", str(file), "--out1", str(output), "--thread", "1"),
        *("--disable_adapter_trimming", "--disable_trim_poly_g", "--dont_eval_duplication"),
        *("--average_qual", QUALITY, "--length_required", shortest, "--n_base_limit", "50"),
        *("--qualified_quality_phred", "0", "--unqualified_percent_limit", "100"),
        *("--json", "/dev/null", "--html", "/dev/null"),
    ]


def numbers(name: str, output: Path) -> dict[str, int]:
    """Reads, bases, and replaced bases if there are, that a counting strategy said.

    Raises
    ------
    ValueError
        If it said none.
    """
    lines = [line.split("\t") for line in output.read_text(encoding="utf-8").splitlines()]
    if name == SEQKIT:
        row = dict(zip(*lines[:2], strict=True)) if len(lines) >= 2 else {}
        found: Mapping[str, Any] = {"reads": row.get("num_seqs"), "bases": row.get("sum_len")}
    else:
        found = {line[0]: line[1] for line in lines if len(line) == 2}
    try:
        return {key: int(value) for key, value in found.items()}
    except (TypeError, ValueError):
        raise ValueError(f"{output}: {name} wrote no numbers") from None


def digest(output: Path) -> str:
    """SHA-256 of what a program wrote."""
    return hashlib.sha256(output.read_bytes()).hexdigest()


def difference(name: str, expected: Path, output: Path) -> str:
    """First difference from our output in what both say; "" if there is none.

    Draws of others are others: of a chain the number of replaced bases is compared with their
    probability, and may be five standard deviations away.
    """
    if name == FASTP:
        from tiltyard.pipelines.reads.comparing import difference

        return difference(expected, output)
    right, found = numbers("", expected), numbers(name, output)
    for key in ("reads", "bases"):
        if right[key] != found.get(key):
            return f"{key}: {right[key]} expected, {found.get(key, 'nothing')} found"
    if "changed" in found and (words := _far(found["changed"], found["bases"])):
        return words
    return ""


def _far(changed: int, bases: int) -> str:
    """Whether so many replaced bases are too few or too many, in words.

    Letters other than ACGT, a thousandth of made reads, are never replaced.
    """
    mean, least = MUTATED * bases, MUTATED * bases * 0.998
    deviation = math.sqrt(MUTATED * (1 - MUTATED) * bases)
    if least - 5 * deviation <= changed <= mean + 5 * deviation:
        return ""
    return f"replaced bases: about {mean:.0f} expected, {changed} found"
