"""The timeline accounts for every core second once."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiltyard.engine.journal.cores import (
    COMPILING,
    FILES,
    IDLE,
    JULIA,
    OTHER,
    PAUSE_SECONDS,
    PYTHON,
    START,
    last_session,
    occupy,
)
from tiltyard.engine.journal.reading import Evaluated, Run
from tiltyard.engine.journal.writing import record_job
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.evaluator import Tally
from tiltyard.report.timeline import draw_timeline, read_benchmarks, read_load


def run(begin, end, phases=(), threads=1, rule="evaluate", host="here", error=""):
    return Run(
        job=f"{rule}-{begin}",
        rule=rule,
        host=host,
        pid=1,
        started=begin,
        opened=begin,
        threads=threads,
        configurations=(),
        phases=[(begin, "starting"), *phases],
        ended=end,
        error=error,
    )


phase = st.sampled_from(["reading", "starting python", "python", "starting julia", "julia", "odd"])
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
    shares = found.shares()
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-12)
    assert shares[IDLE] == pytest.approx(1 - taken / found.capacity, abs=1e-12)
    # Of each machine as many cores as jobs ever had at once: the lowest free ones are taken.
    for host, (first, last) in found.hosts.items():
        own = [run for run in runs if run.host == host]
        most = max(
            sum(run.threads for run in own if run.started <= moment.started < run.last)
            for moment in own
        )
        assert last - first + 1 == most


def test_every_second_goes_to_what_the_job_was_at():
    phases = [(2, "reading"), (3, "starting python"), (5, "python"), (11, "julia"), (15, "writing")]
    cost = {
        "python": {"cpu": 5.0, "wall": 4.5, "warm_up": 1.5},
        "julia": {"cpu": 3.5, "wall": 3.6, "warm_up": 0.0},
    }
    done = Evaluated("c", 2, 16, 2, 0, {}, cost, [], 1)
    job = run(0, 16, phases, threads=2)
    job.evaluated.append(done)
    merging = run(16, 20, [(17, "merging")], rule="merge")
    found = occupy([merging, job], cores=4)
    assert (found.cores, found.wall, found.capacity) == (4, 20, 80)
    expected = {START: 2 * 4 + 1, FILES: 2 * 2, JULIA: 2 * 4, OTHER: 3}
    # A quarter of what Python's estimators took came before their calls.
    expected |= {COMPILING: 2 * 6 * 0.25, PYTHON: 2 * 6 * 0.75}
    expected[IDLE] = 80 - sum(expected.values())
    assert found.shares() == pytest.approx({kind: s / 80 for kind, s in expected.items()})
    assert found.overhead == pytest.approx(1 - 8.5 / 80)


def test_failed_job_is_marked_where_it_ended():
    found = occupy([run(0, 5), run(1, 4, error="OSError")])
    assert found.losses == ((1, 4),)


def test_session_is_what_followed_the_last_long_pause():
    early, late = run(0, 10), run(10 + PAUSE_SECONDS + 1, 500)
    beside = run(20, 500)  # bridges the pause
    assert last_session([late, early]) == [late]
    assert last_session([late, early, beside]) == [early, beside, late]
    assert last_session([]) == []


def make_journal(folder):
    outcomes = {("fit", "python"): Outcome(Status.OK, "", None, 0.01, 0.01, 0.0)}
    rows = folder / "rows"
    rows.touch()
    with record_job(folder / "journal", "evaluate-1-1", "evaluate", configurations=["c"]) as job:
        job.begin("c")
        job.phase("python")
        job.finish("c", Tally(outcomes, computed=list(outcomes)), {"ok": 8}, rows)


@pytest.mark.parametrize("benchmark", [None, "850.0\t1.0\t20.0", "-\t-\t-"])
def test_figure_says_what_it_shows(tmp_path, benchmark):
    make_journal(tmp_path)
    if benchmark is not None:
        path = tmp_path / "benchmarks" / "evaluate" / "1-1.tsv"
        path.parent.mkdir(parents=True)
        path.write_text(f"max_rss\tio_in\tio_out\n{benchmark}\n")
    svg, png = draw_timeline(tmp_path, "trial")
    text = svg.read_text()
    assert "Study trial: 1 configuration in 1 job on 1 core in" in text
    assert "Python's estimators" in text and "overhead" in text
    assert ("memory" in text) is (benchmark is not None)
    assert ("written 20 MB" in text) is (benchmark is not None and "20.0" in benchmark)
    assert png.read_bytes().startswith(b"\x89PNG")


def test_study_without_journals_has_a_figure_that_says_so(tmp_path):
    svg, _ = draw_timeline(tmp_path, "trial")
    assert "no job of study trial has left a journal" in svg.read_text()


def test_benchmark_of_a_job_that_did_not_end_well_is_not_its_own(tmp_path):
    path = tmp_path / "benchmarks" / "evaluate" / "0.tsv"
    path.parent.mkdir(parents=True)
    path.write_text("max_rss\tio_in\tio_out\n1\t2\t3\n")
    assert read_benchmarks(tmp_path, [run(0, 5, error="killed")]).empty
    (row,) = read_benchmarks(tmp_path, [run(0, 5)]).itertuples(index=False)
    assert np.array_equal(row, [0, 5, 1, 2, 3])


def test_load_is_all_of_the_cpu_time_between_the_lines_that_say_it():
    job = run(10, 20)
    job.cpu = [(14, 2.0), (20, 8.0)]
    silent = run(0, 5)  # was killed before it could say anything
    load = read_load([silent, job])
    assert load["cores"].tolist() == [0.5, 1.0]
    assert ((load["end"] - load["begin"]) * load["cores"]).sum() == 8.0
