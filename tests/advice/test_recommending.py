"""Advice from a study's summary: on tables made by hand, whose best choice is known."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tiltyard.advice import recommending, resemblance
from tiltyard.advice.recommending import advise, leave_one_out, log_errors
from tiltyard.cli import app
from tiltyard.engine import project
from tiltyard.engine.project import project_root

RNG = np.random.default_rng(11)
SIGNALS = [f"slow_{i}" for i in range(8)] + [f"fast_{i}" for i in range(8)]
#: Two clusters, far apart: slow signals at 0, fast ones at 10.
CHARACTERS = {
    name: (10.0 if name.startswith("fast") else 0.0) + RNG.standard_normal(3) for name in SIGNALS
}
AROUND = {"samples": 90, "noise_level": 2e-3, "orders": [0, 1]}


def summary(error, signals=SIGNALS, methods=("a", "b", "c")):
    """A study's summary with ``error(method, signal)`` in each cell, times 1 % of scatter."""
    rows = [
        {
            "signal": signal,
            "samples": samples,
            "noise_model": "gaussian",
            "noise_level": level,
            "order": order,
            "method": method,
            "language": "python",
            "family": "control" if method == "truth" else "spline",
            "tags": "control" if method == "truth" else "",
            "ranked": method != "truth",
            "median": error(method, signal) * math.exp(0.01 * RNG.standard_normal()),
            "replicates": 3,
            "n_ok": 3,
            "place": 1,
        }
        for signal in signals
        for samples in (51, 101)
        for level in (1e-6, 1e-3, 1e-2)
        for order in range(3)
        for method in (*methods, "truth")
    ]
    return pd.DataFrame(rows)


def one_is_best(method, signal):
    return {"a": 0.01, "b": 0.02, "c": 0.02, "truth": 0.0}[method]


def each_has_its_own(method, signal):
    good = {"a": "slow", "b": "fast"}.get(method)
    return 0.001 if good and signal.startswith(good) else 0.1


def test_where_one_is_best_everywhere_the_advice_is_the_winner():
    advice = advise(summary(one_is_best), CHARACTERS, np.zeros(3), **AROUND)
    assert advice.choice == advice.winner == "a (python)" and not advice.better
    assert "Use the winner, a (python)" in advice.words
    assert advice.gain == pytest.approx(1, abs=0.05)
    table = advice.table
    # Controls are not ranked; b and c differ by their scatter alone.
    assert table["group"].tolist() == [1, 2, 2] and table["method"].iloc[0] == "a"
    assert table["relative"].tolist() == pytest.approx([1, 2, 2], rel=0.02)


def test_where_resemblance_pays_the_advice_is_the_neighbours_best():
    for place, best in ((0.0, "a (python)"), (10.0, "b (python)")):
        advice = advise(summary(each_has_its_own), CHARACTERS, np.full(3, place), **AROUND)
        assert advice.better and advice.choice == best
        # On the half of the signals that are the winner's the two agree, on the others the gain
        # is a hundredth; leaving one out makes the winner the best of the other half.
        assert advice.gain <= 0.1 * 1.2


def test_cells_are_those_around_the_data():
    advice = advise(summary(one_is_best), CHARACTERS, np.zeros(3), **AROUND)
    assert (advice.samples, advice.noise_levels) == (101, [1e-3, 1e-2])
    advice = advise(
        summary(one_is_best), CHARACTERS, np.zeros(3), samples=20, noise_level=0.0, orders=[2]
    )
    assert (advice.samples, advice.noise_levels) == (51, [1e-6, 1e-3])


def test_data_outside_the_study_are_told_so():
    inside = advise(summary(one_is_best), CHARACTERS, np.zeros(3), **AROUND)
    assert inside.limits == ()
    outside = advise(
        summary(one_is_best), CHARACTERS, np.zeros(3), samples=400, noise_level=1.2, orders=[0]
    )
    assert "no noise like yours, 1.2 of the spread; its nearest level is 0.01" in outside.words
    assert "no record of some 400 samples; its nearest number is 101" in outside.words


def test_failures_count_as_knowing_nothing():
    table = summary(one_is_best, SIGNALS[:2])
    table.loc[table["method"] == "b", "n_ok"] = 2
    table = table[(table["method"] != "c") | (table["signal"] == SIGNALS[0])]
    scores = log_errors(table[table["family"] != "control"])
    assert scores.loc[("b", "python")].tolist() == [0, 0]
    assert scores.loc[("c", "python"), SIGNALS[1]] == 0 > scores.loc[("c", "python"), SIGNALS[0]]


