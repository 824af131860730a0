"""`tiltyard.differentiate` as a user of Python calls it."""

import doctest
import re

import numpy as np
import pytest

import tiltyard
from tiltyard.application.estimation import FOR_FEW, WINNER
from tiltyard.application.judgement import Verdict
from tiltyard.application.series import UnusableData

T = np.linspace(0, 6, 61)
CLEAN = np.sin(T)
#: Where it does not matter which.
QUICK = "gaussian_process_se"
SINE = CLEAN + 1e-2 * np.random.default_rng(1).standard_normal(61)


@pytest.fixture(scope="module")
def sine():
    return tiltyard.differentiate(T, SINE, orders=range(8))


def test_a_noisy_sine_has_trusted_orders_then_rough_then_lost_ones(sine):
    verdicts = [judgement.verdict for judgement in sine.judgements]
    assert verdicts[:2] == [Verdict.TRUSTED] * 2 and verdicts[-1] is Verdict.LOST
    ranks = [list(Verdict).index(verdict) for verdict in verdicts]
    assert ranks == sorted(ranks)
    assert sine.trusted.tolist() == [rank == 0 for rank in ranks]
    assert sine.recoverable.tolist() == [rank <= 1 for rank in ranks]


def test_trusted_orders_are_within_a_tenth_of_the_truth(sine):
    truth = [np.sin(T + k * np.pi / 2) for k in range(8)]
    for k in np.flatnonzero(sine.trusted):
        error = (sine.estimate[k] - truth[k])[1:-1]
        assert np.sqrt(np.mean(error**2)) < 0.1 * truth[k][1:-1].std()


def test_noise_is_found(sine):
    # 61 samples: a standard error of 9 %.
    assert sine.noise_level == pytest.approx(1e-2, rel=0.3)
    assert sine.standard_deviation.shape == sine.estimate.shape == (8, 61)
    assert np.all(sine.standard_deviation > 0)


def test_the_report_names_estimator_noise_and_every_verdict(sine):
    report = sine.report()
    assert WINNER in report and "61 samples over 6, step 0.1" in report
    table = report.partition("verdict over time")[0]
    rows = re.findall(r"^ +(\d) .*  (trusted|rough|not recoverable)$", table, re.M)
    assert rows == [(str(j.order), str(j.verdict)) for j in sine.judgements]


def test_the_plot_has_a_panel_an_order_with_its_verdict(sine, tmp_path):
    figure = sine.plot(tmp_path / "a.svg")
    titles = [axis.get_title("left") for axis in figure.axes]
    assert [title.partition(",")[0] for title in titles] == [
        str(judgement.verdict) for judgement in sine.judgements
    ]
    assert "not recoverable" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_orders_and_times_are_those_asked_for():
    t_eval = np.linspace(0.05, 5.9, 7)
    found = tiltyard.differentiate(T, CLEAN, 1, t_eval, draws=0)
    assert found.orders == (1,) and found.estimate.shape == (1, 7)
    # Clean samples: what is left is the interpolation's error.
    np.testing.assert_allclose(found.estimate[0], np.cos(t_eval), atol=1e-3)


def test_the_same_call_gives_the_same_verdicts_and_another_seed_others():
    def errors(seed):
        found = tiltyard.differentiate(T, SINE, (2, 3), None, QUICK, seed=seed, draws=2)
        return [judgement.from_simulation for judgement in found.judgements]

    assert errors(0) == errors(0) != errors(1)


