"""A study of throughput through the shipped workflow: a pipeline with planted faults."""

import json
import os
import re
import shutil
import signal
import time

import pandas as pd
import pyarrow.parquet as pq
import pytest
from workplace import Workplace, processes_with

from tiltyard.studies.throughput.rounds import sequence

CONFIG = {
    "kind": "throughput",
    "study": "burnt",
    "seed": 1,
    "pipeline": "burning",
    "workload": {"numbers": [50, 200]},
    "strategies": [
        *("plain", "limit", "serial", "threads-w2", "off-by-one", "drops-last", "right-on-one"),
        *("leaks", "hangs", "child-dies", "short"),
    ],
    "trials": 2,
    "disturbance": 1.0,  # whatever runs beside the tests
    "evaluation": {"time_limit": 4, "memory_limit": 300},
}
MARK = "TILTYARD_TEST_BURNING"
WRONG = {
    "off-by-one": "record 17, square: ",
    "drops-last": "records expected, ",
    "right-on-one": "record 200, square: 27889 expected, 0 found",
}
#: Columns that no wrong or too short launch may have a value in.
COSTS = [
    *("cpu_seconds", "wall_seconds", "peak_memory", "peak_processes", "peak_threads"),
    *("cpu_user", "cpu_system", "cpu_children", "anonymous_mb", "bytes_read"),
]


def workplace_in(folder, **changes):
    workplace = Workplace(folder, {**CONFIG, **changes}, {MARK: str(folder)})
    workplace.install("burning", group="tiltyard.pipelines", point="burning:Burning")
    return workplace


def rows_of(workplace):
    return pq.read_table(workplace.results / "results.parquet").to_pandas()


def launches_of(workplace):
    rows = rows_of(workplace)
    return rows[rows["stage"] == "total"]


def contents_of(path):
    """All rows as text, in which a missing number equals itself."""
    return repr(pq.read_table(path).to_pylist())


@pytest.fixture(scope="module")
def burnt(tmp_path_factory):
    """The study, killed with SIGKILL as a whole in the middle of a round, then resumed."""
    folder = tmp_path_factory.mktemp("burnt")
    workplace = workplace_in(folder)
    process = workplace.start("--cores", "2", "--until", "evaluate")
    deadline = time.monotonic() + 300
    while not list(folder.glob("results/burnt/evaluations/*.parquet")):
        assert process.poll() is None and time.monotonic() < deadline, workplace.logs()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path: contents_of(path) for path in workplace.results.glob("evaluations/*.parquet")}
    workplace.run("--unlock")
    workplace.said = workplace.run("--rerun-incomplete")
    workplace.kept = kept
    return workplace


def test_every_strategy_has_a_row_in_every_round_and_what_was_done_is_not_done_again(burnt):
    launches = launches_of(burnt)
    names = [*CONFIG["strategies"], "serial-again"]
    assert sorted(launches["method"]) == sorted(names * 2 * 2)
    assert burnt.kept  # launched again, they would have other times
    assert all(contents_of(path) == rows for path, rows in burnt.kept.items())
    assert launches["counted"].all()


def test_a_wrong_output_is_found_and_said_and_never_timed(burnt):
    launches = launches_of(burnt)
    for name, words in WRONG.items():
        own = launches[launches["method"] == name]
        wrong = own[own["status"] == "wrong_output"]
        right = own[own["status"] != "wrong_output"]
        assert wrong["message"].str.contains(words).all() and wrong[COSTS].isna().all(axis=None)
        assert set(wrong["workload"]) == ({"n200"} if name == "right-on-one" else {"n50", "n200"})
        assert set(right["workload"]) == ({"n50"} if name == "right-on-one" else set())
    assert set(launches.groupby("workload")["digest"].nunique()) == {1}


def test_a_leak_a_hang_and_a_lost_child_are_rows_and_nothing_is_left_running(burnt):
    launches = launches_of(burnt).set_index("method")
    assert set(launches.loc["leaks", "status"]) == {"crashed"}
    assert launches.loc["leaks", "message"].str.contains("above the limit of 300 MB").all()
    assert set(launches.loc["hangs", "status"]) == {"timeout"}
    assert set(launches.loc["child-dies", "status"]) == {"failed"}
    assert launches.loc["child-dies", "message"].str.contains("SIGKILL").all()
    for name in ("leaks", "hangs", "child-dies"):  # known before the launch
        assert launches.loc[name, ["position", "machine", "job", "digest"]].notna().all(axis=None)
    assert not processes_with(f"{MARK}={burnt.folder}")