def test_a_recommender_that_is_wrong_has_a_loss():
    """Errors that have nothing to do with the character: what looks alike tells nothing."""
    names = [f"s{i}" for i in range(12)]
    characters = {name: np.full(3, float(i)) for i, name in enumerate(names)}
    # Neighbours alternate, and b fails by more than it gains.
    scores = pd.DataFrame(
        [[math.log(0.1)] * 12, [math.log(0.05), math.log(1.0)] * 6],
        index=pd.MultiIndex.from_tuples([("a", "python"), ("b", "python")]),
        columns=names,
    )
    assert leave_one_out(scores, characters).mean() >= 0


def test_resemblance_is_told_honestly():
    near, far = (resemblance.resemblance(np.full(3, place), CHARACTERS) for place in (0.0, 1000.0))
    assert near.nearest(1)[0].startswith("slow") and "like slow" in near.words
    assert "like no signal of the study" in far.words


def test_the_character_of_a_sine_is_its_phase():
    t = np.linspace(0, 2 * np.pi, 1001)[:-1]
    found = resemblance.character(t, np.sin(3 * t), 3 * np.cos(3 * t), -9 * np.sin(3 * t))
    # 18.8 radians in the record; rms over mean of a cosine is pi / sqrt(8).
    expected = np.log([6 * np.pi, 6 * np.pi, np.pi / math.sqrt(8)])
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    with pytest.raises(ValueError, match="straight line"):
        resemblance.character(t, t, np.ones_like(t), np.zeros_like(t))


def test_a_study_without_enough_signals_or_orders_is_refused():
    with pytest.raises(ValueError, match="the study has 4 signals; advice needs 5"):
        advise(summary(one_is_best, SIGNALS[:4]), CHARACTERS, np.zeros(3), **AROUND)
    with pytest.raises(ValueError, match="none of the orders 7"):
        recommending.cells_around(summary(one_is_best), 51, 1e-3, [7])


def test_the_command_shows_the_leaderboard_and_the_advice(tmp_path):
    signals = ["chirp", "runge", "lorenz", "sech_squared", "pendulum", "gaussian_peak"]
    config = {"study": "made", "seed": 1, "signals": signals, "samples": [51, 101], "trials": 3}
    config["noise_levels"] = [1e-6, 1e-3, 1e-2]
    (tmp_path / "c.json").write_text(json.dumps(config))
    t = np.linspace(0, 5, 60)
    y = np.cos(t + t**2) + 1e-3 * RNG.standard_normal(60)
    pd.DataFrame({"t": t, "x": y}).to_csv(tmp_path / "d.csv", index=False)
    arguments = ["recommend", str(tmp_path / "d.csv"), "--config", str(tmp_path / "c.json")]
    arguments += ["--results", str(tmp_path)]
    missing = CliRunner().invoke(app, arguments)
    assert isinstance(missing.exception, FileNotFoundError)
    assert "the study made is not finished" in str(missing.exception)
    assert f"--configfile {tmp_path / 'c.json'}" in str(missing.exception)
    summary(one_is_best, signals).to_csv(tmp_path / "summary.csv", index=False)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    assert "Use the winner, a (python)" in words
    # It is the chirp, and its noise is 0.0014 of its spread.
    assert "like chirp" in words


def test_the_suite_of_the_project_is_taken_wherever_the_command_runs(tmp_path, monkeypatch):
    suite = project_root() / "config/suite.yaml"
    made = tmp_path / "made"
    (made / "config").mkdir(parents=True)
    (made / "config/suite.yaml").write_bytes(suite.read_bytes())
    monkeypatch.setattr(project, "project_root", lambda: made)
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"t": range(30), "x": range(30)}).to_csv("d.csv", index=False)
    missing = CliRunner().invoke(app, ["recommend", "d.csv"])
    assert str(missing.exception).startswith(f"{made / 'results' / 'suite' / 'summary.csv'}: no")

    def installed():
        raise RuntimeError("no Snakefile")

    monkeypatch.setattr(project, "project_root", installed)
    nowhere = CliRunner().invoke(app, ["recommend", "d.csv"])
    assert "run config/suite.yaml in a checkout of Tiltyard" in str(nowhere.exception)
