"""A study is looked at before it is done, and looking changes nothing."""

import json
import shutil

import pytest

from tiltyard.engine.journal.progress import ProgressReader
from tiltyard.engine.study import Study


@pytest.fixture
def small(workplace):
    workplace.config |= {"julia": False, "estimators": {"include": {"name": ["truth", "zero"]}}}
    return workplace


def observed(workplace):
    return ProgressReader.of(Study.from_config(workplace.config, workplace.results)).observe()


def test_part_of_a_study_is_shown_as_such_and_the_rest_is_not_taken_for_done(small):
    small.run("results/trial/receipts/evaluations_1-1.json")
    state = observed(small)
    assert (state.done, state.computed, state.rows) == (1, 2, {"ok": 6})
    assert not state.running and not state.failed and not state.is_complete
    before = sorted((small.results / "evaluations").iterdir())

    said = small.run("partial")
    assert "1 of 2 configurations (50%), 6 rows: 6 ok" in said
    partial = small.results / "partial"
    facts = json.loads((partial / "coverage.json").read_text())
    assert (facts["expected"], facts["merged"], len(facts["missing"])) == (2, 1, 1)
    svg = (partial / "figures" / "error_by_order.svg").read_text()
    assert "1 of 2 configurations (50%)" in svg
    assert sorted((small.results / "evaluations").iterdir()) == before
    assert not (small.results / "results.parquet").exists()

    assert "2 of 2 configurations (100%)" in small.run("results/trial/results.parquet")
    assert observed(small).is_complete

    told = observed(small)
    shutil.rmtree(small.results / "journal")
    read = observed(small)
    assert (told.done, told.rows, told.computed) == (read.done, read.rows, read.computed)
