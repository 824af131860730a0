"""Every differential equation against an independent Taylor recursion in 50 digits."""

from functools import cache, reduce
from math import factorial

import numpy as np
import pytest
from taylor_recursions import SYSTEMS, mp

from tiltyard.studies.derivatives.signals import SIGNALS
from tiltyard.studies.derivatives.signals.ode import OdeSignal

#: Degree of the series and its local error: far beyond long double's 19 digits.
DEGREE, LOCAL_ERROR = 50, mp.mpf(10) ** -35
SAMPLES = 101
ODE = sorted(name for name, signal in SIGNALS.items() if isinstance(signal, OdeSignal))


def value_at(variable, elapsed):
    """Sum of the power series of one variable, by Horner."""
    return reduce(lambda total, coefficient: total * elapsed + coefficient, reversed(variable))


def expand(system, state, degree):
    """Taylor coefficients of every variable at `state`."""
    series = [[value] for value in state]
    for k in range(degree):
        for variable, slope in zip(series, system(k, *series), strict=True):
            variable.append(slope / (k + 1))
    return series


def reach(series):
    """Step after which the last two terms of every series are below the local error."""
    return min(
        (LOCAL_ERROR / (abs(variable[j]) + mp.mpf(10) ** -40)) ** (mp.one / j)
        for variable in series
        for j in (DEGREE - 1, DEGREE)
    )


@cache
def independent_derivatives(name):
    """Derivatives (8, n) of the first variable at evenly spaced times, as mpmath numbers."""
    system, initial, *interval = SYSTEMS[name]
    first, stop = interval if len(interval) == 2 else (0, *interval)
    times = [mp.mpf(float(t)) for t in np.linspace(first, stop, SAMPLES)]
    start, state = mp.mpf(first), [mp.mpf(value) for value in initial]
    columns = []
    while len(columns) < SAMPLES:
        series = expand(system, state, DEGREE)
        step = reach(series)
        while len(columns) < SAMPLES and times[len(columns)] <= start + step:
            elapsed = times[len(columns)] - start
            there = expand(system, [value_at(s, elapsed) for s in series], 7)[0]
            columns.append([c * factorial(k) for k, c in enumerate(there)])
        start, state = start + step, [value_at(s, step) for s in series]
    return np.array(columns, dtype=object).T


def relative_error(values, name):
    """Largest error of each order relative to that order's sample standard deviation."""
    expected = independent_derivatives(name)
    error = [
        max(abs(mp.mpf(float(v)) - e) for v, e in zip(*rows, strict=True))
        for rows in zip(values, expected, strict=True)
    ]
    return np.array(error, dtype=float) / np.std(expected.astype(float), axis=1, ddof=1)


def test_every_system_has_its_independent_recursion():
    assert sorted(SYSTEMS) == ODE


@pytest.mark.parametrize("name", ODE)
def test_derivatives_rounded_to_double_agree_with_50_digits(name):
    signal = SIGNALS[name]
    exact = signal.derivatives(signal.times(SAMPLES))
    assert exact.shape == (8, SAMPLES) and exact.dtype == np.longdouble
    # Rounding to double alone costs 1.1e-16 |x|: up to 1e-15 of a standard deviation.
    assert relative_error(exact.astype(np.float64), name).max() <= 1e-14


@pytest.mark.parametrize("name", ODE)
def test_audit_finds_the_error_that_50_digits_find(name):
    signal = SIGNALS[name]
    t = signal.times(SAMPLES)
    exact = signal.derivatives(t)
    measured = relative_error(exact.astype(np.float64), name)
    audit = signal.audit(t, exact)
    # The audit assumes the largest possible rounding error of the largest value; the actual one
    # is smaller, much so where the largest is the initial one, exact in double, but never larger.
    assert np.all(measured <= audit)
    assert np.all(audit <= 30 * measured)


@pytest.mark.parametrize("name", ODE)
def test_audit_notices_one_wrong_order(name):
    signal = SIGNALS[name]
    t = signal.times(SAMPLES)
    exact = signal.derivatives(t)
    exact[3] += np.longdouble(1e-9) * exact[3].std(ddof=1)
    np.testing.assert_allclose(signal.audit(t, exact)[3], 1e-9, rtol=1e-3)


@pytest.mark.parametrize("name", ODE)
def test_derivatives_do_not_depend_on_which_times_are_asked(name):
    signal = SIGNALS[name]
    t = signal.times(31)
    mixed = np.random.default_rng(0).permutation(31)[:20]
    exact = signal.derivatives(t)
    scale = exact.std(axis=1, ddof=1, keepdims=True)
    # 5e-15: other steps end elsewhere, each with a rounding error of long double, 5e-20, which a
    # hundred steps and the seventh derivative amplify to 1.2e-15 on the Kepler orbit, and to 5e-15
    # on the rod, whose fastest decay has a rate of 40: twice that for it alone.
    bound = 1e-14 if name == "heat_rod" else 5e-15
    assert np.max(np.abs(signal.derivatives(t[mixed]) - exact[:, mixed]) / scale) < bound


def test_integration_that_ends_early_is_an_error_that_says_so():
    explosive = OdeSignal(
        name="explosive",
        expression="x' = x^2, x(0) = 1",
        explanation="",
        interval=(0.0, 2.0),
        slope=lambda x: (x * x,),
        initial=(1,),
    )
    with pytest.raises(ArithmeticError, match=r"explosive.*t = 2.*solution"):
        explosive.derivatives(np.array([0.0, 2.0]))
