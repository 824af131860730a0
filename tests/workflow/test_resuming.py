"""Killed, resumed, rearranged, extended: the same numbers, and nothing is computed twice."""

import os
import signal
import subprocess
import time
from collections import Counter

import pytest
from workplace import Workplace

#: What these tests look at: no figures.
TABLE = "results/trial/results.parquet"


def calls(workplace):
    path = workplace.folder / "calls"
    return Counter(path.read_text().splitlines()) if path.exists() else Counter()


def with_counted(workplace, count=6):
    workplace.install("counted")
    workplace.environment = {
        "TILTYARD_TEST_CALLS": str(workplace.folder / "calls"),
        "TILTYARD_TEST_COUNTED": str(count),
    }
    return workplace


def kill_half_way(workplace, count):
    """Start Snakemake in a process group of its own; SIGKILL the group after `count` calls."""
    process = subprocess.Popen(
        workplace.command("--cores", "2"),
        env=workplace.environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while calls(workplace).total() < count:
        assert process.poll() is None, "the study ended before it could be killed"
        assert time.monotonic() < deadline, workplace.logs()
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.julia
def test_killed_run_resumes_with_the_same_scores_and_repeats_only_what_was_in_flight(
    workplace, tmp_path_factory
):
    with_counted(workplace)
    names = [f"counted_{index}" for index in range(6)]
    names += ["central_difference", "fourier", "gaussian_process_se"]  # in both languages
    workplace.config["estimators"] = {"include": {"name": names}}
    undisturbed = with_counted(Workplace(tmp_path_factory.mktemp("other"), workplace.config))

    kill_half_way(workplace, 5)
    at_kill = calls(workplace)
    workplace.snakemake("--unlock")
    workplace.run("--rerun-incomplete", TABLE)
    assert len(calls(workplace)) == 12  # six estimators on two datasets
    repeated = calls(workplace) - Counter(calls(workplace).keys())
    assert repeated.total() <= 2  # two cores: at most two were in flight
    assert at_kill.total() < 12
    undisturbed.run("--cores", "1", TABLE)
    assert workplace.scores() == undisturbed.scores()


def test_adding_an_estimator_computes_that_one_alone(workplace):
    with_counted(workplace)
    workplace.config["julia"] = False
    workplace.config["estimators"] = {"include": {"tag": ["counted"]}}
    workplace.run(TABLE)
    assert calls(workplace).total() == 12
    workplace.environment["TILTYARD_TEST_COUNTED"] = "7"
    source = workplace.folder / "site" / "counted" / "more.py"
    source.write_text("# a file more: the catalogue's digest changes, no version does\n")
    workplace.run(TABLE)
    assert calls(workplace).total() == 14
    assert len(set(calls(workplace))) == 14
