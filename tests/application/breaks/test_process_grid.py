"""The grid of processes, against restricted likelihoods that are written out."""

import numpy as np
import pytest

from tiltyard.application.breaks import process_grid as module
from tiltyard.application.breaks.effects import Effect, Effects, break_regressors
from tiltyard.application.breaks.process_grid import ProcessGrid, process_grid

X = np.sort(np.concatenate([[0.0, 1.0], np.random.default_rng(1).uniform(0, 1, 22)]))
Y = np.sin(5 * X) + 0.1 * np.random.default_rng(2).standard_normal(24)
LENGTH, SHARE = 0.2, 0.01


def restricted(y, columns, deviation):
    """Log-likelihood of what `columns` leave of y, up to what no column and no noise changes."""
    K = np.exp(-0.5 * ((X[:, None] - X) / LENGTH) ** 2) + SHARE * np.diag(deviation**2)
    P = np.linalg.inv(K)
    information = columns.T @ P @ columns
    left = y @ P @ y - y @ P @ columns @ np.linalg.solve(information, columns.T @ P @ y)
    m = len(y) - 2
    logs = np.linalg.slogdet(K)[1] + np.linalg.slogdet(LINE.T @ P @ LINE)[1]
    return -0.5 * m * np.log(left) - 0.5 * logs


LINE = np.stack([np.ones(24), 2 * X - 1], axis=1)


@pytest.fixture
def one_process(monkeypatch):
    """A grid of a single process."""
    monkeypatch.setattr(module, "KERNELS", module.KERNELS[:1])
    monkeypatch.setattr(module, "LENGTHS", np.array([LENGTH]))
    monkeypatch.setattr(module, "ALL", [(0, 0)])
    monkeypatch.setattr(module, "SHARES", np.array([SHARE]))


def test_gains_are_those_of_the_restricted_likelihood(one_process):
    grid = ProcessGrid(X)
    gains = grid.gains(Y[None])[0]
    without = restricted(Y, LINE, np.ones(24))
    for k in np.flatnonzero(grid.effects.allowed)[::17]:
        columns = np.column_stack([LINE, grid.effects.regressors[:, k]])
        # 1e-6: eigenvalues of contrasts against an inverse of a condition of 1e4.
        assert gains[k] == pytest.approx(restricted(Y, columns, np.ones(24)) - without, abs=1e-6)


def test_likelihoods_under_different_noise_are_comparable(one_process):
    deviation = np.exp(np.linspace(-1, 1, 24))
    even, uneven = (process_grid(X, d).log_likelihood(Y[None])[0] for d in (None, deviation))
    expected = restricted(Y, LINE, deviation) - restricted(Y, LINE, np.ones(24))
    assert uneven - even == pytest.approx(expected, abs=1e-6)


def test_gains_know_no_units():
    grid = process_grid(X)
    gains = grid.gains(np.array([Y, 1e6 + 1e-3 * Y, 3 * X - 1e9 * Y]))
    # 1e-5: an offset of a billion spreads costs nine digits.
    np.testing.assert_allclose(gains[1], gains[0], atol=1e-5)
    np.testing.assert_allclose(gains[2], gains[0], atol=1e-5)


def test_the_coefficient_of_a_planted_break_is_found():
    regressors = break_regressors(X, 0.5, Effect.KINK)
    bent = Y + regressors @ [4.0, 0.0]
    found = process_grid(X).coefficients(bent, regressors)
    plain = process_grid(X).coefficients(Y, regressors)
    # Coefficients are linear in the samples, but for the process that is chosen.
    np.testing.assert_allclose(found - plain, [4.0, 0.0], atol=0.5)


def test_breaks_lie_between_samples_and_leave_some_on_either_side():
    effects = Effects(X)
    breaks = effects.kind <= Effect.ONSET
    assert effects.first[breaks & effects.allowed].min() >= 5
    jump = np.flatnonzero((effects.kind == Effect.JUMP) & (effects.first == 7))[0]
    np.testing.assert_array_equal(effects.regressors[:, jump], np.arange(24) >= 7)


def test_only_breaks_are_looked_for_if_asked():
    grid = ProcessGrid(X)
    every, breaks = grid.gains(Y[None])[0], grid.gains(Y[None], breaks=True)[0]
    own = grid.effects.kind <= Effect.ONSET
    np.testing.assert_array_equal(breaks[own], every[own])
    assert np.all(breaks[~own] == -np.inf) and np.isfinite(every[~own]).any()


def test_windows_together_have_the_gains_that_each_has_alone(monkeypatch):
    rng = np.random.default_rng(3)
    several = np.array([Y + 0.1 * rng.standard_normal(24) for _ in range(5)])
    grid = ProcessGrid(X)
    together = grid.gains(several)
    monkeypatch.setattr(module, "TOGETHER", 1)  # each in a part of its own
    apart = np.concatenate([ProcessGrid(X).gains(one[None]) for one in several])
    # 1e-6: rounding errors of sums of products in another sequence.
    np.testing.assert_allclose(together, apart, atol=1e-6)
    np.testing.assert_allclose(grid.gains(several), together, atol=1e-6)
