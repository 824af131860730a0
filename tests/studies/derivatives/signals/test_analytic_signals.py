"""Every analytic signal against mpmath's derivatives of its plain formula in 50 digits."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tiltyard.studies.derivatives.signals import SIGNALS
from tiltyard.studies.derivatives.signals.analytic import AnalyticSignal

SAMPLES = 101
ANALYTIC = sorted(n for n, signal in SIGNALS.items() if isinstance(signal, AnalyticSignal))
every_signal = pytest.mark.parametrize("signal", [SIGNALS[n] for n in ANALYTIC], ids=ANALYTIC)

#: A signal whose derivatives become constant, then vanish.
LINE = AnalyticSignal(
    name="line",
    expression="4 t + 1",
    explanation="",
    interval=(0.0, 1.0),
    formula=lambda mp, t: 4 * t + 1,
    closed_form=lambda t: np.stack([4 * t + 1, 4 + 0 * t, *[0 * t] * 6]),
)


@cache
def in_50_digits(name):
    """mpmath's derivatives (8, SAMPLES) of a signal's plain formula, rounded to long double."""
    signal = SIGNALS[name]
    return signal.differentiate(signal.times(SAMPLES))


@every_signal
def test_derivatives_rounded_to_double_agree_with_50_digits(signal):
    exact = signal.derivatives(signal.times(SAMPLES))
    assert exact.shape == (8, SAMPLES) and exact.dtype == np.longdouble
    expected = in_50_digits(signal.name)
    error = np.abs(exact.astype(np.float64) - expected).max(axis=1)
    # Rounding to double alone costs 1.1e-16 |x|: up to 1e-15 of a standard deviation.
    assert np.max(error / expected.std(axis=1, ddof=1)) <= 1e-14


@every_signal
def test_long_double_carries_more_digits_than_double_keeps(signal):
    expected = in_50_digits(signal.name)
    error = np.abs(signal.derivatives(signal.times(SAMPLES)) - expected).max(axis=1)
    # 1e-16: cancellation may cost three of long double's 19 digits.
    assert np.max(error / expected.std(axis=1, ddof=1)) <= 1e-16


def test_differentiation_of_the_plain_formula_knows_the_exponential():
    """The other tests' reference, on a function that is its own derivative."""
    growth = replace(LINE, formula=lambda mp, t: mp.exp(t))
    t = np.array([-1.0, 0.0, 2.0])
    expected = np.broadcast_to(np.exp(t.astype(np.longdouble)), (8, 3))
    np.testing.assert_allclose(growth.differentiate(t), expected, rtol=1e-18)


@every_signal
def test_displayed_expression_is_the_signal(signal):
    expression = signal.expression.split(" where ")[0].replace("^", "**")
    expression = re.sub(r"(?<=[\w)]) (?=[a-z(])", " * ", expression)
    t = signal.times(SAMPLES)
    t = t[np.abs(t) < 1] if " where |t| < 1" in signal.expression else t
    names = {name: float(value) for name, value in signal.parameters.items()}
    functions = {
        "sin": np.sin,
        "cos": np.cos,
        "exp": np.exp,
        "log": np.log,
        "sqrt": np.sqrt,
        "tanh": np.tanh,
    }
    value = eval(expression, {**functions, "sech": lambda x: 1 / np.cosh(x), **names, "t": t})
    # 1e-12: the expression is evaluated in double, naively.
    np.testing.assert_allclose(value, signal.derivatives(t)[0].astype(float), atol=1e-12)


@every_signal
def test_audit_notices_one_wrong_order(signal):
    t = signal.times(SAMPLES)
    exact = signal.derivatives(t)
    exact[5] += np.longdouble(1e-6) * exact[5].std(ddof=1)
    audit = signal.audit(t, exact)
    np.testing.assert_allclose(audit[5], 1e-6, rtol=1e-3)
    assert np.delete(audit, 5).max() <= 1e-14


def test_audit_measures_constant_derivatives_by_their_magnitude():
    wrong = LINE.derivatives(LINE.times(5))
    wrong[1] += 2
    audit = LINE.audit(LINE.times(5), wrong)
    # The magnitude is that of the derivatives audited, 6: an error of 2 is a third of it.
    np.testing.assert_allclose(audit[1], 2 / 6, rtol=1e-12)
    assert np.all(audit[2:] == 0)


def test_bump_vanishes_from_its_edges_on():
    t = np.array([-1.5, -1.0, np.nextafter(-1, 0), np.nextafter(1, 0), 1.0, 1.5])
    assert np.all(SIGNALS["bump"].derivatives(t) == 0)
