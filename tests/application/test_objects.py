"""The winner as an object: scikit-learn's interface, and the protocol that PySINDy calls."""

import doctest

import numpy as np
import pandas as pd
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
    kept = {"noise": None, "unit": None, "leave_out_outliers": True}
    assert model.get_params() == {"order": 1, "estimator": "gaussian_process_se", **kept}
    with pytest.raises(ValueError, match="not fitted"):
        model.predict(T)
    times = np.array([[4.0], [1.0], [1.0], [2.5]])
    found = model.fit(T[:, None], X[:, 0]).predict(times)
    np.testing.assert_allclose(found, np.cos(times[:, 0]), atol=1e-3)
    assert model.derivatives_.trusted.all()


def test_times_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(61, 2\): give \(n,\) or \(n, 1\)"):
        tiltyard.Differentiation().fit(X, X[:, 0])


DATES = pd.date_range("2024-05-31", periods=61, freq="100ms", tz="Europe/Berlin")


def test_dates_are_times_and_derivatives_per_second_or_per_unit():
    model = tiltyard.Differentiation(estimator="gaussian_process_se")
    found = model.fit(DATES, X[:, 0]).predict(DATES[[40, 10, 10]])
    np.testing.assert_allclose(found, np.cos(T[[40, 10, 10]]), atol=1e-3)
    with pytest.raises(ValueError, match="are numbers, the times of the samples are dates"):
        model.predict(T)
    by_minute = tiltyard.Differentiation(estimator="gaussian_process_se", unit="min")
    np.testing.assert_allclose(by_minute(X, DATES), 60 * SLOPES, atol=0.06)
    np.testing.assert_allclose(by_minute(X, np.timedelta64(100, "ms")), 60 * SLOPES, atol=0.06)


def test_a_frame_has_columns_and_missing_samples_have_an_estimate():
    frame = pd.DataFrame(X, columns=["s", "c"])
    frame.loc[[20, 21], "s"] = np.nan
    frame.loc[60, "c"] = np.nan
    differentiation = tiltyard.Differentiation(estimator="gaussian_process_se")
    found = differentiation(frame, T)
    assert np.isnan(found[60, 1]) and np.isnan(differentiation.smoothed_x_[60, 1])
    np.testing.assert_allclose(found[:60], SLOPES[:60], atol=2e-3)


def test_outliers_are_left_out_of_what_is_predicted_too():
    y = X[:, 0] + 1e-3 * np.random.default_rng(0).standard_normal(61)
    y[30] += 1.0
    model = tiltyard.Differentiation(leave_out_outliers=True).fit(T, y)
    assert len(model.derivatives_.series.t) == 60
    np.testing.assert_allclose(model.predict(T), np.cos(T), atol=0.1)


def test_the_example_in_the_documentation_runs():
    assert doctest.testmod(objects) == (0, 5)
