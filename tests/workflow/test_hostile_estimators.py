"""Estimators that raise, hang, crash, allocate: the study completes and each has its status."""

import os
import subprocess
import time
from collections import defaultdict

import psutil
import pytest
from workplace import Workplace, processes_with

pytestmark = pytest.mark.julia

EXPECTED = {
    ("raises", "python"): {"failed"},
    ("returns_nan", "python"): {"ok", "non_finite"},
    ("returns_wrong_shape", "python"): {"failed"},
    ("hangs_in_python", "python"): {"timeout"},
    ("hangs_in_native_code", "python"): {"timeout"},
    ("ends_the_process", "python"): {"crashed"},
    ("allocates_without_end", "python"): {"crashed"},
    ("changes_its_input", "python"): {"ok"},
    ("needs_its_input", "python"): {"ok"},
    ("has_unwritable_settings", "python"): {"failed"},
    ("has_endless_settings", "julia"): {"failed"},
    ("throws", "julia"): {"failed"},
    ("loops", "julia"): {"timeout"},
    ("returns_wrong_shape", "julia"): {"failed"},
    ("returns_nan", "julia"): {"non_finite"},
    ("works", "julia"): {"ok"},
    ("truth", "python"): {"ok"},
}


#: Variable by which every process of the study is known, and every one that it starts.
MARK = "TILTYARD_TEST_HOSTILE"


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    config = {
        "study": "trial",
        "seed": 7,
        "signals": ["gaussian_peak"],
        "samples": [21],
        "noise_levels": [1.0e-2],
        "trials": 1,
        "orders": [0, 1, 2],
        "estimators": {
            "include": {"family": ["control"]},
            "exclude": {"name": ["zero", "constant"], "tag": ["oracle", "model"]},
        },
        "evaluation": {"time_limit": 4, "memory_limit": 600},
    }
    workplace = Workplace(tmp_path_factory.mktemp("hostile"), config)
    workplace.install("hostile")
    workplace.environment = {MARK: str(workplace.folder)}
    # Two threads in the job: a hanging Julia estimator also stops the one beside it.
    workplace.run("results/trial/failures.csv", "--set-threads", "evaluate=2")
    return workplace


def test_study_completes_and_each_failure_is_recorded(ended):
    rows = ended.rows()
    statuses = defaultdict(set)
    for row in rows:
        statuses[row["method"], row["language"]].add(row["status"])
        assert (row["status"] == "ok") == (row["message"] == "")
        assert (row["nrmse"] is not None) == (row["status"] == "ok")
    assert dict(statuses) == EXPECTED
    assert len(rows) == len(EXPECTED) * 3
    failures = (ended.results / "failures.csv").read_text()
    words = ["ArithmeticError: on purpose", "DomainError", "time limit of 4 s", "exit code 3"]
    words += ["settings hold a value of type object", "no JSON of at most 8192 bytes"]
    for own in words:
        assert own in failures


def test_no_process_is_left(ended):
    deadline = time.monotonic() + 10
    while left := processes_with(f"{MARK}={ended.folder}"):
        # A fork server and its workers end when they notice that their job has.
        assert time.monotonic() < deadline, [told(process) for process in left]
        time.sleep(0.05)


def told(process):
    """Command of a process, if it is still there."""
    try:
        return psutil.Process(process).cmdline()
    except psutil.NoSuchProcess:
        return "ended since"


def test_no_process_escapes_the_test_above(tmp_path):
    """One that has nothing of the study in its command, started by one that has ended."""
    environment = {**os.environ, MARK: str(tmp_path)}
    subprocess.run(["sh", "-c", "sleep 60 &"], env=environment, check=True)
    deadline = time.monotonic() + 10
    while list(map(told, left := processes_with(f"{MARK}={tmp_path}"))) != [["sleep", "60"]]:
        assert time.monotonic() < deadline, left  # the shell forks before it becomes the other
        time.sleep(0.05)
    psutil.Process(left[0]).kill()


def test_truth_scores_zero_although_an_estimator_changed_its_input(ended):
    rows = ended.rows()
    assert {row["nrmse"] for row in rows if row["method"] == "truth"} == {0.0}
    # Registered after it, and given the input unchanged: with errors of noise alone.
    (order_0,) = [
        row["nrmse"] for row in rows if row["method"] == "needs_its_input" and not row["order"]
    ]
    assert 0.0 < order_0 < 0.03
