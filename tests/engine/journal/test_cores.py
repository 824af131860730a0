"""The timeline has every second of every job once, on one core."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_run import cost, run

from tiltyard.engine.journal.cores import (
    COMPILING,
    FILES,
    KINDS,
    OTHER,
    PAUSE_SECONDS,
    START,
    last_session,
    occupy,
)
from tiltyard.engine.journal.reading import Evaluated

phase = st.sampled_from(["reading", "starting one", "one", "starting two", "two", "odd"])
steps = st.lists(st.tuples(st.integers(0, 20), phase), max_size=6)


@st.composite
def jobs(draw):
    begin = draw(st.integers(0, 60))
    moments, when = [], begin
    for step, name in draw(steps):
        when += step
        moments.append((when, name))
    host = draw(st.sampled_from(["one", "two"]))
    rule = draw(st.sampled_from(["evaluate", "merge"]))
    end = when + draw(st.integers(1, 20))
    return run(begin, end, moments, draw(st.integers(1, 4)), rule, host)


@settings(max_examples=50, deadline=None)
@given(st.lists(jobs(), min_size=1, max_size=12))
def test_no_core_does_two_things_at_once_and_no_second_is_lost(runs):
    found = occupy(runs)
    for core in range(found.cores):
        own = sorted((s.begin, s.end) for s in found.segments if s.core == core)
        assert all(end <= begin for (_, end), (begin, _) in pairwise(own))
    taken = sum(run.threads * (run.last - run.started) for run in runs)
    assert sum(s.end - s.begin for s in found.segments) == taken  # whole seconds: exact
    assert {s.kind for s in found.segments} <= {*KINDS, *found.lanes}
    assert {"one", "two"}.issuperset(found.lanes)
    # Of each machine as many cores as jobs ever had at once: the lowest free ones are taken.
    for host, (first, last) in found.hosts.items():
        own = [run for run in runs if run.host == host]
        most = max(
            sum(run.threads for run in own if run.started <= moment.started < run.last)
            for moment in own
        )
        assert last - first + 1 == most


def test_every_second_goes_to_what_the_job_was_at():
    phases = [(2, "reading"), (3, "starting one"), (5, "one"), (11, "two"), (15, "writing")]
    costs = {"one": cost(5.0, 4.5, 1.5), "two": cost(3.5, 3.6)}
    job = run(0, 16, phases, threads=2)
    job.evaluated.append(Evaluated("c", 2, 16, 2, 0, {}, costs, [], 1))
    merging = run(16, 20, [(17, "merging")], rule="merge")
    found = occupy([merging, job], cores=4)
    assert (found.cores, found.wall, found.lanes) == (4, 20, ("one", "two"))
    spent = Counter()
    for segment in found.segments:
        spent[segment.kind] += segment.end - segment.begin
    expected = {START: 2 * 4 + 1, FILES: 2 * 2, "two": 2 * 4, OTHER: 3}
    # A quarter of what the methods of the first lane took came before their calls.
    expected |= {COMPILING: 2 * 6 * 0.25, "one": 2 * 6 * 0.75}
    assert spent == pytest.approx(expected)


def test_failed_job_is_marked_where_it_ended():
    found = occupy([run(0, 5), run(1, 4, error="OSError")])
    assert found.losses == ((1, 4),)


def test_session_is_what_followed_the_last_long_pause():
    early, late = run(0, 10), run(10 + PAUSE_SECONDS + 1, 500)
    beside = run(20, 500)  # bridges the pause
    assert last_session([late, early]) == [late]
    assert last_session([late, early, beside]) == [early, beside, late]
    assert last_session([]) == []
