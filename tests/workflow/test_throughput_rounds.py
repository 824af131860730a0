"""Rounds end when they are enough, more can be asked for, and two studies never measure at once."""

import time

import pandas as pd
import pyarrow.parquet as pq
import pytest
from workplace import Workplace

from tiltyard.studies.throughput.measuring.alone import lock_path, machine_alone

CONFIG = {
    "kind": "throughput",
    "study": "rounds",
    "seed": 2,
    "pipeline": "burning",
    "workload": {"numbers": [50]},
    "strategies": ["plain", "limit", "serial", "threads-w2"],
    "trials": 4,
    "rounds": {"least": 2},
    "precision": 1,  # which two rounds have whatever they are
    "disturbance": 1.0,
}
STRATEGIES = {*CONFIG["strategies"], "serial-again"}


def launches_of(workplace):
    rows = pq.read_table(workplace.results / "results.parquet").to_pandas()
    own = rows[rows["stage"] == "total"].set_index("configuration")
    # The type of a column of numbers depends on whether any of them is missing.
    return own.astype(object).where(own.notna(), None)


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    """The study, which has to wait at first: these tests have the machine."""
    workplace = Workplace(tmp_path_factory.mktemp("rounds"), dict(CONFIG))
    workplace.install("burning", group="tiltyard.pipelines", point="burning:Burning")
    log = workplace.results / "logs" / "evaluate"
    with machine_alone("a study that is planted"):
        process = workplace.start("--cores", "2")
        deadline = time.monotonic() + 300
        while not any("waiting" in path.read_text() for path in log.glob("*.log")):
            assert process.poll() is None and time.monotonic() < deadline, workplace.logs()
            time.sleep(0.1)
        workplace.waiting = workplace.logs()
        workplace.evaluated = list(workplace.results.glob("evaluations/*.parquet"))
        time.sleep(2)
    assert process.wait(timeout=600) == 0, workplace.logs()
    workplace.first = launches_of(workplace)
    return workplace


def test_a_second_study_waits_and_says_for_whom(rounds):
    assert "waiting until the machine is free: it is used by a study that is planted" in (
        rounds.waiting
    )
    assert not rounds.evaluated
    own = rounds.first[rounds.first["status"] == "ok"]
    assert (own["queue_seconds"] > 2).any()
    assert (own["wall_seconds"] < 60).all()  # no wait is in it
    assert lock_path().exists()


def test_rounds_end_when_the_main_ratio_is_known_well_enough(rounds):
    rows = rounds.first
    assert set(rows.loc[["n50-t1", "n50-t2"], "status"]) == {"ok"}
    spared = rows.loc[["n50-t3", "n50-t4"]]
    assert set(spared["status"]) == {"not_needed"} and not spared["counted"].any()
    assert len(spared) == 2 * len(STRATEGIES)
    reason = r"the main ratio is known to ± [\d.]+%, as asked \(± 100.0%\)"
    assert spared["message"].str.fullmatch(rf"not needed: after 2 rounds {reason}").all()
    assert spared[["cpu_seconds", "wall_seconds", "peak_memory"]].isna().all(axis=None)


def test_a_round_that_was_not_needed_is_no_failure_and_no_replicate(rounds):
    assert (rounds.results / "failures.csv").read_text().count("\n") == 1
    ranks = (rounds.results / "ranks.csv").read_text()
    assert "threads-w2" in ranks
    assert set(pd.read_csv(rounds.results / "summary.csv")["replicates"]) == {2}


def test_more_precision_launches_what_is_missing_and_nothing_again(rounds):
    before = rounds.first.loc[["n50-t1", "n50-t2"]]
    assert before["job"].nunique() == 1
    rounds.config["precision"] = 0.000001
    rounds.run()
    rows = launches_of(rounds)
    assert set(rows["status"]) == {"ok"} and len(rows) == 4 * len(STRATEGIES)
    pd.testing.assert_frame_equal(rows.loc[["n50-t1", "n50-t2"]], before)
    assert set(rows["job"]) > set(before["job"])
    # Less precision takes nothing away that was measured.
    rounds.config["precision"] = 1
    rounds.run()
    pd.testing.assert_frame_equal(launches_of(rounds), rows)
