"""The building blocks against derivatives that are known by heart."""

from math import comb, factorial

import numpy as np
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.signals import closed_forms as forms

T = np.array([-0.75, 0.0, 0.5, 2.0], dtype=np.longdouble)
#: A few units in the last place of long double, times the factors in front.
TIGHT = {"rtol": 1e-17, "atol": 1e-17}


def test_exponential_multiplies_by_its_rate():
    rows = forms.exponential(T, np.longdouble(-2))
    assert_allclose(rows, [(-2) ** k * np.exp(-2 * T) for k in range(8)], **TIGHT)


def test_exponential_of_a_line_is_the_exponential():
    line = forms.polynomial_in(T, [0, -2])
    assert_allclose(forms.exponential_of(line), forms.exponential(T, -2), **TIGHT)


def test_sine_and_cosine_follow_each_other():
    sine, cosine = (f(T, np.longdouble(3), phase=1) for f in (forms.sine, forms.cosine))
    assert_allclose(sine[1:], 3 * cosine[:-1], **TIGHT)
    assert_allclose(cosine[1:], -3 * sine[:-1], **TIGHT)
    assert_allclose(sine[0] ** 2 + cosine[0] ** 2, 1, **TIGHT)


def test_square_root_times_itself_is_the_time():
    t = np.array([0.25, 1.0, 9.0], dtype=np.longdouble)
    root = forms.square_root(t)
    leibniz = [sum(comb(k, j) * root[j] * root[k - j] for j in range(k + 1)) for k in range(8)]
    # 1e-18: some units in the last place of the largest product in the sums, at t = 1/4.
    largest = np.abs(root[7] * root[0]).max()
    expected = [t, 1 + 0 * t, *[0 * t] * 6]
    assert_allclose(leibniz, expected, rtol=1e-18, atol=1e-18 * float(largest))
    assert_allclose(root[1], 1 / (2 * np.sqrt(t)), **TIGHT)


def test_simple_pole_grows_with_the_factorial():
    rows = forms.simple_pole(np.array([3], dtype=np.longdouble), 1)[:, 0]
    expected = [(-1) ** k * factorial(k) / np.longdouble(2) ** (k + 1) for k in range(8)]
    assert_allclose(rows, expected, **TIGHT)


def test_lorentzian_at_its_center():
    rows = forms.lorentzian(np.array([4], dtype=np.longdouble), 4, np.longdouble(1))[:, 0]
    assert_allclose(rows, [1, 0, -2, 0, 24, 0, -720, 0], **TIGHT)


def test_polynomial_ends_at_its_degree():
    rows = forms.polynomial_in(2 * T, [1, 0, 3], rate=2)
    assert_allclose(rows[:3], [1 + 12 * T**2, 24 * T, 24 + 0 * T], **TIGHT)
    assert np.all(rows[3:] == 0)


def test_polynomial_in_tanh_starts_with_tanh_and_sech_squared():
    rows = forms.polynomial_in_tanh(3 * T, [0, 1], rate=3)
    assert_allclose(rows[0], np.tanh(3 * T), **TIGHT)
    assert_allclose(rows[1], 3 / np.cosh(3 * T) ** 2, **TIGHT)
