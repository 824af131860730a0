"""Calls in processes: in order, few ahead, and nothing is left of them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tiltyard.engine.work.processes import results_in_order

PRELOAD = ["tiltyard.engine.work.processes"]


def slowly(number):
    """The first ones take the longest."""
    time.sleep(0.2 if number < 2 else 0.0)
    return number, os.getpid()


def touch(path):
    path.touch()
    return path


def fail(number):
    raise ValueError(f"no {number}")


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_results_come_in_order_from_as_many_processes(processes):
    found = list(results_in_order(slowly, range(9), processes, PRELOAD))
    assert [number for number, _ in found] == list(range(9))
    used = {pid for _, pid in found}
    assert used == {os.getpid()} if processes == 1 else 1 < len(used) <= processes


@pytest.mark.parametrize("processes", [1, 2])
def test_few_calls_are_ahead_of_who_takes_the_results(processes, tmp_path):
    paths = [tmp_path / str(number) for number in range(20)]
    results = results_in_order(touch, paths, processes, PRELOAD)
    assert next(results) == paths[0]
    time.sleep(0.5)
    assert len(list(tmp_path.iterdir())) <= processes + 1
    assert list(results) == paths[1:]


@pytest.mark.parametrize("processes", [1, 2])
def test_error_of_a_call_is_raised(processes):
    with pytest.raises(ValueError, match="no 0"):
        list(results_in_order(fail, range(9), processes, PRELOAD))


PROGRAM = """
import time
from tiltyard.engine.work.processes import results_in_order
next(results_in_order(print, ["begun"], 1, []))
list(results_in_order(time.sleep, [100, 100, 100], 2, []))
"""


@pytest.mark.parametrize("sign", ["SIGTERM", "SIGKILL"])
def test_processes_end_with_who_started_them(sign):
    job = subprocess.Popen([sys.executable, "-u", "-c", PROGRAM], stdout=subprocess.PIPE)
    assert job.stdout.readline() == b"begun\n"
    deadline = time.monotonic() + 30
    while len(own := psutil.Process(job.pid).children(recursive=True)) < 4:
        assert job.poll() is None and time.monotonic() < deadline, own
        time.sleep(0.05)
    subprocess.run(["kill", f"-{sign}", str(job.pid)], check=True)
    job.communicate(timeout=10)
    _, alive = psutil.wait_procs(own, timeout=10)
    assert not alive, [Path(f"/proc/{each.pid}/cmdline").read_text() for each in alive]
