"""Processes with spectral densities against textbook formulas, closed forms and differences."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.gaussian_process import (
    gaussian_process_se as dense_features,
)
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_evidence import (
    gaussian_process_evidence,
    log_evidence,
)
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_matern import (
    gaussian_process_matern,
    gaussian_process_matern_32,
    gaussian_process_matern_52,
)
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_periodic import (
    gaussian_process_locally_periodic,
    gaussian_process_periodic,
)
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_rational_quadratic import (  # noqa: E501
    gaussian_process_rational_quadratic,
)
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_se import (
    gaussian_process_se,
)
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_se_averaged import (
    gaussian_process_se_averaged,
)
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_se_trend import (
    gaussian_process_se_trend,
)
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_sum import (
    gaussian_process_sum,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes import process_likelihood as search
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_estimate import averaged
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_mixtures import (
    harmonics,
    locally_periodic_density,
    periodic_density,
    rational_quadratic_density,
    sum_density,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    fixed_matern,
    learned_matern,
    matern_density,
    of_length,
    squared_exponential,
    squared_exponential_density,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.spectral_process import (
    Grid,
    amplitudes,
    fit,
    left_out,
    posterior,
    reduce,
    unit_features,
    waves,
)

ORDERS = tuple(range(8))
GENERAL = [
    gaussian_process_matern,
    gaussian_process_rational_quadratic,
    gaussian_process_sum,
    gaussian_process_se_trend,
    gaussian_process_se_averaged,
    gaussian_process_evidence,
]
PERIODIC = [gaussian_process_periodic, gaussian_process_locally_periodic]


@pytest.fixture
def data():
    """Forty uneven samples of a smooth curve with noise 1e-3."""
    rng = np.random.default_rng(7)
    x = np.sort(np.concatenate([[-1.0, 1.0], rng.uniform(-1, 1, 38)]))
    y = np.sin(4 * x) * np.exp(x) + 1e-3 * rng.standard_normal(40)
    return search.Data(x, y - y.mean(), 0)


@pytest.mark.parametrize(
    ("density", "theta"),
    [
        (squared_exponential_density, [-1.0]),
        (matern_density, [-1.0, 2.5]),
        (rational_quadratic_density, [-1.0, 0.3]),
        (sum_density, [-1.0, 0.7, 1.2]),
        (locally_periodic_density, [0.1, -0.5, -0.3]),
        (periodic_density, [-0.4]),
    ],
)
def test_densities_have_the_derivatives_they_say(density, theta):
    w, theta, step = np.linspace(0, 30, 31), np.array(theta), 1e-5
    here = density(theta, w)
    for i in range(len(theta)):
        shift = step * np.eye(len(theta))[i]
        up, down = density(theta + shift, w), density(theta - shift, w)
        # Central differences: third derivatives times step^2, rounding of logs of 1e3 over step.
        assert_allclose((up.log - down.log) / (2 * step), here.gradient[i], rtol=1e-5, atol=1e-6)
        assert_allclose(
            (up.gradient - down.gradient) / (2 * step), here.hessian[i], rtol=1e-5, atol=1e-5
        )


def covariance(density, theta, d, spacing=0.02, count=40000):
    """The covariance at lag `d` relative to that at lag 0, from the density by summation."""
    w = spacing * np.arange(count)
    S = np.exp(density(np.array(theta), w).log)
    S[0] *= 0.5
    return np.array([S @ np.cos(w * lag) for lag in d]) / S.sum()


def test_matern_densities_are_those_of_the_covariances():
    d, length = np.linspace(0, 2, 9), 0.5
    z = math.sqrt(5) * d / length
    # Frequencies above 800 leave out 800^-5 of the sum and copies at 314 nothing.
    assert_allclose(
        covariance(matern_density, [math.log(length), math.log(2)], d),
        (1 + z + z**2 / 3) * np.exp(-z),
        atol=1e-9,
    )


def test_rational_quadratic_density_is_that_of_the_covariance():
    d = np.linspace(0, 2, 9)
    found = covariance(rational_quadratic_density, [math.log(0.5), math.log(3.0)], d)
    # The scale mixture's trapezoidal rule: 1e-4 at alpha = 50, far better at 3.
    assert_allclose(found, (1 + d**2 / (2 * 3 * 0.25)) ** -3.0, atol=1e-8)


def test_harmonics_sum_to_the_periodic_covariance():
    u = np.linspace(0, 6, 13)
    q = np.exp(harmonics(math.log(0.4), 60).log)
    q[1:] *= 2
    exact = np.exp(-2 * np.sin(u / 2) ** 2 / 0.16)
    assert_allclose(np.cos(np.multiply.outer(u, np.arange(60))) @ q, exact, atol=1e-12)


def test_locally_periodic_density_is_that_of_the_product():
    d = np.linspace(0, 2, 9)
    found = covariance(locally_periodic_density, np.log([0.8, 0.5, 0.7]), d, 0.05, 4000)
    exact = np.exp(-(d**2) / (2 * 0.64) - 2 * np.sin(math.pi * d / 0.5) ** 2 / 0.49)
    assert_allclose(found, exact, atol=1e-9)


@pytest.mark.parametrize(
    "spectrum", [learned_matern(), fixed_matern(2), squared_exponential()], ids=["nu", "52", "se"]
)
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("log_ratio", [-2.0, -12.0])
def test_gradient_and_hessian_are_the_objective_s_derivatives(data, spectrum, degree, log_ratio):
    theta = np.append(np.array([-0.6, 2.5])[: len(spectrum.low)], log_ratio)
    grid = search.covering(spectrum, theta, len(data.x))
    samples, step = reduce(data.x, data.y, grid, degree), 1e-5
    here = fit(samples, spectrum, theta)
    for i in range(len(theta)):
        shift = step * np.eye(len(theta))[i]
        up, down = fit(samples, spectrum, theta + shift), fit(samples, spectrum, theta - shift)
        slope = (up.objective - down.objective) / (2 * step)
        # Rounding 1e-12 of objectives of 1e2, over the step.
        assert here.gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-5)
        assert_allclose(
            (up.gradient - down.gradient) / (2 * step), here.hessian[i], rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize("degree", [0, 1])
def test_fit_and_posterior_are_the_textbook_s(data, degree):
    """Rasmussen & Williams (2006), eqs. 2.42 and 2.45 of a wide prior, with dense matrices."""
    spectrum, theta = fixed_matern(2), np.array([math.log(0.7), math.log(1e-4)])
    x, n = data.x, len(data.x)
    grid = search.covering(spectrum, theta, n)
    samples = reduce(x, data.y, grid, degree)
    model = fit(samples, spectrum, theta)
    w = grid.w()
    a = amplitudes(grid, spectrum.density(theta[:-1], w))
    A = unit_features(waves(x, w), w) * a
    K = A @ A.T + 1e-4 * np.eye(n)
    H = np.vander(x, degree + 1, increasing=True)
    precision = H.T @ np.linalg.solve(K, H)
    b = np.linalg.solve(precision, H.T @ np.linalg.solve(K, data.y))
    alpha = np.linalg.solve(K, data.y - H @ b)
    form = (data.y - H @ b) @ alpha
    N = n - degree - 1
    dets = [np.linalg.slogdet(matrix)[1] for matrix in (K, precision, H.T @ H)]
    objective = 0.5 * (N * math.log(form / N) + dets[0] + dets[1] - dets[2])
    assert model.objective == pytest.approx(objective, abs=1e-8)
    at = np.array([-1.0, -0.3, 0.4])
    mean, deviation = posterior(samples, model, x, data.y, at, (0, 1, 2))
    for order in range(3):
        J = unit_features(waves(at, w), w, order) * a
        h = np.array([[1.0, 0.0, 0.0][order] * np.ones(3), [at, np.ones(3), 0 * at][order]]).T
        h = h[:, : degree + 1]
        k = J @ A.T
        expected = h @ b + k @ alpha
        gap = h - k @ np.linalg.solve(K, H)
        variance = np.sum(J * J, 1) - np.sum(k * np.linalg.solve(K, k.T).T, 1)
        variance += np.sum(gap * np.linalg.solve(precision, gap.T).T, 1)
        # The dense matrices have condition number 1e6.
        assert_allclose(mean[order], expected, rtol=1e-7, atol=1e-7)
        assert_allclose(deviation[order], np.sqrt(form / N * variance), rtol=1e-5)


def test_many_samples_reduce_to_as_many_coordinates_as_features():
    rng = np.random.default_rng(1)
    x = np.linspace(-1, 1, 90)
    y = np.sin(5 * x) + 0.1 * rng.standard_normal(90)
    spectrum, theta = squared_exponential(), np.array([-0.5, -4.0])
    few = reduce(x, y - y.mean(), Grid(5.0, 12), 0)
    assert few.F.shape == (25, 25)
    model = fit(few, spectrum, theta)
    w = few.grid.w()
    A = unit_features(waves(x, w), w) * amplitudes(few.grid, spectrum.density(theta[:1], w))
    A -= A.mean(axis=0)
    K = A @ A.T + math.exp(-4) * np.eye(90)
    centred = y - y.mean()
    form = centred @ np.linalg.solve(K, centred)
    expected = 0.5 * (89 * math.log(form / 89) + np.linalg.slogdet(K)[1] + 4.0)
    assert model.objective == pytest.approx(expected, abs=1e-9)


def test_left_out_variance_is_the_rest_of_the_spectrum():
    spectrum, theta = fixed_matern(2), np.array([math.log(0.5), 0.0])
    narrow, wide = Grid(6.0, 40), Grid(6.0, 1280)
    variance = {}
    for grid in (narrow, wide):
        w = grid.w()
        a = amplitudes(grid, spectrum.density(theta[:1], w))[: len(w)]
        variance[grid] = [float(np.square(a) @ w ** (2 * k)) for k in range(3)]
    expected = np.subtract(variance[wide], variance[narrow])
    assert_allclose(left_out(narrow, spectrum, theta, (0, 1, 2)), expected, rtol=1e-9)


def test_squared_exponential_is_the_other_implementation_s(data):
    found = search.best(data, squared_exponential(9.0))
    other = dense_features.best_fit(data.x, data.y)
    assert found.model.objective == pytest.approx(other.objective, abs=1e-7)
    assert found.model.theta[0] == pytest.approx(other.theta[0], abs=1e-6)


def test_a_given_length_is_kept_and_the_best_one_is_best(data):
    free = search.best(data, learned_matern())
    best = float(free.model.theta[0])
    objectives = []
    for shift in (-0.3, 0.0, 0.3):
        found = search.best(data, of_length(learned_matern(), best + shift))
        assert found.model.theta[0] == best + shift
        objectives.append(found.model.objective)
    assert objectives[1] < min(objectives[0], objectives[2])
    # The circles may differ a little: they are chosen for the range that the length may move in.
    assert objectives[1] == pytest.approx(free.model.objective, abs=0.2)


def test_newton_step_holds_bounds_and_couples_the_others():
    hessian, gradient = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([4.0, 0.0])
    limits = np.array([[-1.0, -9.0], [1.0, 9.0]])
    # Unconstrained: (-8/3, 4/3). With the first at its bound -1 the second minimises at 1/2.
    assert_allclose(search.newton_step(np.zeros(2), gradient, hessian, limits), [-1.0, 0.5])
    at_bound = search.newton_step(np.array([-1.0, 0.0]), gradient, hessian, limits)
    assert_allclose(at_bound, [0.0, 0.0])


def test_averaging_has_the_mixture_s_moments():
    means, deviations = [np.array([[1.0]]), np.array([[3.0]])], [np.array([[0.0]])] * 2
    mean, deviation = averaged(means, deviations, [0.0, 0.0])
    assert (mean[0, 0], deviation[0, 0]) == (2.0, 1.0)


def test_evidence_prefers_the_covariance_that_made_the_samples():
    rng = np.random.default_rng(3)
    x, w = np.linspace(-1, 1, 120), Grid(4.0, 300).w()
    spectra = {"rough": learned_matern(), "smooth": squared_exponential()}
    a = amplitudes(Grid(4.0, 300), learned_matern().density(np.log([0.2, 7.5]), w))
    y = unit_features(waves(x, w), w) @ (a * rng.standard_normal(len(a)))
    data = search.Data(x, (y - y.mean()) / np.std(y) + 1e-6 * rng.standard_normal(120), 0)
    evidence = {k: log_evidence(data, s, search.best(data, s)) for k, s in spectra.items()}
    assert evidence["rough"] > evidence["smooth"] + 3.0


@pytest.mark.parametrize("method", [*GENERAL, *PERIODIC], ids=lambda method: method.__name__)
@pytest.mark.parametrize("level", [1e-6, 1e-2])
def test_recovers_a_sine_within_its_standard_deviations(method, level):
    t = np.linspace(0, 6, 61)
    y = np.sin(3 * t) + 3 + level * np.random.default_rng(11).standard_normal(61)
    estimate = method(t, y, t, ORDERS)
    exact = np.array([3.0**k * np.sin(3 * t + k * math.pi / 2) for k in ORDERS])
    exact[0] += 3
    score = (estimate.values - exact) / estimate.standard_deviation
    # Deviations ignore most of the settings' uncertainty: rms scores above 1 are expected.
    assert np.all(np.sqrt(np.mean(score**2, axis=1)) < 4)
    assert estimate.settings["noise_sd"] == pytest.approx(level, rel=0.5)


def test_periodic_finds_the_period():
    t = np.linspace(0, 7, 90)
    noise = 0.01 * np.random.default_rng(0).standard_normal(90)
    y = np.exp(np.sin(2 * math.pi * t / 1.7)) + noise
    assert gaussian_process_periodic(t, y, t, (0,)).settings["period"] == pytest.approx(
        1.7, rel=2e-3
    )


def test_a_line_is_reproduced_exactly():
    t = np.linspace(0, 3, 30)
    noisy = np.sin(3 * t) + 0.01 * np.random.default_rng(4).standard_normal(30)
    plain = gaussian_process_se_trend(t, noisy, t, (0, 1, 2)).values
    tilted = gaussian_process_se_trend(t, noisy + 5 * t - 2, t, (0, 1, 2)).values
    assert_allclose(tilted[0], plain[0] + 5 * t - 2, atol=1e-7)
    assert_allclose(tilted[1], plain[1] + 5, atol=1e-6)


def test_averaging_changes_little_where_the_settings_are_certain():
    t = np.linspace(0, 6, 120)
    y = np.sin(3 * t) + np.cos(5 * t) + 1e-3 * np.random.default_rng(1).standard_normal(120)
    one = gaussian_process_se(t, y, t, (0, 1))
    other = gaussian_process_se_averaged(t, y, t, (0, 1))
    assert np.all(np.abs(one.values - other.values) < one.standard_deviation)


@pytest.mark.parametrize("method", [gaussian_process_matern_32, gaussian_process_matern_52])
def test_rough_processes_follow_an_integrated_random_walk(method):
    t = np.linspace(0, 1, 81)
    slope = np.cumsum(np.random.default_rng(6).standard_normal(81))
    y = np.cumsum(slope) / 80
    estimate = method(t, y, t, (0, 1))
    assert_allclose(estimate.values[0], y, atol=0.02 * np.std(y))
    # Between samples the slope changes by 1, of which one order gets half, with this deviation.
    assert np.std(estimate.values[1] - slope) < 2.0


@pytest.mark.parametrize("method", GENERAL, ids=lambda method: method.__name__)
@pytest.mark.parametrize(
    "curve",
    [
        lambda t: 3 * t - 1,
        lambda t: np.sign(t - 0.4),
        lambda t: np.random.default_rng(0).standard_normal(len(t)),
        lambda t: np.full(len(t), 0.1),
    ],
    ids=["line", "step", "noise", "constant"],
)
@pytest.mark.parametrize("n", [8, 33])
def test_hard_data_give_finite_results(method, curve, n):
    t = np.linspace(0, 1, n)
    estimate = method(t, curve(t), t, ORDERS)
    assert np.isfinite(estimate.values).all()
    assert np.isfinite(estimate.standard_deviation).all()


def test_more_samples_than_one_factorisation_takes(monkeypatch):
    monkeypatch.setattr(search, "LARGE", 60)
    monkeypatch.setattr(search, "SCAN_SAMPLES", 40)
    t = np.linspace(0, 6, 150)
    y = np.sin(3 * t) + 1e-6 * np.random.default_rng(2).standard_normal(150)
    estimate = gaussian_process_matern(t, y, t, (0, 1))
    assert np.std(estimate.values[1] - 3 * np.cos(3 * t)) < 1e-4


def test_samples_without_convergence_are_an_error():
    """An impulse after four samples at almost the same time; rounding errors do not change it."""
    gaps = [9.92e-5, 9.74e-5, 9.81e-5, 0.501, 0.0982, 0.0993, 0.1, 0.101, 0.0995]
    t = np.concatenate([[0.0], np.cumsum(gaps)])
    y = np.eye(10)[4]
    samples = search.Data(2 * t / t[-1] - 1, y - y.mean(), 1)
    with pytest.raises(RuntimeError, match="n = 10 samples has no minimum"):
        search.best(samples, learned_matern())
