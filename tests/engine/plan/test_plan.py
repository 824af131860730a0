"""The parallel plan: never more than the room, every configuration once, and why in words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.engine.plan.batches import Batch
from tiltyard.engine.plan.plan import (
    CLUSTER_BATCH_SECONDS,
    Resources,
    Workload,
    make_plan,
    measured_load,
    threads_per_job,
)


def load(configurations, seconds=16.0):
    return Workload(configurations, seconds, "a test", base_memory_mb=1000, thread_memory_mb=500)


@given(
    configurations=st.integers(1, 5000),
    cores=st.integers(1, 128),
    seconds=st.floats(1e-3, 1e5),
    memory=st.one_of(st.none(), st.floats(100, 1e6)),
)
def test_no_plan_oversubscribes_cores_or_memory(configurations, cores, seconds, memory):
    plan = make_plan(load(configurations, seconds), Resources(cores, memory_mb=memory))
    assert plan.jobs_at_once * plan.threads <= cores
    assert plan.jobs_at_once <= len(plan.batches)
    if memory is not None:
        assert (plan.jobs_at_once * plan.job_memory_mb <= memory) == (not plan.obstacle)
    assert sum(len(batch) for batch in plan.batches) == configurations
    assert plan.batches[-1].last == configurations


@pytest.mark.parametrize(
    ("configurations", "cores", "threads"), [(21, 2, 1), (21, 21, 1), (21, 64, 3), (1, 8, 8)]
)
def test_threads_grow_only_with_cores_that_no_configuration_is_left_for(
    configurations, cores, threads
):
    assert threads_per_job(configurations, cores) == threads
    plan = make_plan(load(configurations), Resources(cores))
    assert plan.threads == threads
    assert f"{threads} thread" in str(plan) or "one thread" in str(plan)


def test_what_the_user_decided_is_kept_and_said():
    plan = make_plan(load(21), Resources(cores=8, threads=4, batch_size=5))
    assert (plan.threads, plan.jobs_at_once) == (4, 2)
    assert [len(batch) for batch in plan.batches] == [5, 5, 5, 5, 1]
    assert str(plan).count("as asked for") == 2


def test_little_memory_means_fewer_jobs_and_the_plan_says_so():
    plan = make_plan(load(21), Resources(cores=8, memory_mb=2500))
    assert plan.jobs_at_once == 2
    assert any("2.5 GB" in reason for reason in plan.reasons)


def test_threads_of_one_job_fit_the_memory_too_unless_they_are_the_users():
    room = Resources(cores=16, memory_mb=2600)
    plan = make_plan(load(1), room)
    assert (plan.threads, plan.job_memory_mb, plan.obstacle) == (4, 2500, "")
    assert "4 threads a job: one job has no memory for more" in plan.reasons
    asked = make_plan(load(1), replace(room, threads=16))
    assert asked.threads == 16
    assert "a job takes 8500 MB, and 2600 MB are free" in asked.obstacle


def test_a_job_that_does_not_fit_is_said_with_the_remedy_unless_nothing_is_left_to_do():
    room = Resources(cores=1, memory_mb=999.9, memory_by="of the group's 1.2 GB")
    plan = make_plan(load(3), room)
    assert "a job takes 1000 MB, and 999 MB are free of the group's 1.2 GB" in plan.obstacle
    assert "--resources mem_mb=1000" in plan.obstacle
    assert plan.obstacle in str(plan) and plan.to_dict()["obstacle"] == plan.obstacle
    assert not make_plan(load(3), replace(room, memory_mb=1000)).obstacle
    assert not make_plan(replace(load(3), done=(Batch(1, 3),)), room).obstacle
    assert not make_plan(load(3), Resources(cores=None, nodes=4)).obstacle


def test_memory_that_the_user_chose_for_a_job_is_the_jobs():
    plan = make_plan(load(9), Resources(cores=8, memory_mb=4000, job_memory_mb=2000))
    assert (plan.jobs_at_once, plan.job_memory_mb) == (2, 2000)


def test_half_a_core_takes_twice_as_long():
    whole, half = (make_plan(load(9), Resources(cores=1, speed=speed)) for speed in (1.0, 0.5))
    assert half.seconds == 2 * whole.seconds


def test_a_limit_above_what_is_free_is_said():
    limited = replace(load(3), limit_mb=4000)
    said = str(make_plan(limited, Resources(cores=1, free_mb=2000)))
    assert "may take 4.0 GB (evaluation: memory_limit)" in said
    assert "memory_limit" not in str(make_plan(limited, Resources(cores=1, free_mb=4000)))


@pytest.mark.parametrize("nodes", [1, 20, 10**9])
def test_a_cluster_gets_jobs_of_minutes(nodes):
    plan = make_plan(load(10_000, seconds=1.0), Resources(cores=None, nodes=nodes))
    fewest, most = CLUSTER_BATCH_SECONDS
    sizes = [len(batch) for batch in plan.batches[:-1]]
    assert all(fewest <= size <= most for size in sizes)
    assert plan.threads == 1


def test_what_was_evaluated_stays_whatever_the_room_and_costs():
    first = make_plan(load(21), Resources(cores=2))
    for cores, seconds, left in [(2, 16.0, 0), (64, 1.0, 0), (3, 90.0, 2)]:
        done = first.batches[: len(first.batches) - left]
        rest = Workload(21, seconds, "a test", 1000, 500, done=done)
        plan = make_plan(rest, Resources(cores, memory_mb=4000))
        assert plan.batches[: len(done)] == done
        assert sum(map(len, plan.batches)) == 21
        assert len(plan.waiting) >= left
    assert "evaluated before" in str(plan)
    assert str(
        make_plan(Workload(21, 1.0, "a test", 1, 1, done=first.batches), Resources(2))
    ).endswith("before")


def test_what_was_evaluated_before_is_looked_at_by_as_many_jobs_as_there_are_batches():
    """A method that is added makes every batch run again, with little to do in each."""
    first = make_plan(load(210), Resources(16))
    done = Workload(210, 1.0, "a test", 1, 1, done=first.batches)
    assert make_plan(done, Resources(16)).threads == 1
    assert (
        make_plan(
            Workload(2, 1.0, "a test", 1, 1, done=(Batch(1, 1), Batch(2, 2))), Resources(16)
        ).threads
        == 8
    )


def test_more_configurations_than_a_command_line_takes_are_refused():
    with pytest.raises(ValueError, match="configurations=501: a job takes at most 500"):
        make_plan(load(1000), Resources(2, batch_size=501))


def test_what_was_killed_counts_with_its_time_limit():
    receipt = {"configurations": 2, "method_cpu_seconds": 80.0, "planned_seconds": 1280.0}
    assert measured_load([receipt]) == 640.0


def test_a_single_core_starts_as_few_jobs_as_possible():
    assert len(make_plan(load(21), Resources(cores=1)).batches) == 1


def test_machine_readable_form_says_the_same():
    plan = make_plan(load(21), Resources(cores=2))
    facts = plan.to_dict()
    assert sum(facts["configurations_per_job"]) == facts["configurations"] == 21
    assert facts["jobs"] == len(plan.batches) and facts["memory_mb"] == 2 * 1000


def test_what_was_measured_is_a_mean_over_configurations():
    receipts = [
        {"configurations": 3, "method_cpu_seconds": 6.0},
        {"configurations": 1, "method_cpu_seconds": 10.0},
    ]
    assert measured_load(receipts) == 4.0
    assert measured_load([]) is None
