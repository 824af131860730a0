"""A kill from outside says nothing of a method: it is tried again, and never stored as a result."""

import os
import signal
import sys
from contextlib import closing
from multiprocessing import forkserver
from pathlib import Path

import hostile_tasks
import pytest
from cage import caged

from tiltyard.engine.methods.method import Method
from tiltyard.engine.outcome import Kill, Limits, Status
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.work import evaluator, supervisor
from tiltyard.engine.work.command_worker import CommandWorker
from tiltyard.engine.work.evaluator import Evaluator, NoResult
from tiltyard.engine.work.pool import WorkerPool
from tiltyard.engine.work.python_worker import PythonWorker
from tiltyard.engine.work.worker import Task

LIMITS = Limits(seconds=20.0, memory_mb=4000)
METHOD = Method(name="method", family="f", version="1")
OTHER = Method(name="other", family="f", version="1")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Evaluates prepared tasks as a job does, without its pauses."""
    monkeypatch.setattr(evaluator, "PAUSES", (0.0,) * len(evaluator.PAUSES))

    def evaluate(tasks, start=PythonWorker, size=2):
        found = Evaluator(Store(tmp_path / "store"), LIMITS, "dataset", {})
        with closing(WorkerPool(start, LIMITS, size)) as pool:
            found.compute(
                {method: Task(str(method), *task) for method, task in tasks.items()}, pool
            )
        return found.outcomes

    return evaluate


def recalled(tmp_path):
    again = Evaluator(Store(tmp_path / "store"), LIMITS, "dataset", {})
    return [method for method in (METHOD, OTHER) if method not in again.recall([METHOD, OTHER])]


ALL_ATTEMPTS = supervisor.ATTEMPTS_AFTER_CRASH * (1 + len(evaluator.PAUSES))


@pytest.mark.parametrize("start", [PythonWorker, CommandWorker])
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_evaluation_that_is_killed_is_tried_again_often_enough(bench, tmp_path, start, sign):
    payload = (str(tmp_path / "mark"), ALL_ATTEMPTS - 1, int(sign))
    outcomes = bench({METHOD: (payload, hostile_tasks.is_killed_some_times)}, start)
    outcome = outcomes.by_method[METHOD.key]
    assert (outcome.status, outcome.result, outcome.killed) == (Status.OK, "survived", None)
    assert outcomes.computed == [METHOD.key]
    assert recalled(tmp_path) == [METHOD]


def test_method_that_is_killed_every_time_has_crashed_and_the_store_does_not_say_so(
    bench, tmp_path
):
    payload = (str(tmp_path / "mark"), 10**6, int(signal.SIGKILL))
    tasks = {
        METHOD: (payload, hostile_tasks.is_killed_some_times),
        OTHER: (5, hostile_tasks.well),
    }
    outcomes = bench(tasks)
    outcome = outcomes.by_method[METHOD.key]
    assert (outcome.status, outcome.killed) == (Status.CRASHED, Kill.SOMEBODY)
    assert outcome.message == f"worker ended: killed by SIGKILL {Kill.SOMEBODY}"
    assert len((tmp_path / "mark").read_text()) == ALL_ATTEMPTS
    assert outcomes.by_method[OTHER.key].result == 5
    assert recalled(tmp_path) == [OTHER]
    outcomes.require_all("this")  # it may well be the method itself: the study goes on


@pytest.mark.parametrize("prepare", [hostile_tasks.segfaults, hostile_tasks.ends_the_process])
def test_crash_of_its_own_is_none_from_outside_and_stored(bench, tmp_path, prepare):
    outcome = bench({METHOD: (None, prepare)}).by_method[METHOD.key]
    assert (outcome.status, outcome.killed) == (Status.CRASHED, None)
    assert recalled(tmp_path) == [METHOD]


def test_end_of_the_server_that_workers_are_forked_from_is_no_crash(bench, tmp_path):
    mark = tmp_path / "mark"
    bench({OTHER: (5, hostile_tasks.well)})  # so that there is one
    server = forkserver._forkserver._forkserver_pid
    payload = (str(mark), server)
    outcomes = bench({METHOD: (payload, hostile_tasks.loses_the_server_once)})
    assert outcomes.by_method[METHOD.key].result == "survived"
    assert forkserver._forkserver._forkserver_pid != server


def test_failure_while_the_kernel_kills_for_memory_is_doubted(bench, tmp_path, monkeypatch):
    """A tool that the method had started may have been the one."""
    counts = iter([0, 1])
    monkeypatch.setattr(supervisor, "kills_for_memory", lambda: next(counts, 1))
    outcomes = bench({METHOD: (None, hostile_tasks.raises)})
    outcome = outcomes.by_method[METHOD.key]
    assert (outcome.status, outcome.killed) == (Status.FAILED, None)  # as it was the second time
    assert outcomes.computed == [METHOD.key]
    assert recalled(tmp_path) == [METHOD]


def test_what_was_killed_for_memory_has_no_result(bench, tmp_path, monkeypatch):
    counts = iter(range(1000))
    monkeypatch.setattr(supervisor, "kills_for_memory", lambda: next(counts))
    payload = (str(tmp_path / "mark"), 10**6, int(signal.SIGKILL))
    outcomes = bench({METHOD: (payload, hostile_tasks.is_killed_some_times)})
    assert outcomes.by_method[METHOD.key].killed is Kill.MEMORY
    with pytest.raises(
        NoResult,
        match=r"this: killed by the kernel, for want of memory, alone too: method \(python\)",
    ):
        outcomes.require_all("this")
    assert recalled(tmp_path) == []


SCRIPT = """
import hostile_tasks
from tiltyard.engine.outcome import Limits
from tiltyard.engine.work.python_worker import PythonWorker
from tiltyard.engine.work.command_worker import CommandWorker
from tiltyard.engine.work.supervisor import Supervisor
from tiltyard.engine.work.worker import Task

for start in (PythonWorker, CommandWorker):
    crew = Supervisor(start, Limits(60.0, 4000))
    for prepare, payload in (
        (hostile_tasks.grows, 300), (hostile_tasks.well, 1), (hostile_tasks.segfaults, None)
    ):
        for _, outcome in crew.evaluate([Task("task", payload, prepare)]):
            print(outcome.status, outcome.killed)
    crew.close()
"""


def test_the_kernel_says_whom_it_killed_for_memory_in_a_real_group():
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    with caged(memory=250_000_000, cores=1.0) as cage:
        done = cage.run(sys.executable, "-c", SCRIPT, env={**os.environ, "PYTHONPATH": paths})
    assert done.returncode == 0, done.stderr
    said = [f"crashed {Kill.MEMORY}", "ok None", "crashed None"]
    assert done.stdout.splitlines() == said * 2


def test_a_worker_goes_before_its_job_when_memory_runs_out():
    worker = PythonWorker()
    scores = [
        int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in (os.getpid(), worker.pid)
    ]
    worker.kill()
    assert scores[0] < scores[1]
