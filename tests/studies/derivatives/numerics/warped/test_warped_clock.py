"""Clocks of warped processes against finite differences and symmetries."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from warped_cases import H, U, V, X, periodic, smooth

from tiltyard.studies.derivatives.numerics.warped.clock import PAIRS

CLOCKS = [(smooth, U), (periodic, V)]


@pytest.mark.parametrize(("clock", "u"), CLOCKS)
def test_gradient_of_a_clock(clock, u):
    step = 1e-6
    columns = [
        (clock().read(u + step * e).tau - clock().read(u - step * e).tau) / (2 * step)
        for e in np.eye(len(u))
    ]
    # Central differences err by step^2 times third derivatives of order 10.
    assert_allclose(clock().read(u).gradient, np.transpose(columns), atol=1e-9)


@pytest.mark.parametrize(("clock", "u"), CLOCKS)
def test_series_of_a_clock_continue_it(clock, u):
    x, h, depth = np.array([-0.3, 0.1, 0.35]), 2e-3, 9
    tau, gradient = clock(x).series(u, depth)
    there = clock(x + h).read(u)
    powers = h ** np.arange(float(depth))
    # The first term left out is (w h)^9 with w up to 75 in the rate: 0.15^9.
    assert_allclose(np.tensordot(powers, tau, 1), there.tau, atol=4e-8)
    assert_allclose(np.tensordot(powers, gradient, 1), there.gradient, atol=4e-8)
    # One order less must be worse: the last coefficient counts.
    shorter = np.abs(np.tensordot(powers[:4], tau[:4], 1) - there.tau)
    assert shorter.max() > 10 * np.abs(np.tensordot(powers, tau, 1) - there.tau).max()


@pytest.mark.parametrize(("clock", "u"), CLOCKS)
def test_tau_alone_is_that_of_the_reading(clock, u):
    # At other points than it was made for, too; rounding of a few products.
    elsewhere = clock().at(X + 1e-3)
    assert_allclose(elsewhere.tau(u), clock(X + 1e-3).read(u).tau, atol=1e-14)


def test_smooth_clock_runs_from_end_to_end_and_turns_round():
    ends = smooth(np.array([-0.5, 0.5])).read(U).tau
    assert_allclose(ends, [-0.5, 0.5], atol=1e-14)
    assert np.all(np.diff(smooth().read(U).tau) > 0)
    signs = (-1.0) ** np.arange(1, 13)
    assert_allclose(smooth(-X[::-1]).read(signs * U).tau, -smooth().read(U).tau[::-1], atol=1e-13)


def test_periodic_clock_repeats_and_turns_round():
    period = 0.4 * np.exp(0.02 * V[0])
    assert_allclose(periodic(X + period).read(V).tau, periodic().read(V).tau + 1.0, atol=1e-12)
    signs = np.r_[np.ones(1 + PAIRS), -np.ones(PAIRS)]
    assert_allclose(periodic(-X).read(signs * V).tau, -periodic().read(V).tau, atol=1e-13)


@pytest.mark.parametrize("clock", [smooth, periodic])
def test_spectrum_of_a_clock(clock):
    step = 1e-6
    slopes = [
        (np.log(clock().spread(H + step * e).d) - np.log(clock().spread(H - step * e).d))
        / (2 * step)
        for e in np.eye(2)
    ]
    assert_allclose(clock().spread(H).slopes, slopes, atol=1e-8)
    # The same as made with it, at the same log rate.
    other = clock(h=np.zeros(2)).respread(H)
    assert_allclose(
        other.read(0.1 * np.ones(other.size)).tau, clock().read(0.1 * np.ones(other.size)).tau
    )


def test_smooth_clock_has_the_log_rate_it_promises():
    scale = 0.7 * np.exp(0.5 * H[0])
    assert 0.5 * np.sum(smooth().d ** 2) == pytest.approx(scale**2)
