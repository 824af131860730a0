"""The step of a grid is found whatever it is, and only where values lie on one."""

import numpy as np
import pytest
from swings import kinds, swing

from tiltyard.application.examination import examine
from tiltyard.application.examination.grids import step_of
from tiltyard.application.examination.resolution import inflation_of

SEEDS = range(5)


@pytest.mark.parametrize("step", [0.25, 0.1, 12.5, 1.0, 0.02, 5 / 1023, np.pi / 7, 1e-9, 3e8])
@pytest.mark.parametrize("offset", [0.0, 0.31])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_planted_step_is_found(step, offset, seed):
    _, y, _ = swing(seed, noise=0.1)
    rounded = (np.round(y / 0.1) + offset) * step
    assert step_of(rounded) == pytest.approx(step, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_step_behind_the_decimals_of_a_file_is_found(seed):
    _, y, _ = swing(seed)
    volts = np.round(np.round(y / (5 / 1023)) * (5 / 1023), 4)
    assert step_of(volts) == pytest.approx(5 / 1023, rel=1e-3)


@pytest.mark.parametrize("digits", [1, 2, 3, 4, 5, 6])
def test_decimals_of_a_file_are_a_step(digits):
    _, y, _ = swing(digits, 300)
    assert step_of(np.round(y, digits)) == pytest.approx(10.0**-digits)
    if digits < 5:  # 32 bits hold seven digits
        single = np.round(y, digits).astype(np.float32).astype(float)
        assert step_of(single) == pytest.approx(10.0**-digits)


@pytest.mark.parametrize("n", [8, 30, 1000])
@pytest.mark.parametrize("seed", SEEDS)
def test_values_on_no_grid_have_no_step(n, seed):
    _, y, true = swing(seed, n)
    assert step_of(y) is None and step_of(true) is None
    assert step_of(1e6 + y) is None and step_of(np.full(9, 0.1)) is None


@pytest.mark.parametrize("step", [0.1, 0.25])
@pytest.mark.parametrize("seed", SEEDS)
def test_rounding_is_the_least_noise_and_said_where_it_matters(step, seed):
    t, _, true = swing(seed, 110)
    found = examine(t, np.round(true / step) * step)
    assert found.noise_floor == pytest.approx(step / np.sqrt(12)) and kinds(found) == ["resolution"]
    assert f"resolution of {step:g}:" in found.findings[0].note and found.counts.all()
    _, y, _ = swing(seed, noise=20 * step)
    found = examine(t, np.round(y / step) * step)
    assert found.noise_floor == pytest.approx(step / np.sqrt(12)) and kinds(found) == []


@pytest.mark.parametrize(
    "values",
    [
        lambda t: (t - 9) ** 2,
        lambda t: 3 * t + 5,
        lambda t: np.clip(t, 10, 80),
        lambda t: np.where(t < 50, t**2, t**2 - 900),
    ],
)
def test_whole_values_that_were_not_rounded_have_no_resolution(values):
    t = np.arange(100.0)
    found = examine(t, values(t))
    assert found.resolution is None and found.noise_floor == 0 and found.samples_per_step == 1


def test_a_resolution_that_is_given_is_taken():
    t, y, _ = swing(3)
    found = examine(t, y, resolution=0.5)
    assert found.noise_floor == pytest.approx(0.5 / np.sqrt(12))
    assert "that you gave is 0.5" in found.findings[0].note
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"resolution {wrong}: give the step"):
            examine(t, y, resolution=wrong)


@pytest.mark.parametrize("width", [9, 25, 81])
def test_errors_of_means_over_a_staircase_are_within_the_inflated_noise(width):
    ratios, white = [], []
    kernel = np.linalg.pinv(np.vander(np.arange(width) - width // 2, 3))[2]
    for seed in range(20):
        t, _, true = swing(seed, 1000, noise=0)
        y = np.round(true / 0.2) * 0.2
        found = examine(t, y)
        error = np.sqrt(np.mean(np.convolve(y - true, kernel[::-1], "valid") ** 2))
        white.append(error / (found.noise_floor * np.linalg.norm(kernel)))
        ratios.append(white[-1] / found.inflation)
    assert np.quantile(ratios, 0.9) < 1 and np.median(white) > 1.3
    assert inflation_of(1.0) == 1


@pytest.mark.parametrize("each", [1, 5, 40])
def test_samples_a_step_are_counted(each):
    t = np.arange(600.0)
    y = np.floor(t / each + 0.3 * np.sin(t))
    found = examine(t, y)
    assert found.samples_per_step == pytest.approx(600 / (1 + np.count_nonzero(np.diff(y))))
