"""Whitening against dense covariances, and averages under noise that is not white."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.averaged import posterior
from tiltyard.studies.derivatives.numerics.averaged.averaging import average
from tiltyard.studies.derivatives.numerics.averaged.contrasts import Contrasts, Scatter
from tiltyard.studies.derivatives.numerics.averaged.groups import Groups
from tiltyard.studies.derivatives.numerics.averaged.members import polynomial, process
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import NoiseShape, Whitening

RNG = np.random.default_rng(4)
TIMES = np.sort(RNG.uniform(0.0, 10.0, 40))
SHAPES = {
    "deviations": NoiseShape(RNG.uniform(0.2, 3.0, 40)),
    "correlated": NoiseShape(np.ones(40), 0.8),
    "both": NoiseShape(RNG.uniform(0.2, 3.0, 40), 2.5),
}
U = (TIMES - TIMES.mean()) / np.ptp(TIMES)


@pytest.fixture(params=SHAPES)
def shape(request):
    return SHAPES[request.param]


def groups(most, shape):
    return Groups(TIMES, 1.0 / np.square(shape.deviations), most)


def averaging_matrix(found):
    A = np.zeros((len(found), len(TIMES)))
    for row, (first, last) in enumerate(zip(found.first, found.last, strict=True)):
        A[row, first : last + 1] = found.shares[first : last + 1]
    return A


@pytest.mark.parametrize("most", [40, 11])
def test_whitening_is_that_of_the_dense_covariance(shape, most):
    found = groups(most, shape)
    A = averaging_matrix(found)
    covariance = A @ shape.covariance(TIMES) @ A.T
    whitening = Whitening(found, shape)
    L = np.linalg.cholesky(covariance)
    values = RNG.standard_normal((len(found), 3))
    assert_allclose(whitening(values), np.linalg.solve(L, values), rtol=1e-8, atol=1e-10)
    assert_allclose(whitening(values[:, 0]), whitening(values)[:, 0])
    assert_allclose(whitening.log_det, -0.5 * np.linalg.slogdet(covariance)[1], rtol=1e-10)


def test_drawn_noise_has_the_covariance(shape):
    drawn = np.array([shape.drawn(TIMES, one) for one in np.eye(40)])
    # Linear in the normal numbers, so that their unit vectors give the factor.
    assert_allclose(drawn.T @ drawn, shape.covariance(TIMES), rtol=1e-9, atol=1e-12)


def test_groups_are_neighbours_as_equal_in_number_as_can_be():
    found = Groups(TIMES, np.ones(40), 11)
    sizes = found.last - found.first + 1
    assert (len(found), sizes.sum()) == (11, 40) and set(sizes) == {3, 4}
    assert_allclose(found.means(TIMES), found.centres)
    assert_allclose(
        found.means_of_functions(np.stack([found.places, found.places], 1))[:, 0], found.centres
    )


def test_functions_at_few_places_have_the_means_of_all_samples():
    t = np.linspace(0.0, 1.0, 4000)
    found = Groups(t, np.ones(4000), 50)
    assert len(found.places) == 200
    curve = np.sin(7.0 * t)
    assert_allclose(
        found.means_of_functions(np.sin(7.0 * found.places)[:, None])[:, 0],
        found.means(curve),
        atol=1e-4,
    )


def test_contrasts_are_free_of_the_level_and_keep_the_likelihood(shape):
    found = groups(40, shape)
    z = RNG.standard_normal(40)
    contrasts = Contrasts(found, z, Whitening(found, shape))
    moved = Contrasts(found, z + 5.0, Whitening(found, shape))
    assert_allclose(moved.across, contrasts.across, atol=1e-9)
    # The density of samples of variance 1, with a flat prior of the level integrated.
    precision = np.linalg.inv(shape.covariance(TIMES))
    one = np.ones(40)
    level = (one @ precision @ z) / (one @ precision @ one)
    dense = -0.5 * (z - level) @ precision @ (z - level)
    dense += 0.5 * np.linalg.slogdet(precision)[1] - 0.5 * np.log(one @ precision @ one)
    assert contrasts.measure - 0.5 * contrasts.across @ contrasts.across == pytest.approx(dense)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_a_polynomial_has_the_bands_of_generalised_least_squares(shape, degree):
    design = np.vander(TIMES - 5.0, degree + 1, increasing=True)
    truth = design @ np.array([3.0, -2.0, 0.7, 0.11])[: degree + 1]
    y = truth + 0.1 * shape.drawn(TIMES, RNG.standard_normal(40))
    # So small a ratio that the prior of the terms does not count.
    found = average(
        *(TIMES, y, TIMES, (0, 1), 0.1),
        members=[polynomial(degree, U, 1.0)],
        ratios=np.array([1e-7]),
        shapes=[shape],
    )
    precision = np.linalg.inv(0.01 * shape.covariance(TIMES))
    covariance = np.linalg.inv(design.T @ precision @ design)
    coefficients = covariance @ design.T @ precision @ y
    powers = np.arange(degree + 1)
    slopes = powers * np.hstack([np.zeros((40, 1)), design[:, :-1]])
    for order, rows in enumerate((design, slopes)):
        deviations = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
        assert_allclose(found.values[order], rows @ coefficients, rtol=1e-6, atol=1e-7)
        assert_allclose(found.deviations[order], deviations, rtol=1e-5)


def test_equal_deviations_change_nothing():
    y = np.sin(TIMES) + 0.1 * RNG.standard_normal(40)
    plain = average(TIMES, y, TIMES, (0, 1, 2))
    shaped = average(TIMES, y, TIMES, (0, 1, 2), shapes=[NoiseShape(np.ones(40))])
    several = average(TIMES, y, TIMES, (0, 1, 2), shapes=[NoiseShape(np.ones(40))] * 2)
    for name in ("values", "deviations", "quantiles", "noise"):
        assert_allclose(getattr(shaped, name), getattr(plain, name), rtol=1e-7, atol=1e-9)
        # Two equal shapes are one; parts that count little are left out for both.
        assert_allclose(getattr(several, name), getattr(plain, name), rtol=1e-2, atol=1e-3)
    assert_allclose(several.shapes, [0.5, 0.5])


def test_repeated_samples_are_as_good_as_all_of_them():
    """Means with their number and scatter say all that the samples say, for one member."""
    t = np.linspace(0.0, 4.0, 12)
    Y = np.sin(t)[:, None] + 0.1 * RNG.standard_normal((12, 3))
    member = process("squared_exponential", 0.3, np.linspace(-0.5, 0.5, 12), 1.0)
    ratio, size = 0.2, np.sqrt(3.0)
    scatter = Scatter(float(np.square(Y - Y.mean(axis=1, keepdims=True)).sum()), 24)
    found = average(
        *(t, Y.mean(axis=1), t, (0, 1)),
        members=[member],
        ratios=np.array([ratio]),
        shapes=[NoiseShape(np.full(12, 1.0 / size))],
        scatter=scatter,
    )
    F = member.features(np.linspace(-0.5, 0.5, 12), (0,))[0]
    K = np.repeat(np.repeat(F @ F.T, 3, axis=0), 3, axis=1) + ratio**2 * np.eye(36)
    one, y = np.ones(36), Y.ravel()
    P = np.linalg.inv(K)
    level = one @ P @ y / (one @ P @ one)
    squares = (y - level) @ P @ (y - level)
    assert found.noise == pytest.approx(ratio * np.sqrt(squares / 35), rel=1e-6)
    curve = level + np.repeat(F @ F.T, 3, axis=1) @ P @ (y - level)
    assert_allclose(found.values[0], curve, atol=1e-6)


def test_evidence_finds_the_correlation_time():
    t = np.linspace(0.0, 10.0, 80)
    true = NoiseShape(np.ones(80), 0.4)
    y = np.sin(t) + 0.1 * true.drawn(t, np.random.default_rng(2).standard_normal(80))
    shapes = [NoiseShape(np.ones(80), time) for time in (0.0, 0.4, 20.0)]
    members = [
        process("squared_exponential", length, (t - 5.0) / 10.0, 0.5) for length in (0.1, 0.3)
    ]
    found = average(t, y, t, (0,), shapes=shapes, members=members)
    assert np.argmax(found.shapes) == 1
    assert found.shapes[0] < 1e-3
    # Deviations of white noise alone are too small.
    white = average(t, y, t, (0,), members=members)
    assert found.deviations.mean() > 1.5 * white.deviations.mean()


def test_means_of_many_samples_keep_what_is_slow(monkeypatch):
    t = np.linspace(0.0, 6.0, 120)
    y = np.sin(t) + 0.05 * np.random.default_rng(1).standard_normal(120)
    shapes = [NoiseShape(np.ones(120))]
    whole = average(t, y, t, (0, 1), shapes=shapes)
    monkeypatch.setattr(posterior, "Groups", lambda u, w: Groups(u, w, 40))
    few = average(t, y, t, (0, 1), shapes=shapes)
    assert np.abs((few.values - whole.values) / whole.deviations).max() < 0.5
    assert_allclose(few.deviations, whole.deviations, rtol=0.3)
