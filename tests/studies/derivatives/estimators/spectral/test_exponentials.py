"""The estimator of sums of exponentials on records that are of this form, and on some that are not.

Bounds of errors are those of linearised least squares with the right terms: the noise times some
amplification, which is asked for from `standard_deviation` where it is not plain.
"""

import numpy as np
import pytest

from tiltyard.studies.derivatives.estimators.spectral.exponentials import exponentials

ORDERS = tuple(range(8))


def modes(t, exponents, weights):
    """Derivatives (8, n) of the real part of a sum of ``w e^(s t)``."""
    s, w = np.array(exponents, complex), np.array(weights, complex)
    waves = np.exp(np.multiply.outer(t, s)) * w
    return np.array([(waves * s**k).sum(axis=1).real for k in ORDERS])


#: End of the record [time], exponents [1 / time], weights; and their numbers, real and complex.
RECORDS = {
    "A > B > C": (5.0, [-8.0, -0.7], [-8.0 / 7.3, 8.0 / 7.3], (2, 0)),
    "three decays": (5.0, [-0.4, -1.5, -6.0], [1.0, -2.0, 1.5], (3, 0)),
    "damped oscillation": (10.0, [-0.3 + 4.0j], [1.0 - 0.5j], (0, 1)),
    "beats": (20.0, [3.0j, 3.4j], [1.0, 0.6], (0, 2)),
    "driven and damped": (8.0, [-0.5 + 6.0j, 1.5j, -2.0], [1.0, 0.8j, -1.0], (1, 2)),
}


def errors(values, exact):
    """Root mean square errors over the exact derivatives' standard deviations."""
    return np.sqrt(np.mean(np.square(values - exact), axis=1)) / exact.std(axis=1)


@pytest.mark.parametrize("name", RECORDS)
def test_records_of_this_form_are_recovered_at_every_order(name):
    end, exponents, weights, numbers = RECORDS[name]
    t = np.linspace(0.0, end, 101)
    exact = modes(t, exponents, weights)
    noise = 1e-8 * exact[0].std()
    y = exact[0] + noise * np.random.default_rng(1).standard_normal(len(t))
    estimate = exponentials(t, y, t, ORDERS)
    assert (estimate.settings["real"], estimate.settings["complex"]) == numbers
    assert estimate.settings["degree"] == 0
    # 88 to 97 samples are free: their standard error of the noise is 8 %.
    assert estimate.settings["noise"] == pytest.approx(noise, rel=0.35)
    assert errors(estimate.values, exact).max() < 1e-6
    ratio = (estimate.values - exact) / estimate.standard_deviation
    assert 0.3 < np.sqrt(np.mean(np.square(ratio))) < 2.0


def test_uneven_times_and_other_times_than_the_samples():
    rng = np.random.default_rng(2)
    t = np.sort(np.concatenate([[0.0, 5.0], rng.uniform(0.0, 5.0, 78)]))
    at = np.linspace(0.0, 5.0, 33)
    _, exponents, weights, _ = RECORDS["three decays"]
    exact = modes(at, exponents, weights)
    y = modes(t, exponents, weights)[0] + 1e-8 * rng.standard_normal(80)
    estimate = exponentials(t, y, at, ORDERS)
    assert errors(estimate.values, exact).max() < 1e-6


def test_kinetics_at_much_noise_are_better_than_a_polynomial_of_the_best_degree():
    end, exponents, weights, _ = RECORDS["A > B > C"]
    t = np.linspace(0.0, end, 51)
    exact = modes(t, exponents, weights)
    own, others = [], []
    for seed in range(5):
        y = exact[0] + 1e-2 * exact[0].std() * np.random.default_rng(seed).standard_normal(51)
        own.append(errors(exponentials(t, y, t, ORDERS).values, exact))
        fits = [np.polynomial.Polynomial.fit(t, y, degree) for degree in range(15)]
        others.append([errors([f.deriv(k)(t) if k else f(t) for k in ORDERS], exact) for f in fits])
    best = np.min(np.median(others, axis=0), axis=0)  # by the truth, at each order
    assert (np.median(own, axis=0) < best).all()
    assert np.median(own, axis=0)[4] < 0.2 * best[4]


@pytest.mark.parametrize("n", [20, 51])
def test_equal_samples_are_a_constant(n):
    t = np.linspace(0.0, 3.0, n)
    estimate = exponentials(t, np.full(n, 4.2), t, (0, 1))
    assert np.array_equal(estimate.values, [np.full(n, 4.2), np.zeros(n)])
    assert not estimate.standard_deviation.any()


def test_exact_samples_of_a_decay_end_the_search():
    t = np.linspace(1.0, 4.0, 60)
    estimate = exponentials(t, 7.0 * np.exp(-1.3 * t), t, ORDERS)
    assert estimate.settings["real"] == 1
    assert estimate.settings["fastest"] == pytest.approx(1.3, rel=1e-9)
    exact = modes(t, [-1.3], [7.0])
    assert errors(estimate.values, exact).max() < 1e-9
