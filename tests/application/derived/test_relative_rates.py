"""d ln y / dt: closed forms, drawn errors, the choice of the noise, and what is refused."""

import numpy as np
import pytest
from derivable import T, growth

import tiltyard
from tiltyard.application.derived.relative import noise_grows, relative_of
from tiltyard.application.estimates import Drawn
from tiltyard.application.options import in_a_shell
from tiltyard.application.series import Series, UnusableData
from tiltyard.studies.derivatives.bands import normal_quantiles

QUICK = {"estimator": "gaussian_process_se"}
BUMPS = np.arange(-1.0, 11.5, 1.0)


def drawn_errors(rng, size):
    """A smooth error and its first two derivatives, and their deviations, at T."""
    u = T - BUMPS[:, None]
    own = size * np.exp(-0.5 * u**2)
    rows = np.array([own, -u * own, (u**2 - 1) * own])
    return np.einsum("j,kjm->km", rng.standard_normal(len(BUMPS)), rows), np.sqrt(
        np.square(rows).sum(axis=1)
    )


def test_bands_of_the_rate_are_as_wide_as_errors_of_all_orders_together_make_them():
    """The deviations follow from those of the orders alone; 400 curves say whether they are it."""
    from dataclasses import replace

    s = growth(T, 0.2)
    true = np.array([s, 1.3 * s * (1 - s), 1.69 * s * (1 - s) * (1 - 2 * s)])
    rate, second = 1.3 * (1 - s), -1.69 * s * (1 - s)
    found = tiltyard.differentiate(T, s, (0, 1, 2), **QUICK)
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(300):
        errors, deviations = drawn_errors(rng, 0.004)
        estimate = true + errors
        drawn = Drawn(T, estimate, deviations, normal_quantiles(estimate, deviations))
        changed = relative_of(replace(found, drawn=drawn))
        low, *_, high = changed.quantiles[:, 1:]
        hits.append((low <= [rate, second]) & ([rate, second] <= high))
    covered = np.mean(hits, axis=0)[:, 10:-10]
    assert covered.mean(axis=1) == pytest.approx([0.95, 0.95], abs=0.02)
    assert covered.min() > 0.88


def test_exponential_growth_has_its_rate_and_doubling_time():
    y = 0.3 * np.exp(0.7 * T) * (1 + 0.02 * np.random.default_rng(1).standard_normal(len(T)))
    found = tiltyard.differentiate(T, y, (0, 1), relative=True, **QUICK)
    assert np.abs(found.estimate[1] - 0.7).max() < 0.03
    np.testing.assert_allclose(found.estimate[0], np.log(0.3) + 0.7 * T, atol=0.05)
    assert list(found.frame().columns[:3]) == ["time", "ln_signal_d0", "ln_signal_d0_sd"]
    assert "order 1 is the relative rate" in found.report()
    labels = [axis.get_ylabel() for axis in found.plot().axes]
    assert labels == ["ln signal", "d ln signal / dt"]


def test_the_largest_relative_rate_has_a_doubling_time():
    """Gompertz' curve, whose relative rate has no maximum but of the lag before it."""

    def log(t):
        return 3.0 / (1.0 + np.exp(-1.2 * (t - 4.0)))

    noise = 0.02 * np.random.default_rng(0).standard_normal(len(T))
    found = tiltyard.differentiate(
        *(T, 0.05 * np.exp(log(T) + noise), (0, 1)), relative=True, find=["maxima:1", "lag"]
    )
    (top,) = [one for one in found.features if one.kind == "maximum" and one.certain]
    assert top.place.low < 4.0 < top.place.high and top.height.low < 0.9 < top.height.high
    assert top.doubling_time.low < np.log(2) / 0.9 < top.doubling_time.high
    (lag,) = [one for one in found.features if one.kind == "lag"]
    true = 4.0 - (1.5 - log(0.0)) / 0.9
    assert lag.place.low < true < lag.place.high
    row = found.feature_frame().set_index("kind").loc["maximum"]
    assert row["doubling_time"] == pytest.approx(np.log(2) / row["height"])
    assert np.isnan(row["half_life"]) and "doubling time" in found.report()


def test_noise_that_grows_is_told_from_noise_that_does_not():
    z = np.random.default_rng(4).standard_normal(len(T))
    y = growth(T)
    assert noise_grows(Series(T, y * (1 + 0.03 * z)))
    assert not noise_grows(Series(T, y + 0.01 * z))


def test_samples_below_zero_do_not_matter_where_the_curve_is_above():
    z = np.random.default_rng(0).standard_normal(len(T))
    y = 0.04 + 0.96 / (1 + np.exp(-1.3 * (T - 6))) + 0.02 * z
    assert (y <= 0).any()
    found = tiltyard.differentiate(T, y, (0, 1), relative=True)
    assert "the curve is that of the samples" in " ".join(found.notes)
    s = 1 / (1 + np.exp(-1.3 * (T - 6)))
    rate = 0.96 * 1.3 * s * (1 - s) / (0.04 + 0.96 * s)
    low, *_, high = found.quantiles[:, 1]
    assert np.mean((low <= rate) & (rate <= high)) > 0.9
    assert np.isnan(found.series.y).any()  # it has no logarithm


def test_what_has_no_logarithm_is_refused_with_its_place_and_a_remedy():
    z = np.random.default_rng(0).standard_normal(len(T))
    y = growth(T, 0.01) - 0.2 + 0.01 * z
    with pytest.raises(UnusableData, match=r"at 0, row 1 the 95 % band .* subtract the blank"):
        tiltyard.differentiate(T, y, (0, 1), relative=True, **QUICK)
    y = growth(T, 0.2)
    y[7] = -0.5
    said = rf"the sample of row 8 at {T[7]:g} is -0.5, .*\(relative=True\): subtract the blank"
    with pytest.raises(UnusableData, match=said):
        tiltyard.differentiate(T, y, (0, 3), relative=True, **QUICK)


@pytest.mark.parametrize(("option", "flag"), [("noise", "--noise"), ("resolution", "--resolution")])
def test_what_is_in_units_of_the_signal_does_not_go_with_it(option, flag):
    with pytest.raises(ValueError, match=f"{option}=0.1 is in units of the signal"):
        tiltyard.differentiate(T, growth(T), relative=True, **{option: 0.1})
    with in_a_shell(), pytest.raises(ValueError, match=f"^{flag} 0.1 is in units .* --relative"):
        tiltyard.differentiate(T, growth(T), relative=True, **{option: 0.1})
