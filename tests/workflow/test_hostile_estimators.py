"""Estimators that raise, hang, crash, allocate: the study completes and each has its status."""

from collections import defaultdict
from dataclasses import dataclass

import psutil
import pytest
from workplace import Workplace

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


@dataclass
class Ended:
    """A study of hostile estimators that has ended, and the processes from before it."""

    workplace: Workplace
    before: set[int]


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
        "evaluation": {"time_limit": 8, "memory_limit": 600},
    }
    workplace = Workplace(tmp_path_factory.mktemp("hostile"), config)
    workplace.install("hostile")
    before = set(psutil.pids())
    # Two threads in the job: a hanging Julia estimator also stops the one beside it.
    workplace.run("results/trial/failures.csv", "--set-threads", "evaluate=2")
    return Ended(workplace, before)


def test_study_completes_and_each_failure_is_recorded(ended):
    rows = ended.workplace.rows()
    statuses = defaultdict(set)
    for row in rows:
        statuses[row["method"], row["language"]].add(row["status"])
        assert (row["status"] == "ok") == (row["message"] == "")
        assert (row["nrmse"] is not None) == (row["status"] == "ok")
    assert dict(statuses) == EXPECTED
    assert len(rows) == len(EXPECTED) * 3
    failures = (ended.workplace.results / "failures.csv").read_text()
    words = ["ArithmeticError: on purpose", "DomainError", "time limit of 8 s", "exit code 3"]
    words += ["settings hold a object", "no JSON of at most 8192 bytes"]
    for own in words:
        assert own in failures


def test_no_process_is_left(ended):
    left = [p for p in psutil.process_iter(["cmdline"]) if p.pid not in ended.before]
    folder = str(ended.workplace.folder)
    assert not [p for p in left if folder in " ".join(p.info["cmdline"] or [])]


def test_truth_scores_zero_although_an_estimator_changed_its_input(ended):
    rows = ended.workplace.rows()
    assert {row["nrmse"] for row in rows if row["method"] == "truth"} == {0.0}
    # Registered after it, and given the input unchanged: with errors of noise alone.
    (order_0,) = [
        row["nrmse"] for row in rows if row["method"] == "needs_its_input" and not row["order"]
    ]
    assert 0.0 < order_0 < 0.03
