"""No job works with more threads than it was given, whatever its libraries would like."""

import subprocess
import time
from collections import Counter

import psutil
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.julia

CORES = 2


def running_threads(process):
    """Threads of the workers below `process` that work or wait for a core, by their job's phase."""
    count = 0
    for job in process.children(recursive=True):
        try:
            if "evaluate" not in job.cmdline():
                continue
            # Workers are the children of the job's fork server.
            workers = [worker for child in job.children() for worker in child.children()]
            count += sum(map(runnable, workers))
        except psutil.NoSuchProcess:
            continue
    return count


def runnable(worker):
    states = []
    for thread in worker.threads():
        try:
            with open(f"/proc/{worker.pid}/task/{thread.id}/stat") as file:
                states.append(file.read().rpartition(")")[2].split()[0])
        except OSError:
            continue  # it has ended
    return states.count("R")


def test_a_study_works_with_as_many_threads_as_it_was_given(workplace):
    # Linear algebra large enough that BLAS would use threads of its own; one configuration on two
    # cores, so that its job has two threads, for Python's estimators and for Julia's.
    names = ["gaussian_process_se", "gaussian_process_matern", "whittaker", "smoothing_spline_gcv"]
    workplace.config |= {"samples": [401], "noise_levels": [1.0e-2], "orders": [0, 1, 2, 3]}
    workplace.config["estimators"] = {"include": {"name": names}}
    command = workplace.command("--cores", str(CORES), "--until", "evaluate")
    seen = Counter()
    with subprocess.Popen(
        command,
        env=workplace.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as study:
        snakemake = psutil.Process(study.pid)
        while study.poll() is None:
            seen[running_threads(snakemake)] += 1
            time.sleep(0.01)
        said = study.stdout.read()
    assert study.returncode == 0, said + workplace.logs()
    assert "[1/1] gaussian_peak-n401-gaussian-1e-02-t1 (2 threads)" in said
    assert seen[CORES] > 10, f"the cores were hardly used: {seen}"
    # A worker that is just forked or just ending may be seen beside the next one.
    more = sum(count for threads, count in seen.items() if threads > CORES)
    assert more <= 0.02 * seen.total(), seen
    (evaluation,) = (workplace.results / "evaluations").iterdir()
    rows = pq.read_table(evaluation).to_pylist()
    # Workers of Python's estimators have one thread each: no library made a pool of its own.
    python = [row for row in rows if row["language"] == "python"]
    assert {row["method"] for row in python} == set(names)
    assert {row["peak_threads"] for row in python} == {1}
