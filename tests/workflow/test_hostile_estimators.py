"""Estimators that raise, hang, crash, allocate: the study completes and each has its status."""

from collections import defaultdict

import psutil

EXPECTED = {
    ("raises", "python"): {"failed"},
    ("returns_nan", "python"): {"ok", "non_finite"},
    ("returns_wrong_shape", "python"): {"failed"},
    ("hangs_in_python", "python"): {"timeout"},
    ("hangs_in_native_code", "python"): {"timeout"},
    ("ends_the_process", "python"): {"crashed"},
    ("allocates_without_end", "python"): {"crashed"},
    ("changes_its_input", "python"): {"ok"},
    ("throws", "julia"): {"failed"},
    ("loops", "julia"): {"timeout"},
    ("returns_wrong_shape", "julia"): {"failed"},
    ("returns_nan", "julia"): {"non_finite"},
    ("works", "julia"): {"ok"},
    ("truth", "python"): {"ok"},
}


def test_study_completes_and_each_failure_is_recorded(workplace):
    workplace.install("hostile")
    workplace.config["noise_levels"] = [1.0e-2]
    workplace.config["estimators"] = {
        "include": {"family": ["control"]},
        "exclude": {"name": ["zero", "constant"], "tag": ["oracle", "model"]},
    }
    workplace.config["evaluation"] = {"time_limit": 4, "memory_limit": 600}
    before = set(psutil.pids())
    # Two threads in the job: a hanging Julia estimator also stops the one beside it.
    workplace.run("--set-threads", "evaluate=2")

    statuses = defaultdict(set)
    for row in workplace.rows():
        statuses[row["estimator"], row["language"]].add(row["status"])
        assert (row["status"] == "ok") == (row["message"] == "")
        assert (row["nrmse"] is not None) == (row["status"] == "ok")
    assert dict(statuses) == EXPECTED
    assert len(workplace.rows()) == len(EXPECTED) * 3

    left = [p for p in psutil.process_iter(["cmdline"]) if p.pid not in before]
    assert not [p for p in left if str(workplace.folder) in " ".join(p.info["cmdline"] or [])]

    failures = (workplace.results / "failures.csv").read_text()
    for words in ("ArithmeticError: on purpose", "DomainError", "time limit of 4 s", "exit code 3"):
        assert words in failures


def test_truth_scores_zero_although_another_estimator_changed_its_input(workplace):
    workplace.install("hostile")
    workplace.config["julia"] = False
    workplace.config["estimators"] = {"include": {"name": ["changes_its_input", "truth"]}}
    workplace.run()
    errors = {row["nrmse"] for row in workplace.rows() if row["estimator"] == "truth"}
    assert errors == {0.0}
