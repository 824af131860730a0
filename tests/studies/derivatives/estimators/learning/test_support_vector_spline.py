"""The spline through scikit-learn's own fit of standardised samples."""

import numpy as np
from numpy.testing import assert_allclose
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from tiltyard.studies.derivatives.estimators.learning.support_vector_spline import (
    support_vector_spline,
)


def test_values_are_those_of_a_pipeline():
    t = np.linspace(2.0, 5.0, 60)
    y = 4.0 + np.sin(2.0 * t)
    pipeline = make_pipeline(StandardScaler(), SVR(C=10.0, epsilon=0.01))
    z = (y - y.mean()) / y.std()
    expected = pipeline.fit(t[:, None], z).predict(t[:, None]) * y.std() + y.mean()
    found = support_vector_spline(t, y, t, (0, 1))
    # libsvm stops where optimality is violated by 1e-3; its path depends on the samples' order.
    assert_allclose(found.values[0], expected, atol=3e-3)
    assert_allclose(found.values[1, 5:-5], 2.0 * np.cos(2.0 * t)[5:-5], atol=0.1)
    assert found.settings["support_vectors"] < 60


def test_samples_all_equal_give_a_constant():
    t = np.linspace(0.0, 1.0, 12)
    found = support_vector_spline(t, np.full(12, 7.0), t, (0, 1)).values
    assert np.array_equal(found, [[7.0] * 12, [0.0] * 12])
