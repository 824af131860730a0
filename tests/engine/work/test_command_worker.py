"""A method's children cost what they cost, end when it ends, and leave nothing."""

import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

import planted_commands as planted
import pytest

from tiltyard.engine.outcome import Limits, Status
from tiltyard.engine.work import command_worker
from tiltyard.engine.work.command_worker import CommandWorker, environment
from tiltyard.engine.work.supervisor import Supervisor
from tiltyard.engine.work.tree import marked
from tiltyard.engine.work.worker import THREAD_VARIABLES, Task

LIMITS = Limits(seconds=60.0, memory_mb=2000)
MARK = "TILTYARD_TEST_MARK"


@pytest.fixture
def mark(monkeypatch, tmp_path):
    """In the environment of all that a worker starts; nothing that has it may be left."""
    monkeypatch.setenv(MARK, str(tmp_path))
    yield f"{MARK}={tmp_path}"
    assert not [one for one in marked(f"{MARK}={tmp_path}") if one.pid != os.getpid()]
    assert not list(tmp_path.glob("tiltyard-*"))


@pytest.fixture
def evaluate(mark, tmp_path):
    """Evaluates a planted strategy in a supervised worker whose folder is below `tmp_path`."""

    def outcome_of(prepare, payload=None, limits=LIMITS, **facts):
        with contextlib.closing(Supervisor(lambda: CommandWorker(tmp_path), limits)) as supervisor:
            ((_, outcome),) = supervisor.evaluate([Task("task", payload, prepare, **facts)])
        return outcome

    return outcome_of


@pytest.mark.parametrize(
    ("prepare", "payload", "seconds", "processes", "escaped"),
    [
        (planted.itself, 0.4, 0.4, 1, 0),
        (planted.child, 1.0, 1.0, 2, 0),
        (planted.four_that_end_early, 0.3, 1.2, 2, 0),
        (planted.orphan, 0.5, 0.5, 2, 0),
        (planted.unreaped_fork, 0.5, 0.5, 2, 0),
        (planted.before_the_call, 0.5, 0.5, 2, 0),
    ],
)
def test_cpu_of_the_whole_tree_is_counted(evaluate, prepare, payload, seconds, processes, escaped):
    outcome = evaluate(prepare, payload)
    assert (outcome.status, outcome.escaped) == (Status.OK, escaped), outcome.message
    # Starting processes costs milliseconds, in the worker and where they begin; many, if both
    # hardware threads of a core are busy.
    assert seconds * 0.97 <= outcome.cpu_seconds <= seconds * 1.03 + 0.12
    assert outcome.peak_processes >= processes


def test_cpu_of_children_that_nobody_waits_for_is_counted_as_far_as_it_was_seen(evaluate):
    outcome = evaluate(planted.ignored, 0.6)
    assert 0.4 <= outcome.cpu_seconds <= 0.75


def test_process_that_outlives_the_call_is_ended_counted_and_said(evaluate):
    outcome = evaluate(planted.outlived, 0.4)
    assert (outcome.status, outcome.escaped) == (Status.OK, 1)
    # It burns on until it is ended: at most the time that it is left to end by itself.
    assert 0.4 <= outcome.cpu_seconds < 0.8


def test_memory_of_a_child_is_counted_though_it_is_short(evaluate):
    outcome = evaluate(planted.child_of, 200)
    assert 200 <= outcome.peak_memory < 260


def test_memory_that_two_share_is_counted_once_and_their_own_twice(evaluate):
    # Counted for each it would be 600. Processes are read one after another, and a fork in between
    # can add half.
    assert 200 <= evaluate(planted.shared_by_two, 200).peak_memory < 380
    outcome = evaluate(planted.two_of, 150)
    assert 300 <= outcome.peak_memory < 360
    assert outcome.peak_processes == 3


@pytest.mark.parametrize("prepare", [planted.threads_in_child, planted.threads_of_its_own])
def test_threads_of_the_tree_are_counted(evaluate, prepare):
    processes = 2 if prepare is planted.threads_in_child else 1
    assert evaluate(prepare, 5).peak_threads == processes + 5


def test_limit_of_memory_is_the_trees(evaluate):
    limits = Limits(60.0, 250)
    outcome = evaluate(planted.two_of, 180, limits)
    assert (outcome.status, outcome.limits) == (Status.CRASHED, limits)
    assert "above the limit of 250 MB" in outcome.message


def test_limit_of_time_ends_grandchildren_that_left(evaluate, mark):
    outcome = evaluate(planted.hangs, planted.LEAVES_THE_GROUP, Limits(1.0, 2000))
    assert outcome.status is Status.TIMEOUT  # the fixture `mark` sees that nothing is left