def test_work_of_milliseconds_has_no_time_and_says_which_size_would_have_one(burnt):
    launches = launches_of(burnt)
    short = launches[launches["method"] == "short"]
    assert set(short["status"]) == {"too_short"} and short[COSTS].isna().all(axis=None)
    assert (
        short["message"]
        .str.fullmatch(
            r"took \d\.\d ms of work for \d+ numbers: about [\d,]+ numbers would take 1 s"
        )
        .all()
    )


def test_stages_add_up_and_what_is_burnt_is_counted(burnt):
    rows = rows_of(burnt)
    ok = rows[(rows["status"] == "ok") & (rows["method"] != "limit")]
    keys = ["configuration", "method"]
    whole = ok[ok["stage"] == "total"].set_index(keys)
    stages = ok[ok["stage"] != "total"]
    for cost in ("wall_seconds", "cpu_seconds"):
        sums = stages.groupby(keys)[cost].sum()
        assert (abs(sums - whole[cost]) <= 0.02 * whole[cost]).all()
    computing = stages[stages["stage"] == "compute"].set_index(keys)["cpu_seconds"]
    serial = computing[computing.index.get_level_values("method") == "serial"]
    assert serial.between(0.97 * 0.08, 0.08 + 0.03).all()  # it ends once it has seen so much
    assert stages[["peak_memory", "peak_threads"]].isna().all(axis=None)


def test_rounds_have_sequences_of_their_own_that_follow_from_the_seed(burnt):
    launches = launches_of(burnt)
    turns = {
        name: tuple(own.sort_values("position")["method"])
        for name, own in launches.groupby("configuration")
    }
    assert len(set(turns.values())) == 4
    names = [*CONFIG["strategies"], "serial-again"]
    assert turns == {name: tuple(sequence(CONFIG["seed"], name, names)) for name in turns}
    # In that sequence they were launched: the store grew so.
    logs = sorted((burnt.results / "logs" / "evaluate").glob("*.log"), key=lambda path: path.name)
    log = [line for path in logs for line in path.read_text().splitlines()]
    said = [line.partition(" (")[0] for line in log if re.match(r"\S+ \(python\): \w+ \S+ s", line)]
    last = turns["n200-t2"]  # the last round of all
    assert tuple(said[-len(last) :]) == last


def test_stages_are_not_ranked_limits_neither_and_ranks_are_of_launches(burnt):
    ranks = pd.read_csv(burnt.results / "ranks.csv")
    assert set(ranks["method"]) == {*CONFIG["strategies"]} - {"limit"}
    assert set(ranks["cells"]) == {2}
    failures = pd.read_csv(burnt.results / "failures.csv")
    assert set(failures["status"]) == {"wrong_output", "crashed", "timeout", "failed", "too_short"}
    assert (burnt.results / "report.html").stat().st_size > 1000
    assert json.loads((burnt.results / "manifest.json").read_text())["kind"] == "throughput"


def test_outputs_are_verified_and_times_are_not(burnt):
    names = ("serial", "threads-w2", "off-by-one", "short", "leaks")
    done = burnt.tiltyard(
        *("verify", "--config", "config.yaml", "--results", str(burnt.results)),
        *(part for name in names for part in ("--only", f"n50-t1/{name}/python")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "verified"


def test_lost_and_damaged_files_of_a_workload_are_restored_and_nothing_is_launched(burnt):
    """A copy, in which the evaluations are made again from the store."""
    folder = burnt.folder.parent / "restored"
    shutil.copytree(burnt.folder, folder, symlinks=True)
    workplace = Workplace(folder, burnt.config, burnt.environment)
    numbers = workplace.results / "workloads" / "n50" / "files" / "numbers.txt"
    before = numbers.read_bytes()
    numbers.write_bytes(before[:-1] + b"7")
    shutil.rmtree(workplace.results / "workloads" / "n200")
    shutil.rmtree(workplace.results / "store")  # so that all has to be launched again
    (evaluation,) = workplace.results.glob("evaluations/n50-t2.parquet")
    evaluation.unlink()
    workplace.run("--until", "evaluate")
    assert numbers.read_bytes() == before
