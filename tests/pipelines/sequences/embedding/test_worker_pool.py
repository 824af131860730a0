"""Workers: order of results, deaths, models that cannot be loaded, nothing left running."""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from functools import partial

import planted_workers
import pytest

from tiltyard.pipelines.sequences.embedding import pool
from tiltyard.pipelines.sequences.embedding.assigning import assigned
from tiltyard.pipelines.sequences.faults import WorkFailed


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def run(load, tasks, how="queue", workers=2, **told):
    return pool.run(load, tasks, assigned([1] * len(tasks), workers, how), **told)


@pytest.mark.parametrize("how", ["round_robin", "queue"])
def test_results_are_those_of_their_tasks_whatever_the_delays(how):
    results, loads = run(planted_workers.load_delayed, list(range(6)), how)
    assert {place: task for place, (_, task) in results.items()} == {n: n for n in range(6)}
    assert loads == 2
    if how == "round_robin":
        pids = [results[place][0] for place in range(6)]
        assert len(set(pids[::2])) == len(set(pids[1::2])) == 1 and pids[0] != pids[1]


def test_progress_and_results_are_told_as_they_come():
    counts, told = [], []
    run(
        planted_workers.load_doubling,
        [1, 2, 3],
        progress=counts.append,
        told=lambda place, result: told.append((place, result)),
    )
    assert sum(counts) == 3 and sorted(told) == [(0, 2), (1, 4), (2, 6)]


@pytest.mark.parametrize(
    ("how", "workers"), [("queue", 1), ("round_robin", 2), ("queue_largest", 2)]
)
def test_a_worker_that_is_killed_costs_its_task_alone(how, workers):
    tasks = [1, 13, 2, 7, 3, 4]
    results, loads = run(planted_workers.load_mortal, tasks, how, workers)
    assert results[1] == pool.Failure("WorkerDied", "its worker was ended by SIGKILL")
    assert results[3] == pool.Failure("ValueError", "seven is too much")
    assert {place: results[place] for place in (0, 2, 4, 5)} == {0: 1, 2: 2, 4: 3, 5: 4}
    assert loads <= workers + 1


def test_a_worker_that_kills_itself_on_the_last_task_is_not_replaced():
    results, loads = run(planted_workers.load_mortal, [1, 13], workers=1)
    assert results[0] == 1 and results[1].error == "WorkerDied" and loads == 1


def test_a_model_that_cannot_be_loaded_ends_it_with_the_reason():
    with pytest.raises(WorkFailed, match="no such model"):
        run(planted_workers.load_nothing, [1, 2])
    with pytest.raises(WorkFailed, match="ended with status 3 while it loaded"):
        run(planted_workers.load_dying, [1, 2])


def test_a_kill_from_outside_hangs_nothing_and_leaves_nobody(tmp_path):
    """Of two that wait for a minute one is killed, then the other."""
    killed = []

    def kill():
        until = time.monotonic() + 50
        while len(killed) < 2 and time.monotonic() < until:
            for file in tmp_path.iterdir():
                if file.name not in killed:
                    killed.append(file.name)
                    os.kill(int(file.name), signal.SIGKILL)
            time.sleep(0.05)

    thread = threading.Thread(target=kill)
    thread.start()
    results, _ = pool.run(
        partial(planted_workers.load_pid, tmp_path), ["a", "b"], [deque([0]), deque([1])]
    )
    thread.join()
    assert {one.error for one in results.values()} == {"WorkerDied"} and len(results) == 2
    assert not any(alive(int(pid)) for pid in killed)


def test_an_error_in_the_parent_leaves_no_worker(tmp_path):
    before = {one.pid for one in multiprocessing.active_children()}  # kept by other tests

    def fail(count):
        assert {one.pid for one in multiprocessing.active_children()} > before
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(planted_workers.load_doubling, [1, 2, 3], progress=fail)
    assert {one.pid for one in multiprocessing.active_children()} <= before
