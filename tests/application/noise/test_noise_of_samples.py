"""Standard errors, weights, replicates and models of the noise: what they change, and refusals."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import tiltyard
from tiltyard.application.noise.sample_noise import averaged, from_weights
from tiltyard.application.options import in_a_shell
from tiltyard.application.series import Series, UnusableData

N = 60
T = np.linspace(0.0, 6.0, N)
TRUTH = np.sin(T)
SLOPE = np.cos(T)
RNG = np.random.default_rng(3)
ERRORS = np.where(np.arange(N) % 3 == 0, 0.002, 0.05)
Y = TRUTH + ERRORS * RNG.standard_normal(N)
REPLICATES = TRUTH[:, None] + 0.05 * RNG.standard_normal((N, 4))
REPLICATES[7, 2] = np.nan


def off(found, row=1):
    return float(np.sqrt(np.mean((found.estimate[row] - SLOPE) ** 2)))


def covered(found, truth):
    low, high = found.quantiles[[0, 3], 1]
    return np.mean((low <= truth) & (truth <= high))


def test_standard_errors_are_used_and_the_scale_is_believed():
    plain = tiltyard.differentiate(T, Y)
    known = tiltyard.differentiate(T, Y, noise=ERRORS)
    assert off(known) < 0.6 * off(plain)
    assert covered(known, SLOPE) > 0.9
    assert known.noise_level == pytest.approx(np.sqrt(np.mean(ERRORS**2)))
    assert "as you gave it for each sample" in known.report().replace("\n  ", " ")
    # Believed, and said to be contradicted.
    tenfold = tiltyard.differentiate(T, Y, noise=10.0 * ERRORS)
    assert tenfold.noise_level == pytest.approx(10.0 * known.noise_level)
    assert any("as the noise that is known lets expect" in note for note in tenfold.notes)
    assert not any("lets expect" in note for note in known.notes)


def test_weights_leave_the_scale_to_the_samples():
    known = tiltyard.differentiate(T, Y, noise=ERRORS)
    for factor in (1.0, 1e-4):
        weighted = tiltyard.differentiate(T, Y, weights=factor / ERRORS**2)
        assert weighted.noise_level == pytest.approx(known.noise_level, rel=0.15)
        assert_allclose(weighted.estimate[1], known.estimate[1], atol=0.002)


def test_rows_keep_their_errors_when_sorted_and_when_some_are_missing():
    shuffled = np.random.default_rng(1).permutation(N)
    y, errors = Y.copy(), ERRORS.copy()
    y[5], errors[5] = np.nan, np.nan
    one = tiltyard.differentiate(T[shuffled], y[shuffled], noise=errors[shuffled], sort=True)
    other = tiltyard.differentiate(np.delete(T, 5), np.delete(Y, 5), noise=np.delete(ERRORS, 5))
    assert_allclose(np.delete(one.estimate, 5, axis=1), other.estimate, rtol=1e-9)


def test_errors_may_be_a_column_of_the_table():
    table = pd.DataFrame({"t": T, "x": Y, "sd": ERRORS, "z": -Y})
    array = tiltyard.differentiate(T, Y, noise=ERRORS)
    both = tiltyard.differentiate(table, time="t", noise="sd")
    assert set(both) == {"x", "z"}
    assert_allclose(both["x"].estimate, array.estimate)
    one = tiltyard.differentiate(table, "x", time="t", noise="sd")
    assert_allclose(one.estimate, array.estimate)
    with pytest.raises(UnusableData, match="the table has no column 'e'; it has t, x, sd, z"):
        tiltyard.differentiate(table, "x", time="t", noise="e")
    with pytest.raises(UnusableData, match=r"2 columns \(sd, t\) for 1 signals"):
        tiltyard.differentiate(table, ["x"], time="t", noise=["sd", "t"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"noise": ERRORS[1:]}, "60 samples, and for the standard error .* shape .59,"),
        ({"noise": np.where(T[4] == T, -1, 1)}, r"standard error \(noise=\) of row 5 is -1"),
        ({"weights": np.where(T[4] == T, 0, 1)}, r"weight \(weights=\) of row 5 is 0"),
        ({"noise": ERRORS, "weights": ERRORS}, "noise= and weights= are both given"),
        ({"noise_model": "white"}, "noise_model='white': use one of auto, equal, correlated"),
        ({"noise_model": "poisson"}, "is for counts, and the sample at 0 is 0.004"),
        ({"noise_model": "proportional"}, "is for samples above 0"),
        ({"noise_model": "poisson", "noise": 1.0}, "leave one of both out"),
        ({"noise_model": "equal", "noise": ERRORS}, "leave one of both out"),
        ({"replicates": True}, "and there is one"),
        ({"replicates": True, "noise": ERRORS}, "replicates tell the noise themselves"),
        ({"noise": ERRORS, "estimator": "smoothing_spline_reml"}, "takes noise to be the same"),
    ],
)
def test_what_cannot_be_is_refused_by_name(asked, message):
    with pytest.raises(ValueError, match=message):
        tiltyard.differentiate(T, Y, **asked)


def test_means_of_repeated_samples_are_weighted_and_their_scatter_is_kept():
    place = np.array([0, 0, 1, 1, 1, 2])
    y = np.array([1.0, 3.0, 10.0, 11.0, 12.0, 5.0])
    means, noise = averaged(place, y, None)
    assert_allclose(means, [2.0, 11.0, 5.0])
    assert_allclose(noise.deviations, [2**-0.5, 3**-0.5, 1.0])
    assert (noise.scatter.squares, noise.scatter.degrees) == (pytest.approx(4.0), 3)
    weighted, noise = averaged(place, y, from_weights(np.array([1, 3, 1, 1, 1, 1.0]), y, "x"))
    assert_allclose(weighted[0], 2.5)
    assert_allclose(noise.deviations[0], 0.5)


def test_copies_and_few_repeats_are_no_replicates():
    place = np.repeat(np.arange(5), 2)
    assert averaged(place, np.repeat(np.arange(5.0), 2), None)[1] is None
    once = np.r_[0, np.arange(40)]
    assert averaged(once, np.arange(41.0), None)[1] is None


def test_replicates_are_as_good_as_their_mean_with_the_noise_that_they_show():
    found = tiltyard.differentiate(T, REPLICATES, replicates=True)
    assert "4 columns are replicates of one signal" in found.report().replace("\n    ", " ")
    assert found.noise_level == pytest.approx(0.025, rel=0.1)
    assert covered(found, SLOPE) > 0.9
    long_t = np.repeat(T, 4)[~np.isnan(REPLICATES.ravel())]
    long_y = REPLICATES.ravel()[~np.isnan(REPLICATES.ravel())]
    again = tiltyard.differentiate(long_t, long_y, average=True)
    assert_allclose(again.estimate, found.estimate, rtol=1e-9)
    table = pd.DataFrame(REPLICATES, columns=["run 1", "run 2", "run 3", "run 4"]).assign(t=T)
    named = tiltyard.differentiate(table, time="t", replicates=True)
    assert named.series.name == "run"
    assert_allclose(named.estimate, found.estimate, rtol=1e-9)


def test_replicates_that_share_an_error_are_suspected():
    shared = TRUTH + 0.1 * RNG.standard_normal(N)
    columns = shared[:, None] + 0.01 * RNG.standard_normal((N, 3))
    found = tiltyard.differentiate(T, columns, replicates=True, orders=0)
    whole = " ".join([*found.notes, found.report()])
    assert "share an error" in whole or found.noise_level < 0.02


def test_counts_have_the_noise_of_counts():
    peak = 20.0 + 900.0 * np.exp(-0.5 * (T - 3.0) ** 2 / 0.6)
    slope = -900.0 * (T - 3.0) / 0.6 * np.exp(-0.5 * (T - 3.0) ** 2 / 0.6)
    inside = []
    for seed in range(3):
        counts = np.random.default_rng(seed).poisson(peak)
        found = tiltyard.differentiate(T, counts, noise_model="poisson")
        inside.append(covered(found, slope))
        assert found.noise_level == pytest.approx(np.sqrt(peak.mean()), rel=0.05)
    assert np.mean(inside) > 0.88


def test_proportional_noise_is_that_of_a_logarithm():
    growth = 0.01 * np.exp(1.1 * T)
    inside, errors = [], []
    for seed in range(3):
        y = growth * (1.0 + 0.05 * np.random.default_rng(seed).standard_normal(N))
        found = tiltyard.differentiate(T, y, (0, 1, 2), noise_model="proportional")
        inside.append(covered(found, 1.1 * growth))
        errors.append(np.abs(found.estimate[2] / (1.21 * growth) - 1.0).mean())
        assert found.trusted[:2].all()
        assert "% of the signal" in found.report()
    assert np.mean(inside) > 0.85
    assert np.mean(errors) < 0.2


def test_simulations_draw_noise_of_the_shape():
    for asked in ({"noise": ERRORS}, {"noise_model": "correlated"}):
        found = tiltyard.differentiate(T, Y, 0, draws=2, **asked)
        (judgement,) = found.judgements
        assert 0.2 < judgement.from_simulation / judgement.from_posterior < 4.0


def test_messages_name_the_flags_in_a_shell():
    with in_a_shell(), pytest.raises(UnusableData, match=r"\(--noise-column\) of row 2 is 0"):
        tiltyard.differentiate(T, Y, noise=np.where(T[1] == T, 0, 1))


def test_a_series_keeps_the_noise_of_what_it_keeps():
    noise = from_weights(np.arange(1.0, 11.0), np.zeros(10), "x")
    y = np.arange(10.0)
    y[3] = np.nan
    series = Series.from_samples(np.arange(10.0)[::-1], y, noise=noise)
    assert_allclose(series.noise.deviations, np.delete(noise.deviations, 3)[::-1])
