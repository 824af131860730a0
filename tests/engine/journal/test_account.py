"""Every core second is in one part, and the headline is the sum of the parts listed below it."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from planted_run import cost, run, samples, workflow

from tiltyard.engine.journal.account import (
    COMPILING,
    IDLE,
    METHODS,
    OTHER,
    OVERHEAD,
    PROGRAMS,
    REST,
    STEAL,
    UNKNOWN,
    WAITING,
    Account,
)
from tiltyard.engine.journal.accounting import make_account


def percents(lines):
    """The headline's number, and those of its parts and of the others, in tenths."""

    def tenths(line):
        return round(10 * float(re.search(r"([\d.]+)%", line)[1]))

    middle = lines.index("the rest of the core time:")
    return tenths(lines[0]), [*map(tenths, lines[1:middle])], [*map(tenths, lines[middle + 1 :])]


amount = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))


@settings(max_examples=200, deadline=None)
@given(st.lists(amount, min_size=7, max_size=7), st.booleans())
def test_parts_as_printed_add_up_to_the_headline_and_to_a_hundred(amounts, known):
    assume(sum(amounts) > 0)
    names = [COMPILING, OTHER, METHODS, *([IDLE, WAITING, PROGRAMS, STEAL] if known else [UNKNOWN])]
    account = Account(2, 60.0, dict(zip(names, amounts, strict=False)))
    assume(account.total > 0)
    headline, overhead, others = percents(account.lines("method"))
    assert headline == sum(overhead) and sum(overhead) + sum(others) == 1000
    assert len(overhead) + len(others) == len(names)
    assert headline == pytest.approx(1000 * account.overhead_share, abs=2)
    for part, tenths in account.tenths().items():
        assert tenths == pytest.approx(1000 * account.parts[part] / account.total, abs=1)


def test_every_core_second_is_found_in_its_part():
    job = run(10, 90, costs={"one": cost(40, 45, 3), "two": cost(20, 25)})
    account = make_account(
        [job], [workflow(0, 100, 0.8, programs=0.5, steal=0.1)], begin=0, end=100
    )
    compiling = 3 * 40 / 45
    assert account.parts == pytest.approx(
        {
            METHODS: 60,
            COMPILING: compiling,
            OTHER: 80 - 60 - compiling,
            WAITING: 10,
            IDLE: 200 - 80 - 50 - 10 - 10,
            PROGRAMS: 50,
            STEAL: 10,
        }
    )
    assert (account.cores, account.wall, account.total) == (2, 100, pytest.approx(200))
    assert account.overhead == pytest.approx(20 + 50)


def test_overhead_of_a_run_that_shared_its_cores_is_that_of_the_run_alone():
    """With half of the cores everything takes twice as long."""
    alone = make_account(
        [run(10, 90, costs={"one": cost(100, 100)})], [workflow(0, 100, 1.4)], begin=0, end=100
    )
    shared = make_account(
        [run(20, 180, costs={"one": cost(100, 200)})],
        [workflow(0, 200, 0.7, programs=1.0)],
        begin=0,
        end=200,
    )
    assert shared.parts[PROGRAMS] == pytest.approx(200) and alone.parts[PROGRAMS] == 0
    # The calls that took longer were not alone: of what they waited, only free cores are theirs.
    assert shared.parts[WAITING] <= 200 - 0.7 * 200
    waited = shared.parts[WAITING] / 200
    assert shared.overhead_of_own + waited == pytest.approx(alone.overhead_of_own)
    assert "100.0%" not in shared.headline() and "of what other programs left" in shared.headline()
    assert "others" not in alone.headline()


def test_call_that_waits_for_others_does_not_wait_on_its_own():
    job = run(0, 100, costs={"one": cost(50, 100)}, threads=2)
    account = make_account([job], [workflow(0, 100, 0.5, programs=1.5)])
    assert account.parts[WAITING] == pytest.approx(0) and account.parts[IDLE] == pytest.approx(0)
    assert account.overhead == pytest.approx(0)


@pytest.mark.parametrize(("machine", "taken"), [(2, 100), (3, 0), (64, 0)])
def test_program_on_a_core_that_the_run_was_not_given_took_nothing(machine, taken):
    job = run(0, 100, costs={"one": cost(100, 100)})
    here = workflow(0, 100, 1.0, programs=1.0, machine=machine)
    assert make_account([job], [here]).parts[PROGRAMS] == pytest.approx(taken)


