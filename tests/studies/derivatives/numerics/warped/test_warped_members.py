"""What the members of a warped process start from."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from warped_cases import CASES, Y

from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.periodic_members import HARMONICS, scan_periods
from tiltyard.studies.derivatives.numerics.warped.scoring import release
from tiltyard.studies.derivatives.numerics.warped.smooth_members import FIRST, first_samples


def test_the_scan_is_a_regression_on_harmonics_and_a_line():
    x = np.linspace(-0.5, 0.5, 90)
    noise = 1e-3 * np.random.default_rng(8).standard_normal(90)
    y = np.exp(np.sin(2 * np.pi * x / 0.3)) + 0.4 * x + noise
    found = scan_periods(x, y)
    residual, period = found[0]
    assert period == pytest.approx(0.3, rel=0.01)  # half the step of the periods tried
    assert found == sorted(found)
    phase = 2 * np.pi / period * np.multiply.outer(x, np.arange(1, HARMONICS + 1))
    A = np.column_stack([np.ones(90), x, np.cos(phase), np.sin(phase)])
    misses = y - A @ np.linalg.lstsq(A, y)[0]
    # The ridge is 1e-9 of the functions' squares.
    assert residual == pytest.approx(np.mean(misses**2), rel=1e-6)


@pytest.mark.parametrize("n", [20, 101, 199, 200, 251, 400])
def test_first_samples_are_evenly_spaced_and_symmetric(n):
    few = first_samples(n)
    assert min(n, FIRST) <= len(few) < 2 * FIRST
    assert len(set(np.diff(few))) == 1
    assert abs(few[0] - (n - 1 - few[-1])) <= 1


def test_release_keeps_a_fit_that_nothing_improves():
    model, theta = CASES[0]
    start = Fit(model.on_grid(theta), theta, Y)
    assert release(start, (0.0,)) is start
    lower = release(start, (0.0, 2.0))
    assert lower is start or lower.J < start.J
    assert_allclose(np.delete(lower.theta, 2), np.delete(theta, 2), atol=0.0)
