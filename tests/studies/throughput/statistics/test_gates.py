"""Two decisions: whether another round is needed, and whether one strategy costs more."""

import numpy as np
import pandas as pd
import pytest
from planted_launches import BASE, TWICE, Planted, launched, threads

from tiltyard.studies.throughput.statistics.comparison import compare
from tiltyard.studies.throughput.statistics.rounds import needs_more_rounds


def of(rows, name):
    return rows[rows["method"].eq(name)]


@pytest.mark.parametrize(("more", "code", "words"), [(1.03, 0, "cannot tell"), (1.3, 1, "more")])
def test_gate_above_a_floor_of_five_percent(more, code, words):
    other = Planted("other", 1.0 * more, start=0.1 * more)
    rows = launched([BASE, other], rounds=10, noise=0.004)
    found = compare(of(rows, BASE.name), of(rows, "other"), 0.05)
    assert found.code == code and words in found.sentence
    assert found.ratio.value == pytest.approx(more, rel=0.01)


def test_a_gain_is_said_and_passes():
    rows = launched([BASE, Planted("other", 0.6)], rounds=8)
    found = compare(of(rows, BASE.name), of(rows, "other"), 0.02)
    assert found.code == 0 and found.sentence.startswith("B costs less")


def test_without_a_floor_nothing_is_told():
    rows = launched([BASE, Planted("other", 3.0)], rounds=8)
    assert compare(of(rows, BASE.name), of(rows, "other"), np.nan).code == 0


def test_what_has_no_ratio_is_refused():
    rows = launched([BASE, threads(2)], rounds=6)
    other_job = launched([threads(2)], rounds=6, job="job-2")
    with pytest.raises(ValueError, match="no round in common"):
        compare(of(rows, BASE.name), other_job, 0.05)
    wrong = launched([Planted("wrong", status="wrong_output")], rounds=6)
    with pytest.raises(ValueError, match=r"B has no launch with a result: wrong_output"):
        compare(of(rows, BASE.name), wrong, 0.05)
    with pytest.raises(ValueError, match="several strategies"):
        compare(rows, of(rows, BASE.name), 0.05)


def test_rounds_end_by_precision_or_by_their_number():
    strategies = [BASE, TWICE, threads(2, overhead=0.3)]
    quiet, loud = (launched(strategies, rounds=30, noise=noise) for noise in (0.01, 0.4))

    def after(rows, rounds, **limits):
        return needs_more_rounds(rows[rows["trial"].le(rounds)], 0.05, **limits)

    assert after(quiet, 4) and "4 of at least 5" in after(quiet, 4).reason
    assert not after(quiet, 6) and "as asked" in after(quiet, 6).reason
    assert after(loud, 6)
    last = after(loud, 30)
    assert not last and last.reason.startswith("30 rounds are done") and last.half_width > 0.05
    assert not after(loud, 8, most=8)


def test_the_widest_workload_decides():
    strategies = [BASE, TWICE, threads(2, overhead=0.3)]
    quiet = launched(strategies, rounds=8, noise=0.001)
    loud = launched(strategies, rounds=8, noise=0.3, sizes={"n2": 2.0})
    assert not needs_more_rounds(quiet)
    assert needs_more_rounds(pd.concat([quiet, loud], ignore_index=True))


def test_no_row_needs_a_round_and_no_result_needs_none():
    rows = launched([Planted("serial", status="timeout")], rounds=6)
    assert needs_more_rounds(rows.iloc[:0])
    assert not needs_more_rounds(rows)
    with pytest.raises(ValueError, match=r"precision: got 0, needs a number above 0"):
        needs_more_rounds(rows, 0.0)
