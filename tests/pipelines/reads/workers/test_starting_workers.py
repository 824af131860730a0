"""Worker processes under each way to start processes, and when their parent is stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from stream_files import ONE

HERE = Path(__file__).parent
MAIN = """
import multiprocessing, sys, time
import worker_steps
from tiltyard.pipelines.reads import FastqStream

def long(batch):
    return batch.lengths > 2

def main(method, path):
    multiprocessing.set_start_method(method)
    chain = [worker_steps.odd, long, "mutate(0.2)"]
    given = {"chain": chain, "encode": "integer", "chunk": 300, "batch_size": 9}
    stream = FastqStream(path, workers=2, worker_kind="processes", persistent=True, **given)
    for epoch in range(2):
        stream.set_epoch(epoch)
        for ours, other in zip(stream, FastqStream(path, epoch=epoch, **given), strict=True):
            assert (ours.tensor == other.tensor).all() and len(other)
            assert ours.names.tolist() == other.names.tolist()
    print("equal", len(multiprocessing.active_children()))
"""
GUARD = """
if __name__ == "__main__":
    main(*sys.argv[1:])
"""
#: Says that it has begun, and works until it is stopped.
ENDLESS = """
import sys
import worker_steps
from tiltyard.pipelines.reads import FastqStream

stream = FastqStream(sys.argv[1], [worker_steps.slow], workers=2, worker_kind="processes",
                     chunk=300, persistent=True)
print("begun", flush=True)
list(stream)
"""


@pytest.fixture
def script(tmp_path):
    """Starts Python with a program in a file, and a file of reads as its last argument."""
    (tmp_path / "one.fq").write_bytes(ONE)
    environment = os.environ | {"PYTHONPATH": str(HERE)}

    def start(text, *arguments):
        (tmp_path / "program.py").write_text(text)
        command = [sys.executable, tmp_path / "program.py", *arguments, tmp_path / "one.fq"]
        return subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return start


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_each_way_to_start_processes(script, method):
    out, errors = (running := script(MAIN + GUARD, method)).communicate(timeout=100)
    assert (running.returncode, out) == (0, "equal 2\n"), errors


def test_a_script_without_a_guard_is_told_of_it(script):
    running = script(MAIN + "\nmain(*sys.argv[1:])\n", "spawn")
    _, errors = running.communicate(timeout=100)
    assert running.returncode == 1
    assert re.search("worker [12] of 2", errors) and "below if __name__ == '__main__'" in errors


@pytest.mark.parametrize(
    ("number", "whole_group"),
    [(signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGTERM, True)],
)
def test_no_worker_outlives_its_parent(script, number, whole_group):
    running = script(ENDLESS)
    assert running.stdout.readline() == "begun\n"
    workers = _children(running.pid)
    (os.killpg if whole_group else os.kill)(running.pid, number)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == -number
    assert ("KeyboardInterrupt" in errors) == (number == signal.SIGINT)
    assert "Process tiltyard" not in errors and "leaked" not in errors
    gone, alive = psutil.wait_procs(workers, timeout=10)
    assert len(gone) == 2 and not alive


def _children(pid):
    deadline = time.monotonic() + 30
    while len(found := psutil.Process(pid).children()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_workers_without_a_task_end_with_their_parent(script):
    text = ENDLESS.replace("worker_steps.slow", "worker_steps.odd") + "import time; time.sleep(60)"
    running = script(text.replace("list(stream)", "list(stream); print('done', flush=True)"))
    assert [running.stdout.readline() for _ in range(2)] == ["begun\n", "done\n"]
    workers = _children(running.pid)
    running.kill()
    running.communicate(timeout=30)
    gone, alive = psutil.wait_procs(workers, timeout=20)
    assert len(gone) == 2 and not alive
