"""A run that fails, has no room, or is killed: its status, what is left, and that it goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from made_batches import tissue
from made_h5ad import scores, specificity, written

from tiltyard.pipelines.spatial import scoring
from tiltyard.pipelines.spatial.files import space
from tiltyard.pipelines.spatial.files.rows import RowFile

#: Scores in a process of its own, slowly: a pause behind each batch, and notes at once.
SLOWLY = """
import sys, time
from tiltyard.pipelines.spatial import scoring
from tiltyard.pipelines.commands import run
scoring.NOTED = 0.0
write = scoring.Scoring._write
def slow(self, item):
    write(self, item)
    print("written", flush=True)
    time.sleep(0.3)
scoring.Scoring._write = slow
run("spatial", sys.argv[1:])
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    made = tissue(200, 60, density=0.6)
    made.domains[:] = 0
    return written(tmp_path_factory.mktemp("source") / "in.h5ad", made)


@pytest.fixture(scope="module")
def whole(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    specificity(source, folder)
    return scores(folder)


def slowly(source, output, *words):
    """A process that has written some batches."""
    given = ("--embedding", "emb", "--annotation", "domain", "--batch", "20", "--quiet")
    command = ("specificity", str(source), "--output", str(output), *given, *words)
    process = subprocess.Popen(
        [sys.executable, "-c", SLOWLY, *command], stdout=subprocess.PIPE, text=True
    )
    for _ in range(4):
        assert process.stdout.readline() == "written\n"
    return process


def ended(process):
    process.communicate(timeout=60)
    return process.returncode


def test_a_killed_run_goes_on_and_gives_the_same_bytes(source, whole, tmp_path, monkeypatch):
    process = slowly(source, tmp_path)
    process.send_signal(signal.SIGKILL)
    assert ended(process) == -signal.SIGKILL
    header = json.loads((tmp_path / "scores.json").read_text())
    assert not header["complete"] and 40 <= header["rows_done"] < 200
    written_rows = []
    write = RowFile.write
    monkeypatch.setattr(
        RowFile,
        "write",
        lambda self, rows, values: written_rows.append(len(rows)) or write(self, rows, values),
    )
    specificity(source, tmp_path)
    assert scores(tmp_path) == whole
    assert sum(written_rows) == 200 - header["rows_done"]  # and no rank again
    assert not (tmp_path / "scores.done").exists() and not (tmp_path / "ranks.npz").exists()


def test_a_stopped_run_leaves_nothing_on_the_fast_disk(source, whole, tmp_path):
    process = slowly(source, tmp_path / "out", "--memmap-dir", str(tmp_path / "fast"))
    assert len(list((tmp_path / "fast").iterdir())) == 1
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 128 + signal.SIGTERM
    assert not list((tmp_path / "fast").iterdir())
    specificity(source, tmp_path / "out", "--memmap-dir", str(tmp_path / "fast"))
    assert scores(tmp_path / "out") == whole and not list((tmp_path / "fast").iterdir())


def test_what_a_killed_run_left_on_the_fast_disk_is_removed_by_the_next(source, whole, tmp_path):
    process = slowly(source, tmp_path / "out", "--memmap-dir", str(tmp_path / "fast"))
    process.send_signal(signal.SIGKILL)
    ended(process)
    assert len(list((tmp_path / "fast").iterdir())) == 1
    specificity(source, tmp_path / "out", "--memmap-dir", str(tmp_path / "fast"))
    assert scores(tmp_path / "out") == whole and not list((tmp_path / "fast").iterdir())


def test_a_writer_that_fails_ends_the_run_soon_with_1(source, tmp_path, monkeypatch):
    def fail(self, item):
        raise OSError("the disk is gone")

    monkeypatch.setattr(scoring.Scoring, "_write", fail)
    start = time.monotonic()
    done = specificity(source, tmp_path, "--batch", "10", check=False)
    assert done.returncode == 1 and "the disk is gone" in done.stderr
    assert time.monotonic() - start < 30
    assert not json.loads((tmp_path / "scores.json").read_text())["complete"]


def test_a_small_disk_is_refused_with_3_before_any_work(source, tmp_path, monkeypatch):
    class Usage:
        free = 47_000

    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: Usage)
    done = specificity(source, tmp_path, check=False)
    assert done.returncode == 3
    assert "50,400 bytes are needed, and 47,000 are free" in done.stderr
    assert not list(tmp_path.iterdir())


def test_room_that_cannot_be_reserved_is_refused_with_3(source, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "posix_fallocate", full)
    done = specificity(source, tmp_path, check=False)
    assert done.returncode == 3 and "No space left on device" in done.stderr


def test_the_file_of_another_run_is_no_earlier_part(source, tmp_path):
    specificity(source, tmp_path)
    other = tissue(200, 60, seed=9, density=0.6)
    other.domains[:] = 0
    path = written(Path(tmp_path) / "other.h5ad", other)
    done = specificity(path, tmp_path, check=False)
    assert done.returncode == 2 and "was made with source_sha256" in done.stderr
    assert np.frombuffer(scores(tmp_path), np.uint16).any()
