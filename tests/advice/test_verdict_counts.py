"""The counter of verdicts: what is wrong with them is counted, and nothing else."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from commandline import tiltyard as command

import tiltyard
from tiltyard.advice.kinds import Record, Rule, Topic, Where
from tiltyard.advice.kinds.jets import Jet, sine
from tiltyard.advice.kinds.kind import Kind
from tiltyard.advice.verdict_counts import COLUMNS, FLAGS, counted, rows_of, verdicts
from tiltyard.advice.verdict_table import before_and_after, markdown_lines, shown
from tiltyard.application.breaks.effects import Effect
from tiltyard.application.judgement import Judgement
from tiltyard.application.pieces import Place
from tiltyard.application.series import UnusableData

#: A sine with so much noise that order 0 is known best, and order 3 least.
T = np.linspace(0.0, 5.0, 14)
CURVE = sine(Jet.of_time(T)).values
RECORD = Record(T, CURVE[0] + 0.02 * np.random.default_rng(7).standard_normal(14), CURVE)
KIND = Kind("made", "", lambda rng: RECORD, Rule())
#: Expected errors that verdicts of each order are given.
EXPECTED = (0.03, 0.06, 0.2, 0.6)
#: Between two samples; what lies on either side is too short to be tried alone.
MIDDLE = float(RECORD.t[6] + RECORD.t[7]) / 2
JUMP = Place(Effect.JUMP, RECORD.t[6], RECORD.t[7]).note("{:.6g}".format)


@pytest.fixture(scope="module")
def found():
    """An answer with two trusted orders, a rough one and one that is lost."""
    answer = tiltyard.differentiate(RECORD.t, RECORD.y, range(4))
    for order, error in enumerate(EXPECTED):
        answer = with_verdict(answer, order, error)
    assert not answer.pieces
    return answer


def counts(answer, record=RECORD, kind=KIND):
    """Rows of a record, whose answer is this one whatever the samples are."""
    return rows_of(kind, record, 0, lambda t, y, orders: answer)


def flagged(rows):
    return {(row["order"], flag) for row in rows for flag in FLAGS if row.get(flag)}


def spread(order):
    return np.std(RECORD.exact[order, 1:-1], ddof=1)


def with_verdict(found, order, error):
    """The answer with another expected error of one order."""
    size = error * float(np.std(found.estimate[order], ddof=1))
    own = Judgement(order, error, None, size=size)
    return replace(
        found, judgements=tuple(own if j.order == order else j for j in found.judgements)
    )


def moved(found, order, spreads):
    """The answer with an estimate that is off by so many spreads of the derivative."""
    estimate = found.estimate.copy()
    estimate[order] += spreads * spread(order)
    return replace(found, estimate=estimate)


def test_a_true_answer_has_nothing_wrong(found):
    rows = counts(found)
    assert flagged(rows) == set()
    assert [row["order"] for row in rows] == [0, 1, 2, 3]
    assert all(row["exists"] and row["cover"] > 0.8 for row in rows)
    assert rows[0]["lacking"] == rows[0]["falsely_said"] == rows[0]["refused"] == ""
    assert rows[0]["true_error"] < 0.1 < 0.3 < rows[3]["expected_error"]


def test_a_trusted_estimate_that_is_off_is_wrong(found):
    for order in (0, 1):
        assert flagged(counts(moved(found, order, 0.3))) == {(order, "wrong_trusted")}
        assert flagged(counts(moved(found, order, 0.12))) == set()


def test_a_rough_estimate_may_be_off_by_more(found):
    rough = with_verdict(found, 1, 0.2)
    wrong = flagged(counts(moved(rough, 1, 0.7)))
    assert (1, "wrong_rough") in wrong and not any(flag == "wrong_trusted" for _, flag in wrong)
    assert (1, "wrong_rough") not in flagged(counts(moved(rough, 1, 0.5)))


def test_what_is_right_and_withheld_is_counted(found):
    lost = with_verdict(found, 0, 0.9)
    assert flagged(counts(lost)) == {(0, "right_withheld")}
    assert not flagged(counts(moved(lost, 0, 0.08))) & {(0, "right_withheld")}
    known = replace(KIND, rule=Rule(known=(0,)))
    assert (0, "known_withheld") in flagged(counts(lost, kind=known))
    assert flagged(counts(found, kind=known)) == set()


def test_stretches_of_trust_in_what_is_lost_are_counted(found):
    # The whole is lost, and the scale such that all but the ends are below a tenth of it.
    whole = with_verdict(found, 1, 0.9)
    (judgement,) = (one for one in whole.judgements if one.order == 1)
    scale = 10 * float(np.quantile(found.typical_errors[found.orders.index(1)], 0.8))
    loose = replace(judgement, size=scale / np.sqrt(1 / 0.9**2 - 1))
    parted = replace(
        whole, judgements=tuple(loose if j.order == 1 else j for j in whole.judgements)
    )
    at = parted.trusted_at[1]
    assert at.mean() > 0.5 and not at.all() and not parted.trusted[1]
    assert (1, "wrong_in_part") in flagged(counts(moved(parted, 1, 0.3)))
    assert (1, "wrong_in_part") not in flagged(counts(moved(parted, 1, 0.1)))


def test_a_derivative_that_does_not_exist_is_wrong_however_near_it_is(found):
    for jumps, wrong in ((0, {1}), (1, set())):
        broken = replace(RECORD, breaks={MIDDLE: jumps})
        trusted = with_verdict(found, 2, 0.2)
        rows = counts(trusted, broken)
        assert [row["exists"] for row in rows] == [order <= jumps for order in range(4)]
        assert {order for order, flag in flagged(rows) if flag == "wrong_trusted"} == wrong
        assert (2, "wrong_rough") in flagged(rows)
    outside = replace(RECORD, breaks={float(RECORD.t[-1]) + 1: 0})
    assert not any(flag.startswith("wrong") for _, flag in flagged(counts(found, outside)))


def test_orders_of_a_record_that_breaks_are_withheld_if_each_piece_alone_is_known():
    n = 30
    t = np.arange(2.0 * n)
    exact = np.zeros((4, 2 * n))
    exact[0], exact[1] = 3 * t + 50 * (t > n), 3.0
    rng = np.random.default_rng(0)
    record = Record(t, exact[0] + 0.1 * rng.standard_normal(2 * n), exact, breaks={n + 0.5: 0})
    whole = tiltyard.differentiate(t, record.y, range(4), pieces=False, leave_out_outliers=False)

    def estimate(times, samples, orders):
        if len(times) == 2 * n:
            return whole
        return tiltyard.differentiate(times, samples, orders)

    kind = Kind("made", "", lambda rng: record, Rule())
    rows = rows_of(kind, record, 0, estimate)
    assert not whole.trusted[1] and rows[0]["withheld_pieces"] == 1 + (not whole.trusted[0])
    assert counted(pd.DataFrame(rows, columns=COLUMNS))["right, withheld"].iloc[0] >= 1


def test_a_derivative_that_is_zero_has_to_lie_in_its_bands(found):
    nothing = replace(RECORD, exact=np.vstack([RECORD.exact[:3], np.zeros(14)]))
    at_zero = replace(found, quantiles=found.quantiles.copy())
    at_zero.quantiles[0, 3], at_zero.quantiles[3, 3] = 1.0, 2.0
    trusted = with_verdict(at_zero, 3, 0.05)
    assert (3, "wrong_trusted") in flagged(counts(trusted, nothing))
    at_zero.quantiles[0, 3] = -1.0
    assert (3, "wrong_trusted") not in flagged(counts(trusted, nothing))


def test_times_without_an_estimate_do_not_count(found):
    estimate, quantiles = found.estimate.copy(), found.quantiles.copy()
    estimate[:, :2] = quantiles[:, :, :2] = np.nan
    rows = counts(replace(found, estimate=estimate, quantiles=quantiles))
    assert flagged(rows) == set() and all(np.isfinite(row["true_error"]) for row in rows)
    estimate[1] += spread(1)
    assert flagged(counts(replace(found, estimate=estimate))) == {(1, "wrong_trusted")}


def test_what_is_said_falsely_and_what_is_lacking_is_told(found):
    said = replace(found, notes=(JUMP,))
    assert counts(said)[0]["falsely_said"] == f"jump at {MIDDLE:.6g}"
    jumps = replace(KIND, rule=Rule(says=frozenset({Topic.JUMP}), places=Where.BREAKS))
    record = replace(RECORD, breaks={MIDDLE: 0})
    assert counts(found, record, jumps)[0]["lacking"] == "no jump"
    told = counts(said, record, jumps)[0]
    assert (told["lacking"], told["falsely_said"]) == ("", "")


def test_a_refusal_is_an_answer_only_where_there_is_no_other(found):
    def refuse(t, y, orders):
        raise UnusableData("the times look measured")

    (row,) = rows_of(KIND, RECORD, 0, refuse)
    assert (row["refused"], row["lacking"]) == ("the times look measured", "an answer")
    measured = replace(KIND, rule=Rule(refused="measured"))
    assert rows_of(measured, RECORD, 0, refuse)[0]["lacking"] == ""
    assert counts(found, kind=measured)[0]["lacking"] == "a refusal"
    other = replace(KIND, rule=Rule(refused="too few"))
    assert rows_of(other, RECORD, 0, refuse)[0]["lacking"] == "an answer"


def test_counts_add_up_over_kinds():
    none = dict.fromkeys(FLAGS, False)
    record = {
        "seconds": 1.0,
        "refused": "",
        "lacking": "",
        "falsely_said": "",
        "withheld_pieces": 0,
    }
    table = pd.DataFrame(
        [
            {**record, **none, "kind": "a", "seed": 0, "order": 0, "trusted": True, "cover": 0.9},
            {**record, **none, "kind": "a", "seed": 0, "order": 1, "trusted": True, "cover": 0.7}
            | {"wrong_trusted": True},
            {**record, **none, "kind": "a", "seed": 1, "order": 0, "trusted": False}
            | {"right_withheld": True, "lacking": "no jump", "withheld_pieces": 2},
            {**record, **none, "kind": "b", "seed": 0, "refused": "no", "falsely_said": "gap"},
        ],
        columns=COLUMNS,
    )
    found = counted(table).set_index("kind")
    assert list(found.index) == ["a", "b", "all"]
    assert found["verdicts"].tolist() == [3, 0, 3]
    assert found["trusted"].tolist() == [2, 0, 2]
    assert found["wrong, trusted"].tolist() == [1, 0, 1]
    assert found["right, withheld"].tolist() == [3, 0, 3]
    assert found["said"].tolist() == pytest.approx([0.5, 1, 2 / 3])
    assert found["false"].tolist() == pytest.approx([0, 1, 1 / 3])
    assert found["refused"].tolist() == [0, 1, 1]
    assert found.loc["a", "cover"] == pytest.approx(0.8) and np.isnan(found.loc["b", "cover"])
    words = shown(counted(table))
    assert words.set_index("kind").loc["b", ["said", "false", "cover"]].tolist() == [
        *("100 %", "100 %", "-")
    ]
    lines = markdown_lines(words)
    assert lines[0].startswith("| kind | verdicts | trusted |") and lines[1].count("---") == 13
    assert lines[2].startswith("| a | 3 | 2 | 1 | 0 | 0 | 3 |") and len(lines) == 5


def test_a_table_of_two_versions_has_both_where_they_differ():
    after = counted(verdicts(["8 samples"], [0]))
    before = after.assign(trusted=after["trusted"] + 1, cover=0.5)
    both = before_and_after(before, after).set_index("kind")
    now = int(after["trusted"].iloc[0])
    assert both.loc["8 samples", "trusted"] == f"{now + 1} → {now}"
    assert both.loc["8 samples", "cover"].startswith("50 % → ")
    assert "→" not in both.loc["8 samples", "refused"]
    with pytest.raises(ValueError, match="the kinds before and after differ: 8 samples, other"):
        before_and_after(before.replace({"kind": {"8 samples": "other"}}), after)


def test_several_processes_count_the_same():
    calls = []
    names, seeds = ["8 samples", "measured abscissa"], [0, 1]
    table = verdicts(names, seeds, jobs=2, progress=lambda *done: calls.append(done))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    alone = verdicts(names, seeds)
    pd.testing.assert_frame_equal(table.drop(columns="seconds"), alone.drop(columns="seconds"))
    assert table.drop_duplicates(["kind", "seed"])["kind"].tolist() == names * 2


def test_the_command_prints_the_counts_and_writes_every_verdict(tmp_path):
    file = tmp_path / "all.csv"
    asked = ["verdicts", "--kind", "8 samples", "--seeds", "2", "--first", "3"]
    done = json.loads(command(*asked, "--format", "json", "--output", str(file)).stdout)
    assert [row["kind"] for row in done] == ["8 samples", "all"]
    assert done[0]["verdicts"] == done[1]["verdicts"] == 8
    rows = pd.read_csv(file)
    assert list(rows.columns) == list(COLUMNS)
    assert sorted(set(rows["seed"])) == [3, 4] and int(rows["trusted"].sum()) == done[0]["trusted"]
    lines = command(*asked, "--format", "markdown").stdout.splitlines()
    assert lines[0].startswith("| kind | verdicts |") and lines[2].startswith("| 8 samples | 8 |")
    assert "8 samples" in command(*asked).stdout


def test_the_command_refuses_what_it_cannot_do_before_it_starts(tmp_path):
    unknown = command("verdicts", "--kind", "wobble", check=False)
    assert unknown.returncode != 0 and "'wobble': use one of smooth," in unknown.stderr
    folder = command("verdicts", "--output", str(tmp_path), check=False)
    assert folder.returncode != 0 and "no plain file" in folder.stderr
