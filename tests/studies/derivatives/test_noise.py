"""Noise models: their moments, their scale, and draws that do not depend on the level."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tiltyard.studies.derivatives.noise import (
    AR1_COEFFICIENT,
    NOISE_MODELS,
    add_noise,
    find_noise_model,
    noise_model,
)

N = 200_000
SIGNAL = 3 + np.sin(np.linspace(0, 40, N))
#: Five standard errors of a standard deviation from N independent normal values.
SD_TOLERANCE = 5 / np.sqrt(2 * N)
#: Models whose noise is the level times something that does not depend on the level.
LINEAR = sorted(NOISE_MODELS.keys() - {"quantised"})
every_model = pytest.mark.parametrize("model", sorted(NOISE_MODELS))


def rng(seed=7):
    return np.random.default_rng(seed)


def noise(model, level=0.1, x=SIGNAL):
    y, sd = add_noise(model, x, level, rng())
    return y - x, sd


def test_the_models_of_the_study_are_registered():
    assert set(NOISE_MODELS) == {
        "gaussian",
        "proportional",
        "heteroscedastic",
        "ar1",
        "student_t",
        "quantised",
    }
    assert all(entry.explanation for entry in NOISE_MODELS.values())


@pytest.mark.parametrize("model", ["gaussian", "proportional", "heteroscedastic"])
def test_noise_has_the_recorded_standard_deviation_and_no_mean(model):
    e, sd = noise(model)
    assert_allclose(np.std(e / sd), 1, rtol=SD_TOLERANCE)
    assert abs(np.mean(e / sd)) < 5 / np.sqrt(N)


@pytest.mark.parametrize("model", ["gaussian", "ar1", "student_t", "quantised"])
def test_recorded_standard_deviation_is_the_level_times_the_signals(model):
    assert_allclose(noise(model)[1], 0.1 * np.std(SIGNAL, ddof=1), rtol=1e-14)


def test_proportional_noise_follows_the_signals_magnitude():
    x = np.array([-2.0, 0.0, 1.0])
    e, sd = noise("proportional", 0.5, x)
    assert_array_equal(sd, [1.0, 0.0, 0.5])
    assert e[1] == 0


def test_heteroscedastic_noise_grows_tenfold_with_the_same_rms():
    e, sd = noise("heteroscedastic")
    assert_allclose(sd[-1] / sd[0], 10)
    assert_allclose(np.diff(sd), (sd[-1] - sd[0]) / (N - 1), rtol=1e-6)
    assert_allclose(np.sqrt(np.mean(sd**2)), 0.1 * np.std(SIGNAL, ddof=1))
    assert_allclose(np.std(e[-N // 10 :]) / np.std(e[: N // 10]), 9.55 / 1.45, rtol=0.03)


def test_ar1_noise_is_stationary_with_its_coefficient():
    e, sd = noise("ar1")
    # Correlation time 9 samples: nine times fewer independent values.
    assert_allclose(np.std(e), sd, rtol=3 * SD_TOLERANCE)
    for lag in (1, 2, 5):
        correlation = np.corrcoef(e[:-lag], e[lag:])[0, 1]
        assert_allclose(correlation, AR1_COEFFICIENT**lag, atol=0.01)
    first = [add_noise("ar1", SIGNAL[:10], 1.0, rng(seed))[0][0] for seed in range(4000)]
    assert_allclose(np.std(first), np.std(SIGNAL[:10], ddof=1), rtol=5 / np.sqrt(8000))


def test_student_t_noise_has_outliers_of_three_degrees_of_freedom():
    e, sd = noise("student_t")
    # The fourth moment does not exist, so quantiles, from the table of Student's t: 0.765, 5.841.
    assert_allclose(np.quantile(e, 0.75), 0.76489 * sd / np.sqrt(3), rtol=0.01)
    assert_allclose(np.quantile(e, 0.995), 5.84091 * sd / np.sqrt(3), rtol=0.05)


def test_quantised_samples_lie_on_a_grid_that_differs_between_trials():
    step = np.sqrt(12) * noise("quantised")[1]
    offsets = []
    for seed in (1, 2):
        y = add_noise("quantised", SIGNAL, 0.1, rng(seed))[0]
        places = (y - y[0]) / step
        assert_allclose(places, np.rint(places), atol=1e-9)
        assert np.max(np.abs(y - SIGNAL)) <= step / 2 * (1 + 1e-9)
        offsets.append(y[0] % step)
    assert offsets[0] != offsets[1]


def test_quantisation_errors_over_trials_are_uniform():
    x = np.array([0.3, 0.4, 1.7])
    e = np.array([add_noise("quantised", x, 2.0, rng(seed))[0] - x for seed in range(4000)])
    # A uniform error's sd has a smaller standard error than a normal one's.
    assert_allclose(e.std(axis=0), 2 * np.std(x, ddof=1), rtol=5 / np.sqrt(8000))


@every_model
def test_level_zero_gives_the_signal(model):
    e, sd = noise(model, 0.0)
    assert np.all(e == 0) and np.all(np.asarray(sd) == 0)


@every_model
def test_signal_is_left_untouched(model):
    x = SIGNAL[:50].copy()
    y, _ = add_noise(model, x, 0.0, rng())
    y += 1
    assert_array_equal(x, SIGNAL[:50])


@every_model
def test_draws_do_not_depend_on_the_level(model):
    states = []
    for level in (0.0, 1e-8, 0.3):
        generator = rng()
        add_noise(model, SIGNAL[:101], level, generator)
        states.append(generator.bit_generator.state)
    assert states[0] == states[1] == states[2]


@pytest.mark.parametrize("model", LINEAR)
def test_noise_is_proportional_to_the_level(model):
    # 1e-13: the sum with the signal rounds noise of 1e-2 at 4 ulp of 2e-16.
    assert_allclose(noise(model, 0.4)[0], 40 * noise(model, 0.01)[0], atol=1e-13)


@every_model
def test_samples_scale_with_the_signal(model):
    y = add_noise(model, SIGNAL, 0.1, rng())[0]
    # A power of two, so that the scaled signal is rounded no differently.
    assert_allclose(add_noise(model, 8 * SIGNAL, 0.1, rng())[0], 8 * y, rtol=1e-13)


@pytest.mark.parametrize("model", sorted(set(LINEAR) - {"proportional"}))
def test_samples_shift_with_the_signal(model):
    y = add_noise(model, SIGNAL, 0.1, rng())[0]
    assert_allclose(add_noise(model, SIGNAL + 5, 0.1, rng())[0], y + 5, rtol=1e-12)


@pytest.mark.parametrize("level", [-0.1, np.nan, np.inf])
def test_impossible_levels_are_refused(level):
    with pytest.raises(ValueError, match=r"noise level .* at least 0"):
        add_noise("gaussian", SIGNAL, level, rng())


@pytest.mark.parametrize("x", [np.ones(1), np.ones((2, 2)), np.array([0.0, np.nan])])
def test_impossible_signals_are_refused(x):
    with pytest.raises(ValueError, match="clean samples of shape"):
        add_noise("gaussian", x, 0.1, rng())


@pytest.mark.parametrize("model", sorted(NOISE_MODELS.keys() - {"proportional"}))
def test_constant_signal_has_no_spread_to_relate_to(model):
    with pytest.raises(ValueError, match=r"all 5 clean samples equal 2.*use .* proportional"):
        add_noise(model, np.full(5, 2.0), 0.1, rng())


def test_unknown_model_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'white' is unknown; known are ar1, gaussian"):
        find_noise_model("white")


def test_registering_a_model_twice_is_refused():
    with pytest.raises(ValueError, match="'gaussian' is registered twice"):
        noise_model(NOISE_MODELS["gaussian"].function)
