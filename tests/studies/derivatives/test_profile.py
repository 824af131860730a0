"""A profile accounts for all of the time of one configuration, and names who took it."""

import math

import pytest
from workplace import TINY

from tiltyard.engine.journal.profile import Stopwatch, profile_configuration, summarise
from tiltyard.engine.methods.method import Method
from tiltyard.engine.outcome import Limits, Outcome, Status
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluator import Outcomes

FAST = Method(name="fast", family="f")
HANGS = Method(name="hangs", family="f")
JULIAN = Method(name="fast", family="f", language="julia")
UNABLE = Method(name="unable", family="f")
OUTCOMES = {
    FAST.key: Outcome(Status.OK, "", None, 0.9, 1.0, 0.25, 80.0),
    HANGS.key: Outcome(Status.TIMEOUT, "no result", limits=Limits(30.0, 4096)),
    JULIAN.key: Outcome(Status.OK, "", None, 2.0, 2.0, 4.0, 300.0),
    UNABLE.key: Outcome(Status.UNSUPPORTED, "orders"),
}
SECONDS = {"start": 3.0, "starting python": 2.0, "python": 33.0, "julia": 7.0, "writing": 5.0}


@pytest.fixture
def profile():
    lanes = {method.key: method.language for method in (FAST, HANGS, JULIAN, UNABLE)}
    return summarise("c", lanes, Outcomes(OUTCOMES, computed=list(OUTCOMES)), SECONDS)


def test_phases_are_divided_and_add_up_to_the_whole(profile):
    assert {phase.phase: phase.seconds for phase in profile.phases} == pytest.approx(
        {
            "start": 3.0,
            "starting python": 2.0,
            "python: calls": 31.0,
            "python: compiling and warming up": 0.25,
            "python: between the calls": 1.75,
            "julia: calls": 2.0,
            "julia: compiling and warming up": 4.0,
            "julia: between the calls": 1.0,
            "writing": 5.0,
        }
    )
    assert profile.seconds == pytest.approx(50.0)
    assert sum(phase.share for phase in profile.phases) == pytest.approx(1.0)
    assert [phase.seconds for phase in profile.phases][:2] == pytest.approx([31.0, 5.0])


def test_methods_are_ranked_by_call_and_warm_up_and_a_time_limit_counts(profile):
    assert [(row.method, row.language) for row in profile.methods] == [
        HANGS.key,
        JULIAN.key,
        FAST.key,
        UNABLE.key,
    ]
    assert [row.share for row in profile.methods] == pytest.approx([0.6, 0.12, 0.025, 0.0])


def test_what_is_unknown_is_none_in_plain_values(profile):
    rows = {row["method"]: row for row in profile.to_dict()["methods"]}
    assert rows["unable"]["cpu_seconds"] is None and rows["hangs"]["wall_seconds"] == 30.0


def test_stopwatch_adds_up_phases_that_come_again():
    watch = Stopwatch("a", 0.0)
    for phase in ("b", "a", ""):
        watch.announce(phase)
    assert set(watch.seconds) == {"a", "b"} and watch.seconds["a"] > 1e9  # since 1970


def test_real_configuration_is_evaluated_afresh_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chosen = {"include": {"name": ["zero", "truth"]}}
    study = Study.from_config({**TINY, "trials": 1, "estimators": chosen})
    profile = profile_configuration(study, study.configurations[0].id)
    assert {(row.method, row.status) for row in profile.methods} == {
        ("truth", "ok"),
        ("zero", "ok"),
    }
    names = {phase.phase for phase in profile.phases}
    assert {"starting python", "python: calls", "scoring and writing"} <= names
    assert "julia: calls" not in names
    assert math.fsum(p.seconds for p in profile.phases) == pytest.approx(profile.seconds)
    assert all(phase.seconds >= 0 for phase in profile.phases)
    assert list(tmp_path.iterdir()) == []


def test_configuration_of_another_study_is_refused():
    with pytest.raises(ValueError, match="'elsewhere' is not a configuration of study tiny"):
        profile_configuration(Study.from_config(TINY), "elsewhere")