def test_an_estimator_without_deviations_is_judged_by_simulation():
    calls = []
    found = tiltyard.differentiate(
        *(T, SINE, (0, 1)),
        estimator="local_polynomial",
        draws=4,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert all(judgement.from_posterior is None for judgement in found.judgements)
    assert found.trusted.all() and np.all(found.standard_deviation > 0)
    assert "no standard deviations of its own" in found.report()
    alone = tiltyard.differentiate(T, SINE, 0, estimator="local_polynomial", draws=0)
    assert not alone.trusted.any() and np.isnan(alone.standard_deviation).all()


def test_pure_noise_is_never_trusted():
    y = np.random.default_rng(5).standard_normal(80)
    found = tiltyard.differentiate(np.arange(80.0), y, range(5), draws=4)
    assert not found.trusted.any()


def test_a_cycle_that_the_curve_has_smoothed_away_is_not_overlooked():
    """A slow trend with a fast cycle: a polynomial of fixed low degree keeps the trend alone."""
    t = np.linspace(0, 20, 401)
    y = 0.05 * t**2 + np.sin(5 * t) + 0.05 * np.random.default_rng(2).standard_normal(401)
    found = tiltyard.differentiate(t, y, (0, 1), estimator="chebyshev_fixed", draws=2)
    assert np.abs(found.curve - 0.05 * t**2)[20:-20].max() < 0.5
    # The cycle's slope, 5 / sqrt(2), is larger than all that the trend's varies.
    assert found.judgements[1].from_simulation < 0.3 < found.judgements[1].from_residuals
    assert found.judgements[1].verdict is Verdict.LOST
    # 2 pi / 5 = 1.26; the parabola overestimates a period of 25 samples by some percent.
    assert re.search(r"takes about 1\.[23] in time", found.notes[-1])


@pytest.mark.parametrize("value", [0.0, -3.5e9])
def test_constant_samples_are_exact_and_their_derivative_vanishes(value):
    found = tiltyard.differentiate(T, np.full(61, value), (0, 1), draws=2)
    np.testing.assert_allclose(found.estimate, [[value] * 61, [0] * 61], rtol=1e-12)
    assert found.noise_level == 0 and found.trusted.all()


def test_a_model_that_cannot_vary_is_not_trusted_for_it():
    """A line through noise has no second derivative whatever the samples have."""
    y = T + 3 * np.random.default_rng(4).standard_normal(61)
    found = tiltyard.differentiate(T, y, 2, estimator="rational_least_squares", draws=2)
    assert np.ptp(found.estimate) == 0
    assert not found.trusted.any() and "no scale" in found.report()


def test_units_of_any_size_change_no_verdict():
    plain, scaled = (
        tiltyard.differentiate(a * T, b * SINE, range(4), None, QUICK, draws=2)
        for a, b in ((1.0, 1.0), (1e-12, 1e9))
    )
    for one, other in zip(plain.judgements, scaled.judgements, strict=True):
        # 1 %: searches for settings end at slightly different points.
        assert one.expected_error == pytest.approx(other.expected_error, rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"orders": [1, 8]}, ValueError, "order 8: use whole numbers from 0 to 7"),
        ({"orders": [0.5]}, ValueError, r"order 0\.5"),
        ({"orders": []}, ValueError, "no orders"),
        ({"orders": True}, ValueError, "order True: use whole numbers"),
        ({"orders": "0:3"}, ValueError, "order '0:3': use whole numbers"),
        ({"orders": ["1"]}, ValueError, "order '1'"),
        ({"orders": np.nan}, ValueError, "order nan"),
        ({"orders": np.int64(8)}, ValueError, "order 8: use"),
        ({"draws": -1}, ValueError, "draws -1: give a whole number"),
        ({"points": 1}, ValueError, "points=1: give a whole number from 2"),
        ({"points": 9, "t_eval": [1]}, ValueError, "points=9 and evaluation times: give one"),
        ({"t_eval": [0, 7]}, ValueError, "beyond the record, 0 to 6; nothing is extrapolated"),
        ({"t_eval": [2, 1]}, ValueError, "must increase"),
        ({"estimator": "gaussian_process_s"}, ValueError, "did you mean gaussian_process_se"),
        ({"estimator": "truth"}, ValueError, "truth is a control"),
        ({"estimator": "gaussian_process_matern_52", "orders": 7}, UnusableData, "orders up to"),
        ({"noise": -1.0}, ValueError, r"noise=-1\.0: give a standard deviation, 0 or more"),
        ({"noise": "0.1"}, ValueError, "noise='0.1': give a standard deviation"),
        (
            {"noise": 0.1, "estimator": QUICK},
            UnusableData,
            f"{QUICK} takes no known noise: leave the noise out, or take {WINNER}, which does",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(arguments, error, words):
    with pytest.raises(error, match=words):
        tiltyard.differentiate(T, SINE, **{"orders": 1, **arguments})


@pytest.mark.parametrize("orders", [np.int64(1), np.array(1), 1.0, [1], (np.uint8(1),), {1: "x"}])
def test_whole_numbers_of_every_make_are_orders(orders):
    assert tiltyard.differentiate(T, SINE, orders, None, QUICK, draws=0).orders == (1,)


def test_rows_are_sorted_and_averaged_where_asked_for():
    shuffled = np.random.default_rng(0).permutation(122) // 2
    found = tiltyard.differentiate(
        T[shuffled], SINE[shuffled], 1, None, QUICK, sort=True, average=True, draws=0
    )
    plain = tiltyard.differentiate(T, SINE, 1, None, QUICK, draws=0)
    np.testing.assert_allclose(found.estimate, plain.estimate, atol=1e-9)
    assert "61 samples were averaged" in found.report()


def test_even_times_where_asked_for():
    found = tiltyard.differentiate(T, SINE, 1, None, QUICK, points=13, draws=0)
    np.testing.assert_allclose(found.t_eval, np.linspace(0, 6, 13))


def test_the_example_in_the_documentation_runs():
    from tiltyard.application import function

    assert doctest.testmod(function) == (0, 5)


def test_many_samples_are_all_used_but_do_not_all_decide_the_settings():
    t = np.linspace(0, 6, 450)
    y = np.sin(t) + 1e-2 * np.random.default_rng(3).standard_normal(450)
    found = tiltyard.differentiate(t, y, 1, draws=0)
    assert "400 of the 450 samples, evenly chosen, decided" in " ".join(found.report().split())
    assert np.abs(found.estimate[0] - np.cos(t))[5:-5].max() < 0.05


def test_few_samples_have_an_estimator_that_takes_them():
    found = tiltyard.differentiate(T[::6], SINE[::6], 0, draws=0)
    assert found.estimator == FOR_FEW and not found.chosen
    assert np.abs(found.estimate[0] - CLEAN[::6]).max() < 0.1


def test_few_samples_take_a_known_noise_and_name_who_does():
    few = T[::6], SINE[::6]
    assert tiltyard.differentiate(*few, 0, noise=0.02, draws=1).estimator == FOR_FEW
    with pytest.raises(UnusableData, match=f"or take {FOR_FEW}, which does"):
        tiltyard.differentiate(*few, 0, estimator=QUICK, noise=0.02)


@pytest.mark.parametrize("samples", [8, 12, 16])
def test_a_short_throw_is_known(samples):
    t = np.linspace(0.0, 0.8, samples)
    exact = np.array([1.0 + 4.0 * t - 4.905 * t**2, 4.0 - 9.81 * t, np.full(samples, -9.81)])
    for seed in range(5):
        y = exact[0] + 3e-3 * np.random.default_rng(seed).standard_normal(samples)
        found = tiltyard.differentiate(t, y, (0, 1, 2), draws=2, seed=seed)
        assert found.trusted[:2].all()
        inside = np.abs(found.estimate - exact) < 4.0 * found.standard_deviation
        assert inside.all()


def test_many_samples_on_a_line_are_answered():
    t = np.arange(6000.0)
    found = tiltyard.differentiate(t, 2.0 * t)
    np.testing.assert_allclose(found.estimate[0], 2.0 * t, atol=1e-8)
    np.testing.assert_allclose(found.estimate[1], 2.0, rtol=1e-9)


def test_exact_samples_are_interpolated_and_nothing_is_simulated():
    t = T[::2]
    found = tiltyard.differentiate(t, np.sin(t), (0, 1, 2), noise=0.0)
    # What counts as no noise is 1e-9 of the spread.
    np.testing.assert_allclose(found.curve, np.sin(t), atol=5e-9)
    assert np.abs(found.estimate[1] - np.cos(t)).max() < 1e-4
    assert found.noise_level == 0.0 and found.trusted.all() and found.draws == 0
    assert "noise: none, as you said; the curve goes through the samples" in found.report()


def test_a_known_noise_is_believed_but_not_without_a_word():
    found = tiltyard.differentiate(T[::2], SINE[::2], 0, noise=0.1, draws=1)
    assert found.noise_level == found.settings["noise_sd"] == pytest.approx(0.1)
    # Were it estimated, at a tenth of that, the bands would be some tenth as wide.
    free = tiltyard.differentiate(T[::2], SINE[::2], 0, draws=0)
    assert np.median(found.standard_deviation) > 3 * np.median(free.standard_deviation)
    assert "0.1, 14 % of the curve's spread, as you said" in found.report()
    assert "the noise that you gave is 0.1, but" in " ".join(found.notes)
    assert "as you said" not in free.report()


def test_outliers_are_left_out_and_named_with_any_estimator():
    struck = SINE.copy()
    struck[[20, 21, 40]] += [0.5, 0.3, -0.6]  # 50, 30 and 60 deviations of the noise
    found = tiltyard.differentiate(T, struck, (0, 1), None, QUICK)
    assert sorted(set(T) - set(found.series.t)) == T[[20, 21, 40]].tolist()
    assert "3 samples are outliers and left out, at 2 to 2.1, 4" in found.report()
    # Estimates are at all times asked for, and as good as without the outliers.
    assert found.estimate.shape == (2, 61)
    assert np.abs(found.estimate[1] - np.cos(T)).max() < 0.1
    assert found.noise_level == pytest.approx(1e-2, rel=0.4)
    kept = tiltyard.differentiate(T, struck, 0, None, QUICK, leave_out_outliers=False)
    assert len(kept.series.t) == 61 and any("pull" in note for note in kept.series.notes)


def test_a_record_that_jumps_is_judged_in_pieces():
    jump = np.where(T > 3.05, 1.0, 0.0) + 0.1 * SINE
    found = tiltyard.differentiate(T, jump, (0, 1))
    assert [one.t_eval[[0, -1]].tolist() for one in found.pieces] == [[0, T[30]], [T[31], 6]]
    assert found.trusted.tolist() == [True, False]
    assert all(one.trusted.all() for one in found.pieces)
    truth = 0.1 * np.cos(T)
    assert np.sqrt(np.mean((found.estimate[1] - truth)[1:-1] ** 2)) < 0.2 * truth.std()
    rows = re.findall(r"^ +(\d) .*  (trusted|rough|not recoverable)$", found.report(), re.M)
    assert [order for order, _ in rows] == ["0", "1"] * 2
    assert "at 3.05, between 3 and 3.1, the signal jumps" in found.report()
    whole = tiltyard.differentiate(T, jump, 1, None, QUICK, pieces=False)
    assert not whole.pieces and len(whole.curve) == 61


def test_times_between_two_pieces_have_no_estimate():
    jump = np.where(T > 3.05, 1.0, 0.0) + 0.1 * SINE
    found = tiltyard.differentiate(T, jump, 0, [1.0, 3.05, 5.0], QUICK)
    assert np.isnan(found.estimate[0]).tolist() == [False, True, False]
    assert found.frame()["signal_d0"].isna().tolist() == [False, True, False]


def test_gaps_of_dates_are_told_in_dates():
    days = np.delete(np.arange(60), np.arange(10, 24))
    dates = np.datetime64("2024-07-01", "D") + days
    found = tiltyard.differentiate(dates, np.sin(days / 9.0), unit="day")
    assert any("2024-07-10" in note and "2024-07-25" in note for note in found.series.notes)