def test_programs_that_came_late_took_what_was_free_then():
    early = samples([0, 10, 20, 30, 40], 1.0)
    late = samples([40, 50, 60, 70, 80], 1.0, programs=1.0)
    one = workflow(0, 10, 1.0)
    steps = [*early]
    for before, after in pairwise(late):
        last = steps[-1].machine
        change = replace(
            last,
            busy=last.busy + after.machine.busy - before.machine.busy,
            idle=last.idle + after.machine.idle - before.machine.idle,
        )
        steps.append(replace(after, cpu=steps[-1].cpu + after.cpu - before.cpu, machine=change))
    one.samples = steps
    account = make_account([run(0, 80, costs={"one": cost(70, 70)})], [one])
    assert account.parts[PROGRAMS] == pytest.approx(40)
    assert sum(one.programs for one in account.loads if one.end <= 40) == pytest.approx(0)


def test_time_before_the_first_sample_and_after_the_last_is_like_its_neighbour():
    whole = workflow(0, 100, 1.0, programs=0.5, ended=False)
    whole.samples = whole.samples[2:-1]  # the first of 20 s, the last of 90 s
    whole.samples = [replace(sample, cpu=sample.time) for sample in whole.samples]
    account = make_account([run(0, 100, costs={"one": cost(80, 80)})], [whole])
    assert account.parts[PROGRAMS] == pytest.approx(50)
    assert account.parts[METHODS] + account.parts[OTHER] == pytest.approx(100)


def test_workflow_that_was_started_again_is_one_account():
    jobs = [run(0, 40, costs={"one": cost(40, 40)}), run(60, 100, costs={"one": cost(40, 40)})]
    twice = [workflow(0, 40, 1.0, programs=1.0), workflow(60, 100, 1.0, programs=1.0)]
    account = make_account(jobs, twice)
    assert account.parts[PROGRAMS] == pytest.approx(2 * 40 + 40, rel=0.02)
    assert account.total == pytest.approx(200)


def test_machine_that_says_nothing_leaves_a_part_open_and_says_so():
    job = run(0, 100, costs={"one": cost(60, 70)})
    job.cpu = [(100, 80.0)]
    silent = workflow(0, 100, 0.8)
    silent.samples = [replace(sample, machine=None) for sample in silent.samples]
    for account in (make_account([job], cores=2), make_account([job], [silent])):
        assert account.parts == pytest.approx({METHODS: 60, COMPILING: 0, OTHER: 20, UNKNOWN: 120})
        assert not account.known
        text = "\n".join(account.lines("method"))
        assert "overhead 10.0% or more (this machine does not say" in text
        assert "idle, waiting or other programs" in text and "idle cores" not in text


def test_nodes_of_a_cluster_are_measured_by_their_jobs():
    first = run(0, 100, costs={"one": cost(90, 90)}, host="first")
    second = run(0, 100, costs={"one": cost(50, 90)}, host="second", threads=2)
    for job, own, others in ((first, 0.95, 0.05), (second, 0.6, 1.2)):
        job.samples = samples(range(0, 101, 10), own, programs=others, machine=job.threads)
        job.cpu = [(sample.time, sample.cpu) for sample in job.samples]
    account = make_account([first, second])
    assert account.cores == 3 and account.total == pytest.approx(300)
    assert account.parts[PROGRAMS] == pytest.approx(5 + 120)
    assert account.parts[WAITING] == pytest.approx(20)  # of 40, for no more was free
    assert account.parts[OTHER] == pytest.approx(95 + 60 - 140)


def test_run_that_took_more_than_its_cores_still_adds_up():
    job = run(0, 100, costs={"one": cost(99, 99)})
    account = make_account([job], [workflow(0, 100, 1.3, cores=1)])
    assert account.total == pytest.approx(130) and account.parts[IDLE] == 0


kinds = st.sampled_from(["here", "there"])


@st.composite
def shared_runs(draw):
    jobs = []
    for _ in range(draw(st.integers(1, 5))):
        begin = draw(st.integers(0, 50))
        length = draw(st.integers(1, 50))
        wall = draw(st.floats(0, length))
        lanes = {"one": cost(wall * draw(st.floats(0, 1)), wall, draw(st.floats(0, 5)))}
        jobs.append(run(begin, begin + length, costs=lanes, threads=draw(st.integers(1, 3))))
    share = st.floats(0, 1)
    here = workflow(
        0,
        draw(st.integers(11, 100)),
        2 * draw(share),
        cores=draw(st.integers(1, 4)),
        programs=draw(share),
        steal=draw(share) / 4,
        machine=4,
        ended=draw(st.booleans()),
    )
    return jobs, here


@settings(max_examples=200, deadline=None)
@given(shared_runs())
def test_no_core_second_is_lost_or_counted_twice(planted):
    jobs, here = planted
    account = make_account(jobs, [here])
    capacity = account.cores * account.wall
    assert all(spent >= 0 for spent in account.parts.values())
    assert set(account.parts) == {*OVERHEAD, *REST} - {UNKNOWN}
    taken = sum(s for part, s in account.parts.items() if part not in (IDLE, WAITING))
    assert account.total == pytest.approx(max(capacity, taken))
