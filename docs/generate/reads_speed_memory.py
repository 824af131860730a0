"""Memory that reading takes beyond the libraries, whatever the size of what is read.

    python docs/generate/reads_speed_memory.py stream GIGABYTES
    python docs/generate/reads_speed_memory.py random FILE

The first makes so many bytes of FASTQ on the fly, and streams them through a pipe: filter, mutate,
one-hot. The second reads a file at random places. A line of JSON has the resident memory [MB] after
the libraries are loaded, all kernels compiled and a small file read, and its peak from then on.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tiltyard.pipelines.reads import FastqDataset, FastqStream
from tiltyard.pipelines.reads.simulating import made_reads
from tiltyard.pipelines.reads.writing.text import fastq_of

#: Reads that are made; what is streamed repeats them.
MADE = 50_000
SETTINGS = {"chain": ["mean_arithmetic(20)", "mutate(0.1)"], "encode": "one_hot"}
#: A process of its own, whose memory is not counted: writes the file so often that it is so large.
WRITER = """
import sys
part, left = open(sys.argv[1], "rb").read(), int(sys.argv[2])
while left > 0:
    sys.stdout.buffer.write(part)
    left -= len(part)
"""
#: Reads that are asked for at once at random places, and how often.
ASKED, OFTEN = 256, 400


def status(name: str) -> float:
    """A line of what Linux says of this process's memory [MB]."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1000
    raise SystemExit(f"this system does not say {name}, the memory of a process")


@contextlib.contextmanager
def peak() -> Iterator[dict[str, float]]:
    """Resident memory before, and its peak inside [MB]."""
    found = {"before": status("VmRSS")}
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    began = time.process_time()
    yield found
    found |= {"peak": status("VmHWM"), "cpu": time.process_time() - began}


def write_part(path: Path, reads: int) -> None:
    """A file of made reads."""
    with path.open("wb") as file:
        for batch in made_reads(reads, 150, np.random.default_rng(1)):
            file.write(fastq_of(batch))


def streamed(size: float) -> dict[str, float]:
    """Peak while `size` gigabytes go through a pipe, and how many reads those were."""
    with tempfile.TemporaryDirectory() as name:
        part = Path(name) / "part.fq"
        command = [sys.executable, str(Path(__file__).resolve()), "part", str(part)]
        subprocess.run(command, check=True)
        few = Path(name) / "few.fq"
        with part.open("rb") as whole:
            few.write_bytes(b"".join(whole.readline() for _ in range(4 * 1000)))
        for _ in FastqStream(few, batch_size=256, **SETTINGS):
            pass
        wanted = str(int(size * 1e9))
        with subprocess.Popen(
            [sys.executable, "-S", "-c", WRITER, str(part), wanted], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            reads = 0
            with peak() as found:
                for batch in FastqStream(child.stdout, batch_size=256, **SETTINGS):
                    reads += len(batch)
        return found | {"reads": reads}


def random_access(path: Path) -> dict[str, float]:
    """Peak of opening a file whose index is made anew, and of reading at random places."""
    with tempfile.TemporaryDirectory() as name:
        few, own = Path(name) / "few.fq", Path(name) / "own.fq"
        with path.open("rb") as whole:
            few.write_bytes(b"".join(whole.readline() for _ in range(4 * 1000)))
        own.symlink_to(path)
        FastqDataset(few)[[3, 1, 2]]
        rng = np.random.default_rng(1)
        with peak() as found:
            dataset = FastqDataset(own)
            for _ in range(OFTEN):
                dataset[rng.integers(0, len(dataset), ASKED)]
        return found | {"reads": ASKED * OFTEN, "records": len(dataset)}


def main(task: str, what: str) -> None:
    """Do what the command line says, and print it."""
    if task == "part":
        write_part(Path(what), MADE)
    else:
        print(json.dumps(streamed(float(what)) if task == "stream" else random_access(Path(what))))


if __name__ == "__main__":
    main(*sys.argv[1:])