@pytest.mark.parametrize(
    ("prepare", "payload", "status", "words"),
    [
        (planted.dies_with_children, None, Status.CRASHED, "SIGSEGV"),
        (planted.raises, None, Status.FAILED, "KeyError: 'no such thing'"),
        (planted.large, 2 * 2**20, Status.FAILED, "2.0 MB, more than the 1 MB"),
        (planted.kills_its_guardian, None, Status.CRASHED, "its guardian ended"),
    ],
)
def test_hostile_strategy_gets_its_own_status_and_leaves_nothing(
    evaluate, prepare, payload, status, words
):
    outcome = evaluate(prepare, payload)
    assert outcome.status is status
    assert words in outcome.message


def test_guardian_that_is_stopped_is_replaced_by_the_job(evaluate, monkeypatch):
    monkeypatch.setattr(command_worker, "END_SECONDS", 1.0)
    assert evaluate(planted.stops_its_guardian).status is Status.OK


def test_folder_is_the_workers_own_and_goes(evaluate, tmp_path):
    folder, size = evaluate(planted.writes, "output").result
    assert (Path(folder).parent, size) == (tmp_path, 1000)
    assert not Path(folder).exists()
    evaluate(planted.hangs, "touch left; sleep 1000", Limits(0.5, 2000))  # see the fixture `mark`


def test_shared_memory_that_is_left_is_removed(evaluate):
    outcome = evaluate(planted.shared_memory)
    assert outcome.escaped == 0  # the process that removes it is Python's, and meant to stay
    assert not Path("/dev/shm", outcome.result).exists()


def test_environment_is_clean_and_threads_are_the_methods(evaluate, monkeypatch):
    for name in ("LD_PRELOAD", "MALLOC_ARENA_MAX", "OMP_PROC_BIND", "PYTHONHASHSEED"):
        monkeypatch.setenv(name, "7")
    found = evaluate(
        planted.environment,
        [*THREAD_VARIABLES, "LD_PRELOAD", "MALLOC_ARENA_MAX", "OMP_PROC_BIND", "PYTHONHASHSEED"],
        threads=3,
    ).result
    assert [found[name] for name in THREAD_VARIABLES] == ["3"] * len(THREAD_VARIABLES)
    assert [*found.values()][-4:] == [None, None, None, "0"]


def test_paths_stay_valid_in_another_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "python:/elsewhere")
    assert environment(1, "/scratch")["PYTHONPATH"] == f"{tmp_path}/python:/elsewhere"


def test_two_workers_end_apart(mark, tmp_path):
    first, second = CommandWorker(tmp_path), CommandWorker(tmp_path)
    for worker in (first, second):
        worker.submit([Task("task", "sleep 1000", planted.hangs)])
    began = time.monotonic()
    first.kill()  # would wait in vain if the second's guardian held the first's end of a pipe
    assert time.monotonic() - began < command_worker.END_SECONDS
    assert first.pid == 0 and second.alive() and second.memory_mb() > 1
    second.kill()


def test_folder_is_the_systems_if_none_is_given(mark):
    worker = CommandWorker()
    worker.submit([Task("task", "x", planted.writes)])
    while not (found := list(worker.collect())):
        worker.wait(1.0)
    assert Path(found[0][1].result[0]).parent == Path(tempfile.gettempdir()).resolve()


def test_task_that_cannot_be_read_fails_alone(evaluate, monkeypatch):
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "tests" not in path])
    outcome = evaluate(planted.itself, 0.1)
    assert outcome.status is Status.FAILED and "planted_commands" in outcome.message


def test_call_that_measures_itself_says_its_status_and_costs(evaluate):
    outcome = evaluate(planted.measures_itself, (0.0, 0.1, 0.0), own_costs=True)
    assert (outcome.status, outcome.message) == (Status.CRASHED, "as it says")
    assert (outcome.cpu_seconds, outcome.result) == (7.0, {"result": None})


def test_each_part_of_a_call_that_measures_itself_has_the_time_limit_to_itself(
    evaluate, monkeypatch
):
    monkeypatch.setattr(command_worker, "OWN_END_SECONDS", 1.0)
    limits = Limits(3.0, 2000)
    outcome = evaluate(planted.measures_itself, (1.5, 3.2, 1.5), limits, own_costs=True)
    assert outcome.message == "as it says"
    for parts in ((60.0, 0.0, 0.0), (0.0, 60.0, 0.0), (0.0, 0.0, 60.0)):
        outcome = evaluate(
            planted.measures_itself, parts, limits, own_costs=True, known={"position": 3}
        )
        assert (outcome.status, outcome.limits) == (Status.TIMEOUT, limits)
        assert outcome.result == {"position": 3}


def test_what_was_known_beforehand_is_the_result_where_there_is_none(evaluate):
    known = {"position": 3}
    assert evaluate(planted.raises, known=known).result == known
    assert evaluate(planted.dies_with_children, known=known).result == known
    assert evaluate(planted.child, 0.0, known=known).result == 0
