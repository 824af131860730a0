"""The decomposition against dense formulas for more and fewer coefficients than samples."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.bases.penalised_basis import (
    cross_validation,
    decompose,
    degrees_left,
    fitted_values,
    project,
    restricted,
    solve,
)

N, FREE = 20, 2
FACTORS = np.array([1e-2, 1.0, 1e2])


def problem(count):
    rng = np.random.default_rng(count)
    basis = rng.standard_normal((N, count))
    penalty = np.diff(np.eye(count), FREE, axis=0)
    z = rng.standard_normal(N)
    model = decompose(basis, penalty)
    return basis, penalty, z, model, project(model, z, 0.0)


@pytest.mark.parametrize("count", [12, 20, 31])
def test_coefficients_and_criteria_are_those_of_normal_equations(count):
    basis, penalty, z, model, samples = problem(count)
    scores, robust, likelihoods = [], [], []
    for factor in FACTORS:
        inverse = np.linalg.inv(basis.T @ basis + factor * penalty.T @ penalty)
        smoother = basis @ inverse @ basis.T
        residual = z - smoother @ z
        # 1e-7: normal equations lose digits.
        assert_allclose(solve(model, samples, factor), inverse @ basis.T @ z, rtol=1e-7, atol=1e-9)
        fitted = fitted_values(model, samples, z, factor)
        assert_allclose(fitted, smoother @ z, rtol=1e-7, atol=1e-9)
        left = N - np.trace(smoother)
        assert_allclose(degrees_left(model, samples, np.array([factor])), left, rtol=1e-7)
        scores.append(np.log(residual @ residual) - 2 * np.log(left))
        robust.append(scores[-1] + np.log(0.2 + 0.8 * np.trace(smoother @ smoother) / N))
        rest = np.linalg.eigvalsh(np.eye(N) - smoother)[FREE:]
        likelihoods.append((N - FREE) * np.log(z @ residual) - np.log(rest).sum())
    assert_allclose(cross_validation(model, samples, FACTORS), scores, rtol=1e-6)
    assert_allclose(cross_validation(model, samples, FACTORS, 0.2), robust, rtol=1e-6)
    found = restricted(model, samples, FACTORS)
    assert_allclose(np.diff(found), np.diff(likelihoods), rtol=1e-6)


def test_directions_are_orthonormal_and_diagonal():
    basis, penalty, _, model, _ = problem(31)
    assert_allclose(basis @ model.coefficients, model.fitted * model.cosines, atol=1e-12)
    rough = penalty @ model.coefficients
    assert_allclose(rough.T @ rough, np.diag(model.sines**2), atol=1e-12)
    present = model.fitted[:, model.cosines > 0.0]
    assert_allclose(present.T @ present, np.eye(N), atol=1e-12)
    assert np.all(model.sines[-FREE:] == 0.0)


def test_small_penalties_keep_their_digits():
    """Differences of order 4 of slow waves, on 200 samples: sines down to 1e-10."""
    n = 200
    penalty = 1e-3 * np.diff(np.eye(n), 4, axis=0)
    model = decompose(np.eye(n), penalty)
    eigenvalues = np.sort(model.sines / model.cosines)[4:]
    # Singular values of the differences themselves; their rounding errors are 1e-16 times 16e-3.
    expected = np.sort(np.linalg.svd(penalty)[1])
    assert_allclose(eigenvalues, expected, rtol=1e-6)
