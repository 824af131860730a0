"""The winner as an object: scikit-learn's interface, and the protocol that PySINDy calls."""

import doctest

import numpy as np
import pytest
from sklearn.base import clone

import tiltyard
from tiltyard.application import objects

T = np.linspace(0, 6, 61)
X = np.column_stack([np.sin(T), 3 + 2 * np.cos(T)])
SLOPES = np.column_stack([np.cos(T), -2 * np.sin(T)])


def test_columns_are_differentiated_and_the_smooth_curves_kept():
    differentiation = tiltyard.Differentiation()
    # 1e-3: clean samples, the interpolation's error at the ends.
    np.testing.assert_allclose(differentiation(X, T), SLOPES, atol=1e-3)
    np.testing.assert_allclose(differentiation.smoothed_x_, X, atol=1e-3)


def test_pysindys_protocol_gives_times_or_one_step():
    """`BaseDifferentiation`: ``_differentiate(x, t)``, t the times or the step, 1 if absent."""
    differentiation = tiltyard.Differentiation(estimator="gaussian_process_se")
    by_times = differentiation._differentiate(X, t=T)
    # 1e-9: a search for settings that rounding moves, and slopes of order one.
    np.testing.assert_allclose(differentiation._differentiate(X, T[1]), by_times, atol=1e-9)
    np.testing.assert_allclose(differentiation(X), T[1] * by_times, atol=1e-9)


def test_one_dimension_stays_one():
    differentiation = tiltyard.Differentiation(order=2, estimator="gaussian_process_se")
    found = differentiation(X[:, 0], T)
    assert found.shape == differentiation.smoothed_x_.shape == (61,)
    np.testing.assert_allclose(found, -X[:, 0], atol=1e-2)


def test_fit_and_predict_in_any_sequence():
    model = clone(tiltyard.Differentiation(order=1, estimator="gaussian_process_se"))
    assert model.get_params() == {"noise": None, "order": 1, "estimator": "gaussian_process_se"}
    with pytest.raises(ValueError, match="not fitted"):
        model.predict(T)
    times = np.array([[4.0], [1.0], [1.0], [2.5]])
    found = model.fit(T[:, None], X[:, 0]).predict(times)
    np.testing.assert_allclose(found, np.cos(times[:, 0]), atol=1e-3)
    assert model.derivatives_.trusted.all()


def test_times_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(61, 2\): give \(n,\) or \(n, 1\)"):
        tiltyard.Differentiation().fit(X, X[:, 0])


def test_the_example_in_the_documentation_runs():
    assert doctest.testmod(objects) == (0, 5)
