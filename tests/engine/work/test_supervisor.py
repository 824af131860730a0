"""A method that hangs, crashes or grows costs its own evaluation only, with its own status."""

import os
import subprocess
import sys
from pathlib import Path

import hostile_tasks
import psutil
import pytest

from tiltyard.engine.outcome import Limits, Outcome, Status
from tiltyard.engine.work.python_worker import PythonWorker
from tiltyard.engine.work.supervisor import Supervisor
from tiltyard.engine.work.worker import Task

LIMITS = Limits(seconds=2.0, memory_mb=400)


@pytest.fixture
def supervisor():
    crew = Supervisor(PythonWorker, LIMITS)
    yield crew
    crew.close()


def outcome_of(supervisor, prepare, payload=None):
    ((_, outcome),) = supervisor.evaluate([Task("task", payload, prepare)])
    return outcome


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("raises", Status.FAILED, "KeyError: 'no such thing'"),
        ("exits", Status.FAILED, "SystemExit: 3"),
        ("unpicklable", Status.FAILED, "pickle"),
        ("hangs_in_python", Status.TIMEOUT, "time limit of 2 s"),
        ("hangs_in_native_code", Status.TIMEOUT, "time limit of 2 s"),
        ("ends_the_process", Status.CRASHED, "exit code 7"),
        ("segfaults", Status.CRASHED, "SIGSEGV"),
        ("allocates_without_end", Status.CRASHED, "above the limit of 400 MB"),
    ],
)
def test_hostile_method_gets_its_own_status_and_the_next_one_runs(supervisor, name, status, words):
    outcome = outcome_of(supervisor, getattr(hostile_tasks, name))
    assert outcome.status is status
    assert words in outcome.message
    assert outcome_of(supervisor, hostile_tasks.well, 5).result == 5


def test_worker_killed_from_outside_is_tried_again(supervisor, tmp_path):
    outcome = outcome_of(supervisor, hostile_tasks.is_killed_once, str(tmp_path / "mark"))
    assert (outcome.status, outcome.result) == (Status.OK, "survived")


HASH = """
import hostile_tasks
from tiltyard.engine.work.python_worker import PythonWorker
from tiltyard.engine.work.worker import Task
worker = PythonWorker()
worker.submit([Task("task", "text", hostile_tasks.hashes)])
while not (found := list(worker.collect())):
    worker.wait(1.0)
print(found[0][1].result)
"""


def test_sets_have_the_same_order_in_every_run():
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "random"}
    said = [
        subprocess.run(
            [sys.executable, "-c", HASH],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert said[0] == said[1] != ""


def test_cost_is_that_of_the_call_without_its_preparation_and_its_end(supervisor):
    for _ in range(2):  # the second time in a worker that has burnt before
        outcome = outcome_of(supervisor, hostile_tasks.burns)
        assert 0.2 <= outcome.cpu_seconds < 0.3
        assert outcome.wall_seconds > 0.39  # asleep for half of it
        assert outcome.warm_up_seconds >= 0.1


def test_peak_memory_is_that_of_the_call_and_falls_again(supervisor):
    before = outcome_of(supervisor, hostile_tasks.well, 1).peak_memory
    worker = psutil.Process(supervisor._worker.pid)
    assert before == pytest.approx(worker.memory_info().rss / 2**20, abs=10)
    for megabytes in (50, 100, 50):
        peak = outcome_of(supervisor, hostile_tasks.grows, megabytes).peak_memory
        assert peak - before == pytest.approx(megabytes, abs=10)
    after = outcome_of(supervisor, hostile_tasks.well, 1).peak_memory
    assert after == pytest.approx(before, abs=10)


def test_closing_leaves_no_worker(supervisor):
    outcome_of(supervisor, hostile_tasks.well, 1)
    worker = supervisor._worker.pid
    supervisor.close()
    assert not psutil.pid_exists(worker)


def test_outcome_that_needed_more_than_a_lowered_limit_does_not_hold():
    outcome = Outcome(Status.OK, wall_seconds=30.02)
    assert outcome.holds_under(Limits(30.0, 500))
    assert not outcome.holds_under(Limits(20.0, 500))
    assert Outcome(Status.FAILED, "no number").holds_under(Limits(0.1, 1))


@pytest.mark.parametrize(
    ("status", "limits", "holds"),
    [
        (Status.TIMEOUT, Limits(0.5, 400), True),
        (Status.TIMEOUT, Limits(4.0, 400), False),
        (Status.CRASHED, Limits(2.0, 300), True),
        (Status.CRASHED, Limits(2.0, 800), False),
    ],
)
def test_outcome_at_a_limit_holds_until_the_limit_is_raised(status, limits, holds):
    assert Outcome(status, limits=LIMITS).holds_under(limits) is holds
