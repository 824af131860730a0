"""A command that is stopped leaves nothing behind, whatever it waits for."""

import gzip
import signal
import subprocess
import sys
import time

import pytest
from read_files import bgzf, fastq

TEXT = fastq(*((b"r%d" % n, b"ACGT" * 20, b"I" * 80) for n in range(3000)))


def wait_for(there, seconds=60):
    """Wait until something is there."""
    last = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < last, f"not there in {seconds} s"
        time.sleep(0.02)


WORKERS = {"1": ("1",), "3": ("3",), "processes": ("3", "--backend", "processes")}


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("packed", [bytes, gzip.compress, bgzf])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path, workers, packed, number):
    output = tmp_path / "out.fq"
    words = ("filter", "-", "--min-length", "1", "-o", output, "--threads", *WORKERS[workers])
    with subprocess.Popen(
        [sys.executable, "-m", "tiltyard", "reads", *map(str, words)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        raw = packed(TEXT) if packed is not bgzf else bgzf(TEXT, 60_000)
        process.stdin.write(raw[: len(raw) // 2])
        process.stdin.flush()
        wait_for(lambda: list(tmp_path.glob(".out.fq.*")))  # it reads, and waits for more
        process.send_signal(number)
        assert process.wait(20) == 128 + number
        assert process.stderr.read().endswith(b"tiltyard: stopped\n")
    assert list(tmp_path.iterdir()) == []
