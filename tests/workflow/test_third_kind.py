"""A kind of study from another package runs through the shipped workflow; no line knows it."""

import json
import os
import signal
import time

import pandas as pd
import pyarrow.parquet as pq
import pytest
from workplace import Workplace, processes_with

CONFIG = {
    "kind": "sorting",
    "study": "race",
    "seed": 1,
    "shapes": ["random", "sorted"],
    "lengths": [50, 500],
    "trials": 1,
    "evaluation": {"time_limit": 2},
}
MARK = "TILTYARD_TEST_SORTING"
#: CPU seconds that a child burns, and what starting it and two interpreters may add under load.
BURNS, STARTS = 0.33, 0.5


@pytest.fixture(scope="module")
def race(tmp_path_factory):
    """The study, killed with SIGKILL as a whole in the middle of its evaluations, then resumed."""
    folder = tmp_path_factory.mktemp("race")
    workplace = Workplace(folder, CONFIG, {MARK: str(folder)})
    workplace.install("sorting", group="tiltyard.studies", point="sorting:Sorting")
    workplace.copy("sorting_figures")
    process = workplace.start("--cores", "2", "--until", "evaluate")
    deadline = time.monotonic() + 120
    while not list(folder.glob("results/race/evaluations/*.parquet")):
        assert process.poll() is None and time.monotonic() < deadline, workplace.logs()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    paths = folder.glob("results/race/evaluations/*.parquet")
    kept = {path: repr(pq.read_table(path).to_pylist()) for path in paths}
    workplace.run("--unlock")
    workplace.said = workplace.run("--rerun-incomplete")
    workplace.kept = kept
    return workplace


def rows_of(race, method):
    rows = pd.DataFrame(race.rows())
    return rows[rows["method"] == method]


def test_it_resumes_after_sigkill_and_computes_nothing_twice(race):
    """Computed again, times would be others."""
    assert race.kept
    for path, rows in race.kept.items():
        assert repr(pq.read_table(path).to_pylist()) == rows
    rows = pd.DataFrame(race.rows())
    assert len(rows) == 2 * 2 * 5 and not rows.duplicated(["configuration", "method"]).any()


def test_a_wrong_output_has_a_status_of_its_own_and_neither_time_nor_cost(race):
    lazy = rows_of(race, "lazy").set_index("shape")
    assert set(lazy.loc["sorted", "status"]) == {"ok"}
    wrong = lazy.loc["random"]
    assert set(wrong["status"]) == {"wrong_output"}
    assert set(wrong["message"]) == {"the output is not sorted"}
    costs = [name for name in wrong if name.endswith("seconds") or name.startswith("peak_")]
    assert len(costs) == 7 and wrong[costs].isna().all(axis=None)


def test_time_and_memory_of_children_are_the_methods(race):
    busy = rows_of(race, "busy")
    assert set(busy["status"]) == {"ok"}
    assert busy["cpu_seconds"].between(BURNS, BURNS + STARTS).all()
    quick = rows_of(race, "quick")
    assert (quick["cpu_seconds"] < 0.05).all()
    assert (busy["peak_memory"] > 60).all() and (busy["peak_processes"] >= 2).all()


def test_a_hang_in_a_grandchild_that_left_is_a_row_and_nothing_is_left_running(race):
    hangs = rows_of(race, "hangs")
    assert set(hangs["status"]) == {"timeout"}
    assert not processes_with(f"{MARK}={race.folder}")


def test_times_are_measured_with_the_machine_alone(race):
    assert "(2 threads)" in race.said and "one job at a time" in race.said


def test_tables_ranks_figures_and_page_are_there(race):
    ranks = pd.read_csv(race.results / "ranks.csv")
    assert set(ranks["method"]) == {"busy", "hangs", "lazy", "quick", "unix"}
    assert ranks["method"].iloc[0] == "quick" and ranks["solved"].iloc[0] == 4
    summary = pd.read_csv(race.results / "summary.csv")
    assert {"n_wrong_output", "n_timeout"} <= set(summary) and "regret" not in summary
    cost = pd.read_csv(race.results / "cost.csv")
    assert set(cost["length"]) == {50, 500}
    for figure in ("race", "differences", "pareto", "timeline"):
        assert (race.results / "figures" / f"{figure}.svg").stat().st_size > 1000
    page = (race.results / "report.html").read_text()
    assert "Which algorithm sorts fastest?" in page
    assert json.loads((race.results / "manifest.json").read_text())["kind"] == "sorting"


def test_outputs_are_verified_and_times_are_not(race):
    done = race.tiltyard(
        *("verify", "--sample", "6", "--config", "config.yaml", "--results", str(race.results))
    )
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "verified"
    assert "6 of 20" in done.stdout


def test_its_configuration_is_refused_as_any(race):
    race.config = {**CONFIG, "shapes": ["round"]}
    done = race.snakemake("--cores", "1", "--dry-run")
    race.config = CONFIG
    assert done.returncode and "shapes[0]: got 'round', needs one of" in done.stdout + done.stderr
