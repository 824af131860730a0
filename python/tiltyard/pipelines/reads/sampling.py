"""Samples of a person's own files for `tiltyard tune`: the beginning of each.

What filtering costs is, beside a start, proportional to the bytes of the files. A sample has whole
records, and is compressed as the file is.
"""

from __future__ import annotations

import gzip
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from tiltyard.pipelines.pipeline import LIMIT, REFERENCE, Strategy, Work, Workload
from tiltyard.pipelines.reads.benchmark import workloads
from tiltyard.pipelines.reads.benchmark.strategies import strategies_of
from tiltyard.pipelines.reads.benchmark.tasks import ADVISED, TASKS, Written
from tiltyard.pipelines.reads.inputs.sources import open_source
from tiltyard.pipelines.reads.rule.members import MAGIC, header_of
from tiltyard.pipelines.reads.rule.record import Reading

#: Bytes of text that are looked through at once for the records of a sample.
_CHUNK = 1 << 16
_GZIP_LEVEL = 6
#: Bytes of a file that is read as a whole to find the end of a sample; of larger ones little more
#: than the sample is.
_SMALL = 1 << 25
_AMOUNT = "amount"


def own(files: Sequence[Path]) -> Work:
    """The work of filtering FASTQ files or unaligned BAM files, compressed or not.

    Raises
    ------
    ValueError
        If a file is missing, given twice, damaged at its beginning, or has no reads or qualities.
    """
    if not files:
        raise ValueError("name files of reads: FASTQ, or unaligned BAM")
    for place, path in enumerate(files):
        if path in files[:place]:
            raise ValueError(f"{path}: it is named twice")
        if not path.is_file():
            raise ValueError(f"{path}: there is no such file")
        _check(path)
    settings = {"files": [str(path) for path in files], "task": [ADVISED]}
    [workload] = workloads.workloads_of(settings)
    return Work(workload, {"reads": list(files)}, {})


def _check(path: Path) -> None:
    """Refuse a file whose first reads cannot be filtered by their qualities."""
    from tiltyard.pipelines.reads.implementations import implementation

    with open_source(path, 0) as source:
        batch = next(implementation("kernels").read(source, 0, Reading(), _CHUNK), None)
    if batch is None or not len(batch):
        raise ValueError(f"{path}: it has no reads to try")
    if batch.qualities is None:
        raise ValueError(f"{path}: it has no qualities, and reads are filtered by them; name FASTQ")


def candidates(work: Work, cores: int) -> list[Strategy]:
    """The quickest implementation with one thread, two, four … and as many as there are cores."""
    threads = sorted({*(2**power for power in range(cores.bit_length())), cores} - {0})
    tried = strategies_of([f"kernels-w{number}" for number in threads])
    return [one for one in tried if not {REFERENCE, LIMIT} & set(one.tags)]


def amount(work: Work) -> float:
    """Bytes of the files; of a sample those of the files that it was taken from.

    A sample may be packed better or worse than they are, and has as much text.
    """
    return float(work.facts.get(_AMOUNT, work.input_bytes))


def sample(work: Work, folder: Path, share: float) -> Work:
    """The first records of each file, at least one, about `share` of it; new files in `folder`."""
    parts, sizes = [], []
    for number, path in enumerate(work.files["reads"]):
        end, size = _end(path, share)
        parts.append(_part(path, folder / f"{number}-{path.name}", end))
        sizes.append(size)
    workload = Workload(f"{work.workload.name}-sample", work.workload.axes)
    return replace(work, workload=workload, files={"reads": parts}, facts={_AMOUNT: sum(sizes)})


def _end(path: Path, share: float) -> tuple[int, float]:
    """Byte of the text where a sample ends, and bytes of the file that have so much text."""
    from tiltyard.pipelines.reads.implementations import implementation

    size = path.stat().st_size
    wanted, begins, read, before = share * size, [], 0, 0
    with open_source(path, 0) as source:
        for batch in implementation("kernels").read(source, 0, Reading(), _CHUNK):
            assert batch.offsets is not None  # every reader says where records begin
            begins.append(batch.offsets)
            # Files are read in large pieces: as soon as another one is, that before it is used up.
            if source.done != read:
                before, read = read, source.done
            if before >= wanted and size > _SMALL:
                break
        else:
            before = size
    places = np.concatenate(begins)
    if len(places) == 1:
        return _whole(path), float(size)
    number = int(np.searchsorted(places, places[-1] * min(1.0, wanted / before)))
    end = int(places[min(max(number, 1), len(places) - 1)])
    return end, before * end / int(places[-1])


def _whole(path: Path) -> int:
    """Bytes of the text."""
    view = memoryview(bytearray(_CHUNK))
    with open_source(path, 0) as source:
        return sum(iter(lambda: source.fill(view), 0))


def _part(path: Path, target: Path, end: int) -> Path:
    """The beginning of a file, up to the byte `end` of its text."""
    view, left = memoryview(bytearray(_CHUNK)), end
    with open_source(path, 0) as source, _packed(path, target) as write:
        while left and (size := source.fill(view[: min(left, len(view))])):
            write(view[:size])
            left -= size
    return target


@contextmanager
def _packed(path: Path, target: Path) -> Iterator[Callable[[memoryview], object]]:
    """The function that writes text to `target`, compressed as `path` is."""
    from tiltyard.pipelines.reads.writing import bgzf

    with path.open("rb") as given:
        start = given.read(_CHUNK)
    with target.open("wb") as file:
        header = header_of(start) if start.startswith(MAGIC) else None
        if header is None:
            yield file.write
        elif header.block:
            blocks = bgzf.Writer(file)
            yield blocks.write
            blocks.close()
        else:
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                yield packed.write


def command_line(strategy: Strategy, work: Work) -> str:
    """The command that filters the reads of `work`, with the threads of `strategy`."""
    task = TASKS[ADVISED]
    assert isinstance(task, Written)
    return shlex.join(
        [
            *("tiltyard", "reads", "filter", *map(str, work.files["reads"]), *task.options),
            *("--threads", str(strategy.workers), "--output", "kept.fastq"),
        ]
    )
