"""The tables of docs/spatial.md beside others: ratios within rounds, rows from what is measured."""

from contextlib import contextmanager

import numpy as np
import pytest
from generators import generators


@pytest.fixture(scope="module")
def beside():
    with generators() as imported:
        names = ("spatial_peers", "spatial_peers_runs", "spatial_guide", "spatial_guide_rows")
        yield {name: imported(name) for name in names}


def test_ratios_are_within_rounds(beside):
    speed, runs = beside["spatial_peers"], beside["spatial_peers_runs"]
    drift = np.array([1.0, 5.0, 2.0, 9.0, 3.0])
    (case, *_) = speed.CASES["scores"]
    found = {runs.OURS: 0.01 * drift, "scores": 0.2 * drift, "scores-worker": 0.4 * drift}
    lines = list(speed.case_lines(case, found))
    assert lines[0].endswith("| gsmap3d's kernel | 20 | 20 to 20 | 30 ms | ≥ 15 |")
    assert "| 40 | 40 to 40 |" in lines[1]


def test_a_first_round_is_left_out_and_orders_differ(beside):
    order = []

    def run(name):
        return lambda: order.append(name) or float(len(order))

    found = beside["spatial_peers"].measured({name: run(name) for name in "abcdef"}, 3)
    parts = ["".join(order[place : place + 6]) for place in range(0, 24, 6)]
    assert all(sorted(part) == list("abcdef") for part in parts) and len(set(parts)) > 1
    assert all(len(own) == 3 and own.min() > 6 for own in found.values())


def test_every_ratio_is_of_runs_that_there_are_and_ours_do_the_work(beside, tmp_path, monkeypatch):
    speed, runs = beside["spatial_peers"], beside["spatial_peers_runs"]
    given = {}

    @contextmanager
    def kernels(arrays, folder):
        given.update(arrays)
        yield lambda name, target=None: {"cpu": 1.0}

    monkeypatch.setattr(runs.peers, "kernels", kernels)
    for make, part in (
        (runs.scores(60, 90, 0.4), "scores"),
        (runs.regression(3000, 4), "regression"),
    ):
        with make(tmp_path) as found:
            wanted = {name for case in speed.CASES[part] for _, name, _ in case.ratios}
            assert wanted <= set(found) and found[runs.OURS]() > 0
    assert given["ranks"].dtype == np.float16 and given["local"].shape == (60, 21)
    product = given["ld"]
    assert product.shape == (3000, 64) and given["baseline"].shape == (3000, 4)
    assert set(speed.CASES) == set(speed.PARTS)


def test_ours_gives_the_rules_numbers_of_what_is_timed(beside):
    from tiltyard.pipelines.spatial.heritability.ways import way

    made = beside["spatial_peers_runs"].Regressed(2500, 2, 20)
    right = way("numpy-spot").regressor(made.prepared, 64)(made.scores)
    found = made.regress()
    assert np.abs((found.beta - right.beta) / right.se).max() <= 1e-4


def test_a_slowed_stage_is_named_and_sets_the_rate(beside):
    rows = beside["spatial_guide_rows"]
    for slow, name in enumerate(("readers", "compute", "writers")):
        limit, share = rows._slowed(slow)
        assert limit == name and 0.5 < share < 1.1


def test_the_guides_recipe_puts_ten_million_before_two(beside, tmp_path):
    row = beside["spatial_guide_rows"].merging(tmp_path)
    assert "spots begin at 0, 10,000,000, 2,000,000" in row.theirs
    assert "2 are merged without a word" in row.theirs
    assert row.verdict == "does not hold" and "from ten million spots on" in row.reason


def test_endings_are_told_in_words(beside):
    ending = beside["spatial_guide_rows"]._ending
    assert [ending(one) for one in (3, -7, 135)] == ["status 3", *["the signal SIGBUS"] * 2]


def test_every_row_of_the_guide_is_a_claim_and_the_page_has_the_lines(beside):
    from tiltyard.pipelines.spatial.benchmark.claims import CLAIMS

    guide, numbers = beside["spatial_guide"], {claim.number for claim in CLAIMS}
    assert {number.rstrip("abd") for number in numbers} == {f"S{one}" for one in range(1, 12)}
    assert set(guide.CLAIMS) <= numbers
    row = beside["spatial_guide_rows"].Row("one", "two", "three", "holds")
    assert guide.line_of("S1", row) == "| S1 | one | two | three | holds |  |"
    text = guide.PAGE.read_text(encoding="utf-8")
    for module in (guide, beside["spatial_peers"]):
        assert text.count(module.BEGIN + "\n") == text.count(module.END + "\n") == 1
