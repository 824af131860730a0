"""Deviations of a fitted function against those of the straight line, which are in closed form."""

import numpy as np
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.linearised import (
    TangentSpace,
    linearised_deviations,
)

X = np.linspace(-1.0, 3.0, 17)
AT = np.array([-1.0, 0.2, 5.0])
VARIANCE = 0.3


def line(x, order):
    return np.column_stack([np.ones_like(x), x] if order == 0 else [np.zeros_like(x), x**0])


def expected():
    sxx = np.square(X - X.mean()).sum()
    value = np.sqrt(VARIANCE * (1.0 / len(X) + np.square(AT - X.mean()) / sxx))
    return np.array([value, np.full(len(AT), np.sqrt(VARIANCE / sxx))])


def test_deviations_of_a_line_and_of_its_slope():
    found = linearised_deviations(line, X, AT, (0, 1), VARIANCE)
    assert_allclose(found, expected(), rtol=1e-12)


def test_a_parameter_that_changes_nothing_is_left_out_and_one_that_is_there_twice_counts_once():
    def superfluous(x, order):
        one = line(x, order)
        return np.column_stack([one, np.zeros(len(x)), one[:, 1]])

    found = linearised_deviations(superfluous, X, AT, (0, 1), VARIANCE)
    assert_allclose(found, expected(), rtol=1e-10)


def test_units_of_the_parameters_do_not_matter():
    def scaled(x, order):
        return line(x, order) * np.array([1e-90, 1e70])

    found = linearised_deviations(scaled, X, AT, (0, 1), VARIANCE)
    assert_allclose(found, expected(), rtol=1e-12)


def test_what_is_known_beforehand_counts_as_samples_do():
    # A slope known to 0.1 of the noise's deviation.
    space = TangentSpace(line, X, known=np.array([0.0, 10.0]))
    covariance = np.linalg.inv(line(X, 0).T @ line(X, 0) + np.diag([0.0, 100.0]))
    for order in (0, 1):
        basis = line(AT, order)
        own = np.sqrt(np.einsum("ij,jk,ik->i", basis, covariance, basis))
        assert_allclose(space.deviations(AT, order), own, rtol=1e-12)
    # The hat matrix of ridge regression: less than two parameters' worth.
    assert_allclose(
        space.leverages, np.einsum("ij,jk,ik->i", line(X, 0), covariance, line(X, 0)), rtol=1e-12
    )


def test_a_parameter_that_samples_do_not_show_has_the_deviation_known_beforehand():
    def unseen(x, order):
        return np.column_stack([line(x, order), (x > 4.0) * 1.0])

    space = TangentSpace(unseen, X, known=np.array([0.0, 0.0, 0.25]))
    expected_variance = np.square(expected()[0] / np.sqrt(VARIANCE)) + np.array([0.0, 0.0, 16.0])
    assert_allclose(space.deviations(AT, 0), np.sqrt(expected_variance), rtol=1e-12)
