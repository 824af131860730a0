"""Samples of a person's own contigs for `tiltyard tune`: stretches of them, in as many files.

What a prediction costs is, beside a start, proportional to the bases of its contigs. A sample has
stretches that are evenly spread over all of them, and files of frames that are smaller by as much:
so there are as many for the workers to take as the whole would have.
"""

from __future__ import annotations

import itertools
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.pipelines.pipeline import LIMIT, REFERENCE, Strategy, Work, Workload
from tiltyard.pipelines.sequences.benchmark.strategies import strategies_of
from tiltyard.pipelines.sequences.benchmark.workloads import EMBED
from tiltyard.pipelines.sequences.fasta import Record, fasta_of, read_fasta

#: Task of this work: all of a prediction. A study's configuration cannot ask for it.
PREDICT = "predict"
#: Frames of a file, unless they are a sample's.
PER_FILE = 10_000
#: Stretches of contigs in a sample.
STRETCHES = 8


def own(files: Sequence[Path]) -> Work:
    """The work of a prediction: a FASTA file of contigs, and the folder of a classifier if given.

    Raises
    ------
    ValueError
        If a file is missing or of no use, or there is more than one of a kind.
    """
    folders = [path for path in files if path.is_dir()]
    contigs = [path for path in files if not path.is_dir()]
    for path in contigs:
        if not path.is_file():
            raise ValueError(f"{path}: there is no such file")
    if len(contigs) != 1:
        given = ", ".join(map(str, contigs)) or "none"
        raise ValueError(f"one FASTA file of contigs is needed, got {given}")
    if len(folders) > 1:
        raise ValueError(f"one folder of a classifier at most, got {', '.join(map(str, folders))}")
    window = _window(folders)
    sequences, bases = 0, 0
    for record in read_fasta(contigs[0]):
        sequences, bases = sequences + 1, bases + len(record.sequence)
    if not bases:
        raise ValueError(f"{contigs[0]}: it has no bases to read")
    facts: dict[str, Any] = {"task": PREDICT, "per_file": PER_FILE, "window": window}
    facts["model"] = str(folders[0]) if folders else ""
    return Work(
        Workload("own"),
        {"sequences": contigs},
        {"sequences": sequences, "bases": bases},
        facts,
    )


def _window(folders: Sequence[Path]) -> int:
    """Window of the classifier of a folder, or the usual one."""
    from tiltyard.pipelines.sequences.classifying.classifier import read_classifier
    from tiltyard.pipelines.sequences.classifying.embedded import WINDOWS

    return read_classifier(folders[0]).window if folders else max(WINDOWS)


def candidates(work: Work, cores: int) -> list[Strategy]:
    """One process, two, four … and as many as there are cores."""
    workers = sorted({*(2**power for power in range(cores.bit_length())), cores} - {0})
    tried = strategies_of([f"processes-w{number}-t1" for number in workers], EMBED)
    return [one for one in tried if not {REFERENCE, LIMIT} & set(one.tags)]


def amount(work: Work) -> float:
    """Bases of all contigs."""
    return float(work.units["bases"])


def sample(work: Work, folder: Path, share: float) -> Work:
    """About `share` of the bases, in a file in `folder`."""
    (source,) = work.files["sequences"]
    wanted = _spans(work.units["bases"], max(work.facts["window"], share * work.units["bases"]))
    kept = list(_cut(read_fasta(source), wanted))
    target = folder / "contigs.fa"
    with atomic_path(target) as temporary:
        temporary.write_bytes(fasta_of(kept))
    units = {"sequences": len(kept), "bases": sum(len(letters) for _, letters in kept)}
    facts = {**work.facts, "per_file": max(1, round(work.facts["per_file"] * share))}
    return replace(work, files={"sequences": [target]}, units=units, facts=facts)


def _spans(bases: int, wanted: float) -> list[tuple[int, int]]:
    """Begin and end of stretches among all bases, evenly spread, `wanted` bases in sum."""
    length = max(1, min(round(wanted), bases))
    room = bases / STRETCHES
    own = length / STRETCHES
    edges = [(room * number + (room - own) / 2) for number in range(STRETCHES)]
    return [(round(edge), round(edge + own)) for edge in edges]


def _cut(
    records: Iterator[Record], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, bytes]]:
    """Pieces of records within the spans, which count on from one record to the next."""
    before = 0
    number = itertools.count(1)
    for record in records:
        after = before + len(record.sequence)
        for begin, end in spans:
            piece = record.sequence[max(0, begin - before) : max(0, end - before)]
            if piece and begin < after:
                yield f"stretch_{next(number)}", piece
        before = after


def command(strategy: Strategy, work: Work, output: Path) -> list[str]:
    """Command line that predicts as `strategy` says."""
    program = str(Path(sys.executable).with_name("tiltyard"))
    return [
        *(program, *_words(strategy, work)),
        *("--per-file", str(work.facts["per_file"]), "--device", "cpu", "--quiet"),
        *("--output", str(output)),
    ]


def command_line(strategy: Strategy, work: Work) -> str:
    """The command that a person would type."""
    return shlex.join(["tiltyard", *_words(strategy, work), "--output", "predictions.tsv"])


def _words(strategy: Strategy, work: Work) -> list[str]:
    (contigs,) = map(str, work.files["sequences"])
    model = ["--model", work.facts["model"]] if work.facts["model"] else []
    return [
        *("sequences", "predict", contigs, *model, "--window", str(work.facts["window"])),
        *("--workers", str(strategy.options["workers"])),
    ]
