"""Sharing out the wall time of jobs that overlap, on runs whose shares are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.engine.journal.reading import Run
from tiltyard.studies.derivatives.levels.journal_stages import IMBALANCE, WORKFLOW, share_out


def run_of(rule, started, ended, phases=(), cpu=()):
    run = Run(
        job=rule, rule=rule, host="", pid=1, started=started, opened=started, threads=1,
        configurations=(), phases=[(started, "starting"), *phases], cpu=list(cpu),
    )  # fmt: skip
    run.ended = ended
    return run


def walls(shares):
    return {name: wall for name, (wall, _) in shares.items() if wall}


def test_two_jobs_that_overlap_share_a_moment():
    first = run_of("evaluate", 1.0, 5.0, [(2.0, "python")])
    second = run_of("evaluate", 1.0, 9.0, [(2.0, "julia")])
    found = walls(share_out([first, second], 0.0, 10.0, jobs=2))
    # 1 s before and 1 s after; 1 s start of both; 3 s of both; 4 s of one beside an empty place.
    assert found == pytest.approx(
        {WORKFLOW: 2.0, "job start": 1.0, "python": 1.5, "julia": 1.5 + 2.0, IMBALANCE: 2.0}
    )


def test_a_last_batch_that_is_not_full_is_imbalance():
    # 21 configurations of a second each, two jobs at once: 10 full batches, and one half empty.
    runs = [run_of("evaluate", k // 2, k // 2 + 1.0, [(k // 2, "python")]) for k in range(21)]
    found = walls(share_out(runs, 0.0, 11.0, jobs=2))
    assert found == pytest.approx({"python": 10.5, IMBALANCE: 0.5})


def test_cpu_is_that_of_the_job_whatever_runs_beside_it():
    cpu = [(0.0, 0.0), (1.0, 0.5), (5.0, 4.5)]
    run = run_of("evaluate", 0.0, 5.0, [(1.0, "python"), (3.0, "julia")], cpu)
    shares = share_out([run, run_of("dataset", 0.0, 5.0)], 0.0, 5.0, jobs=1)
    assert {name: spent for name, (_, spent) in shares.items() if spent} == pytest.approx(
        {"job start": 0.5, "python": 2.0, "julia": 2.0}
    )


TIMES = st.floats(0, 10).map(lambda x: round(x, 3))


@given(st.lists(st.tuples(st.sampled_from(["evaluate", "merge"]), TIMES, TIMES), max_size=6),
       st.integers(1, 4))  # fmt: skip
def test_stages_add_up_to_the_wall_time(jobs, places):
    runs = [run_of(rule, min(a, b), max(a, b)) for rule, a, b in jobs]
    shares = share_out(runs, 0.0, 10.0, jobs=places)
    assert sum(wall for wall, _ in shares.values()) == pytest.approx(10.0)
    assert all(wall >= 0 for wall, _ in shares.values())
