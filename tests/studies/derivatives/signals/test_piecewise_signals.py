"""Non-smooth signals: one-sided derivatives, what jumps where, and an audit of every piece."""

from functools import partial

import numpy as np
import pytest

from tiltyard.studies.derivatives.metrics import errors_of
from tiltyard.studies.derivatives.signals import SIGNALS
from tiltyard.studies.derivatives.signals.analytic import differentiate
from tiltyard.studies.derivatives.signals.piecewise import PiecewiseSignal

PIECEWISE = [signal for signal in SIGNALS.values() if isinstance(signal, PiecewiseSignal)]
every_signal = pytest.mark.parametrize("signal", PIECEWISE, ids=lambda signal: signal.name)


def at_break(signal, index):
    """Derivatives (8, 2) at a break: of the piece that ends there, and of the one that begins."""
    time = np.array([float(signal.breaks[index])])
    sides = [
        differentiate(partial(signal.formula, piece=piece), time, signal.parameters)[:, 0]
        for piece in (index, index + 1)
    ]
    return np.stack(sides, axis=1)


def test_there_is_a_step_a_kink_and_a_step_in_the_second_derivative():
    assert {signal.jump_order for signal in PIECEWISE} == {0, 1, 2}


@every_signal
def test_breaks_are_exact_doubles_inside_the_interval(signal):
    start, stop = signal.interval
    assert list(signal.breaks) == sorted(set(signal.breaks))
    assert all(start < value < stop and value == float(value) for value in signal.breaks)


@every_signal
def test_the_lowest_order_that_jumps_is_the_declared_one(signal):
    scale = np.abs(signal.derivatives(signal.times(101))).max(axis=1)
    for index in range(len(signal.breaks)):
        left, right = at_break(signal, index).T
        jump = np.abs(right - left) / scale
        # 1e-18: rounding to long double. A jump worth the name is a tenth of the largest value.
        assert np.all(jump[: signal.jump_order] < 1e-18)
        assert jump[signal.jump_order] > 0.1


@every_signal
def test_derivatives_at_a_break_are_the_right_hand_ones(signal):
    scale = np.abs(signal.derivatives(signal.times(101))).max(axis=1, keepdims=True)
    for index, value in enumerate(signal.breaks):
        there, before = float(value), np.nextafter(float(value), 0)
        exact = signal.derivatives(np.array([before, there]))
        sides = at_break(signal, index)
        # 1e-14: the time before lies one rounding error of a double away from the break.
        assert np.max(np.abs(exact - sides) / scale) < 1e-14


@every_signal
def test_derivatives_rounded_to_double_agree_with_50_digits(signal):
    t = signal.times(31)
    exact = signal.derivatives(t)
    expected = signal.differentiate(t)
    error = np.abs(exact.astype(np.float64) - expected).max(axis=1)
    # The tolerances of the analytic signals.
    assert np.max(error / expected.std(axis=1, ddof=1)) <= 1e-14
    assert np.max(np.abs(exact - expected).max(axis=1) / expected.std(axis=1, ddof=1)) <= 1e-16


@every_signal
def test_displayed_cases_are_the_formula(signal):
    """What is shown is evaluated as it reads, one case a side of the first break."""
    first = float(signal.breaks[0])
    names = {name: float(value) for name, value in signal.parameters.items()}
    names |= {"exp": np.exp, "cos": np.cos, "pi": np.pi}
    before, _, condition = signal.expression.partition(" where ")
    cases = [before, condition.partition("else ")[2] or before]
    for piece, (case, t) in enumerate(zip(cases, (0.6 * first, 1.2 * first), strict=True)):
        text = case.replace("(2 k + 1) d", "(2 * k + 1) * d").replace("^", "**")
        for product in ("a t", "a c", "pi t", "(-1)**k d", ") exp", ") cos"):
            text = text.replace(product, product.replace(" ", " * "))
        value = eval(text, {**names, "k": piece, "t": t})
        # 1e-14: a few roundings of double.
        assert signal.derivatives(np.array([t]))[0, 0] == pytest.approx(value, rel=1e-14)


@every_signal
def test_audit_sees_an_error_beside_a_break_alone(signal):
    t = signal.times(1001)
    exact = signal.derivatives(t)
    assert signal.audit(t, exact).max() < 1e-14
    beside = np.flatnonzero(np.diff(signal.pieces(t)))[-1]
    exact[5, beside] += np.longdouble(1e-6) * exact[5].std(ddof=1)
    np.testing.assert_allclose(signal.audit(t, exact)[5], 1e-6, rtol=1e-3)


@every_signal
@pytest.mark.parametrize("samples", [51, 101, 251])
def test_errors_of_every_order_have_a_scale(signal, samples):
    for row in signal.derivatives(signal.times(samples)).astype(np.float64):
        # Zero in place of the derivative is wrong by its root mean square: its spread at least,
        # but for n - 1 in place of n.
        assert 0.99 <= errors_of(np.zeros(samples), row)["nrmse"] < 10
