"""Worker processes give the bytes that threads give, and none is left however a run ends."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from commandline import tiltyard
from made_batches import tissue
from made_h5ad import scores, specificity, written

from tiltyard.pipelines.spatial.made_files import write_example
from tiltyard.pipelines.team import Team, WorkerDied

#: Scores in a process of its own, slowly, so that something may happen to its workers.
SLOWLY = """
import sys, time
from tiltyard.pipelines.spatial import scoring
from tiltyard.pipelines.commands import run
ask = scoring.Scoring._ask
def slow(self, work):
    found = ask(self, work)
    print("asked", flush=True)
    time.sleep(0.3)
    return found
scoring.Scoring._ask = slow
run("spatial", sys.argv[1:])
"""


def adder(more):
    """What a worker calls: told -1 it fails, told -2 it is killed."""

    def answer(item):
        if item == -1:
            raise ValueError("not this one")
        if item == -2:
            os.kill(os.getpid(), signal.SIGKILL)
        return item + more, os.getpid()

    return answer


def gone(processes):
    return not psutil.wait_procs(processes, timeout=20)[1]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    made = tissue(200, 60, density=0.6)
    made.domains[:] = 0
    return written(tmp_path_factory.mktemp("source") / "in.h5ad", made)


def test_each_process_answers_and_all_are_gone_at_the_end():
    with Team(2, adder, 10) as team:
        found, lock = [], threading.Lock()

        def ask(item):
            own = team.ask(item)
            with lock:
                found.append(own)

        threads = [threading.Thread(target=ask, args=(item,)) for item in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        with pytest.raises(ValueError, match="not this one") as error:
            team.ask(-1)
        assert "In a worker process" in error.value.__notes__[0]
        assert team.ask(5)[0] == 15  # it goes on
        processes = [psutil.Process(own) for own in {own for _, own in found}]
        assert len(processes) == 2
    assert sorted(value for value, _ in found) == list(range(10, 18))
    assert gone(processes)


def test_a_killed_worker_is_named_and_nobody_waits_for_it():
    with Team(1, adder, 1) as team, pytest.raises(WorkerDied, match="with --backend threads"):
        team.ask(-2)


@pytest.mark.parametrize("words", [(), ("--batch", "30", "--memory", "20k")], ids=" ".join)
def test_processes_write_the_scores_that_threads_write(source, tmp_path, words):
    for backend, own in (("threads", ()), ("processes", words)):
        given = ("--backend", backend, "--compute-workers", "2", *own)
        specificity(source, tmp_path / backend, *given)
    assert scores(tmp_path / "processes") == scores(tmp_path / "threads")


def test_processes_write_the_results_that_threads_write(tmp_path):
    write_example(tmp_path, 150, 80, 1300, seed=3)
    specificity(tmp_path / "tissue.h5ad", tmp_path / "scores", "--min-group", "1")
    given = {
        "scores": "scores",
        "snp-gene": "map.h5ad",
        "weights": "weights.l2.ldscore.gz",
        "sumstats": "height.sumstats.gz",
    }
    files = [f"--{name}={tmp_path / value}" for name, value in given.items()]
    for backend in ("threads", "processes"):
        words = (f"--backend={backend}", "--threads=2", f"--output={tmp_path / backend}")
        tiltyard("spatial", "ldsc", *files, "--trait=height", "--blocks=20", *words)
    (one,), (two,) = ((tmp_path / own).glob("*.csv.gz") for own in ("threads", "processes"))
    assert one.read_bytes() == two.read_bytes()


def slowly(source, output):
    given = ("--embedding", "emb", "--annotation", "domain", "--batch", "20", "--quiet")
    own = ("--backend", "processes", "--compute-workers", "2")
    command = ("specificity", str(source), "--output", str(output), *given, *own)
    process = subprocess.Popen(
        [sys.executable, "-c", SLOWLY, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "asked\n"
    workers = [
        one
        for one in psutil.Process(process.pid).children()
        if "resource_tracker" not in " ".join(one.cmdline())
    ]
    assert len(workers) == 2
    return process, workers


def test_a_run_whose_worker_is_killed_ends_with_1_and_goes_on_later(source, tmp_path):
    process, workers = slowly(source, tmp_path / "out")
    workers[0].kill()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and "a worker process ended before its work was done" in said
    assert gone(workers)
    specificity(source, tmp_path / "out")
    specificity(source, tmp_path / "whole")
    assert scores(tmp_path / "out") == scores(tmp_path / "whole")


def test_workers_end_with_a_run_that_is_killed(source, tmp_path):
    process, workers = slowly(source, tmp_path)
    process.kill()
    process.communicate()
    start = time.monotonic()
    assert gone(workers) and time.monotonic() - start < 20
