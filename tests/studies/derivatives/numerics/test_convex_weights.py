"""Weights of least error: closed forms, the conditions of a minimum, and candidates of any size."""

import numpy as np
import pytest

from tiltyard.studies.derivatives.numerics.convex_weights import convex_weights


def size(errors, weights):
    return np.linalg.norm(errors @ weights)


def test_orthogonal_errors_weigh_as_their_inverse_squares():
    weights = convex_weights(np.diag([1.0, 2.0, 0.5]))
    # Rounding of a least-squares problem of condition 4.
    np.testing.assert_allclose(weights, np.array([1.0, 0.25, 4.0]) / 5.25, rtol=1e-13)


def test_errors_of_opposite_sign_cancel():
    error = np.array([3.0, -1.0, 2.0])
    weights = convex_weights(np.column_stack([error, -3.0 * error]))
    np.testing.assert_allclose(weights, [0.75, 0.25], rtol=1e-13)


def test_of_errors_of_one_sign_only_the_smaller_counts():
    error = np.array([3.0, -1.0, 2.0])
    assert convex_weights(np.column_stack([2.0 * error, error])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("seed", range(8))
def test_no_direction_lowers_the_error(seed):
    """At the minimum all candidates in use have the same slope, and no other has a lower one."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((40, 1))
    errors = (common + rng.standard_normal((40, 7))) * 10.0 ** rng.uniform(-1.0, 1.0, 7)
    weights = convex_weights(errors)
    assert weights.min() >= 0.0
    assert weights.sum() == pytest.approx(1.0, rel=1e-15)
    slopes = errors.T @ (errors @ weights)
    least = size(errors, weights) ** 2  # of every candidate in use, since the sum is one
    # Rounding of products of numbers that are 100 times as large.
    np.testing.assert_allclose(slopes[weights > 0.0], least, rtol=1e-11)
    assert slopes.min() >= least * (1.0 - 1e-11)


@pytest.mark.parametrize("unit", [1e-300, 1e-9, 1.0, 1e200])
def test_units_do_not_matter(unit):
    errors = np.random.default_rng(1).standard_normal((20, 4))
    np.testing.assert_allclose(convex_weights(unit * errors), convex_weights(errors), rtol=1e-9)


@pytest.mark.parametrize("ratio", [1.0, 1e-8, 1e-15, 1e-80, 1e-140])
def test_a_blend_is_never_worse_than_a_candidate_however_far_they_are_apart(ratio):
    rng = np.random.default_rng(2)
    errors = rng.standard_normal((30, 5)) * np.array([1.0, 10.0, ratio, 1e3, 1e6])
    sizes = np.linalg.norm(errors, axis=0)
    weights = convex_weights(errors)
    # Summing five products rounds by a few units in the last place.
    assert size(errors, weights) <= sizes.min() * (1.0 + 1e-14)


def test_an_exact_candidate_has_all_the_weight():
    errors = np.random.default_rng(3).standard_normal((10, 4))
    errors[:, [1, 3]] = 0.0
    assert convex_weights(errors).tolist() == [0.0, 1.0, 0.0, 0.0]


def test_what_is_not_finite_has_no_weight():
    errors = np.diag([1.0, 1.0, 1.0, 1.0])
    errors[0, 1], errors[2, 3] = np.nan, np.inf
    assert convex_weights(errors)[[1, 3]].tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="no candidate has finite errors"):
        convex_weights(errors[:, [1, 3]])
