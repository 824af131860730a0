"""What the Snakefile is given: the catalogue is read only where the selection needs it."""

import pytest

from tiltyard.derivatives import workflow
from tiltyard.study.config import ConfigError
from tiltyard.study.plan import Room

CONFIG = {
    "study": "tiny",
    "seed": 1,
    "julia": False,
    "signals": ["runge"],
    "samples": [20],
    "noise_levels": [0.1],
    "trials": 2,
}


@pytest.mark.parametrize(
    ("estimators", "read"),
    [
        ({}, False),
        ({"exclude": {"tag": ["slow", "peer"]}}, False),
        ({"exclude": {"tag": ["slow"], "family": ["spline"]}}, True),
        ({"exclude": {"tag": ["of_a_plugin"]}}, True),
        ({"include": {"tag": ["peer"]}}, True),
        ({"include": {"name": ["zero"]}}, True),
    ],
)
def test_the_catalogue_is_read_where_a_selection_may_be_wrong(estimators, read, monkeypatch):
    readings = []
    monkeypatch.setattr(
        workflow, "selected_estimators", lambda study: readings.append(study) or [study]
    )
    plan = workflow.plan_workflow({**CONFIG, "estimators": estimators}, Room(cores=2))
    assert bool(readings) == read
    assert plan.size == 2


def test_an_unknown_tag_is_refused():
    wrong = {**CONFIG, "estimators": {"exclude": {"tag": ["sloow"]}}}
    with pytest.raises(ConfigError, match="'sloow' is unknown"):
        workflow.plan_workflow(wrong, Room(cores=1))
