"""Evidence of parametric fits: dense formulas, limits, and the choice on draws of either kind."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binom, multivariate_normal

from tiltyard.studies.derivatives.numerics.parametric.exponential_terms import exponential_fits
from tiltyard.studies.derivatives.numerics.parametric.parametric_evidence import (
    PlacedProcess,
    places_paid,
    structure_paid,
)
from tiltyard.studies.derivatives.numerics.parametric.parametric_members import parametric_members
from tiltyard.studies.derivatives.numerics.parametric.rational_terms import rational_fits
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.warped.member import FLAT
from tiltyard.studies.derivatives.numerics.warped.stationary import stationary_members

N = 40
X = np.linspace(-1.0, 1.0, N)
Z = unit_samples(
    1.0 / (1.0 + 9.0 * (X - 0.1) ** 2) + 0.02 * np.random.default_rng(8).standard_normal(N)
).z
DECIDED, _ = rational_fits(X, Z, np.arange(N))
K = DECIDED.Q.shape[1]


def covariance(r):
    return N / K * DECIDED.Q @ DECIDED.Q.T + r * np.eye(N)


@pytest.mark.parametrize("known", [None, 0.01])
def test_likelihood_is_that_of_a_normal_distribution(known):
    process = PlacedProcess(DECIDED, Z, known)
    for log_r in (-9.0, -4.0):
        dense = multivariate_normal(
            np.zeros(N), process.scale(math.exp(log_r)) * covariance(math.exp(log_r))
        )
        assert process.objective(log_r) == pytest.approx(-dense.logpdf(Z), rel=1e-9)
    if known is None:  # s2 is the most likely one
        s2 = process.scale(1e-3) * np.array([0.9, 1.0, 1.1])
        logs = [multivariate_normal(np.zeros(N), s * covariance(1e-3)).logpdf(Z) for s in s2]
        assert logs[1] > max(logs[0], logs[2])


@pytest.mark.parametrize("known", [None, 0.01])
def test_curvature_is_the_fisher_information_of_the_textbook(known):
    process, log_r, step = PlacedProcess(DECIDED, Z, known), -3.0, 1e-5

    def scaled(at):
        return covariance(math.exp(at)) * (1.0 if known is None else known / math.exp(at))

    inverse = np.linalg.inv(scaled(log_r))
    W = inverse @ (scaled(log_r + step) - scaled(log_r - step)) / (2.0 * step)
    expected = 0.5 * np.sum(W * W.T)
    if known is None:  # a free scale takes its part
        expected -= np.trace(W) ** 2 / (2 * N)
    assert process.curvature(log_r) == pytest.approx(expected + FLAT, rel=1e-6)


@pytest.mark.parametrize("known", [None, 1e-6, 0.01, 2.0])
def test_noise_ratio_is_the_most_likely_one(known):
    process = PlacedProcess(DECIDED, Z, known)
    grid = np.linspace(-25.0, 4.0, 3000)
    values = [process.objective(log_r) for log_r in grid]
    # The search ends at 1e-5 of log r; the grid misses the least by 0.01^2 of the curvature, N.
    assert process.objective(process.most_likely()) <= min(values) + 1e-6
    if known is None:
        r = math.exp(process.most_likely())
        assert r * process.scale(r) == pytest.approx(DECIDED.squares / (N - K), rel=0.1)


def test_places_pay_laplaces_volume_and_nothing_without_information():
    noise = DECIDED.squares / (N - K)
    J = DECIDED.by_place(X, 0)
    own = J - DECIDED.Q @ (DECIDED.Q.T @ J)
    F = own.T @ own / noise  # Fisher matrix of the places, coefficients free
    m = len(F)
    laplace = 0.5 * math.log(np.linalg.det(F)) - 0.5 * m * math.log(2.0 * math.pi)
    expected = laplace - math.log(np.prod(DECIDED.density))
    # log(1 + h / 2 pi) exceeds log(h / 2 pi) by 2 pi / h, with h above 100 here.
    assert places_paid(DECIDED, noise) == pytest.approx(expected, abs=0.05 * m)
    assert places_paid(DECIDED, 1e12) == pytest.approx(0.0, abs=1e-6)
    assert places_paid(DECIDED, noise) > places_paid(DECIDED, 4.0 * noise) > 0.0


def test_structures_have_the_probabilities_they_say():
    # All numbers of terms of one kind, each with its c! equal modes taken out: 1 over 11 degrees.
    total = sum(math.exp(-structure_paid((c,))) / math.factorial(c) for c in range(60))
    assert 11.0 * total == pytest.approx(1.0, rel=1e-12)
    assert structure_paid((0, 3)) == pytest.approx(structure_paid((3, 0)))


def test_evidence_does_not_depend_on_the_size_of_the_fit():
    """The same curve as a fit to samples that were scaled otherwise."""
    other, _ = rational_fits(X, 7.0 * Z, np.arange(N))
    assert_allclose(other.residual, 7.0 * DECIDED.residual, atol=1e-6)
    assert places_paid(other, 49.0 * 0.01) == pytest.approx(places_paid(DECIDED, 0.01), rel=1e-4)


SEEDS = 12
#: At least so many of `SEEDS` would be right with a chance of 1 in 1000 if the evidence were right
#: with even odds.
ENOUGH = int(binom.isf(1e-3, SEEDS, 0.5)) + 1


def preferred(x, signal, noise, rng):
    """Names of the parametric members whose evidence exceeds that of all stationary processes."""
    z = unit_samples(signal + noise * signal.std() * rng.standard_normal(len(x))).z
    processes = stationary_members(0.5 * x, z, None)
    trend = math.log(30.0)  # as `members.learn` counts the line's prior
    best = min(o.evidence() - trend * o.member.trend for o in processes.values())
    found = parametric_members(0.5 * x, z, np.arange(len(x)), None)
    return {name for name, member in found.items() if member.evidence < best}


def test_draws_of_a_process_are_taken_for_one():
    x = np.linspace(-1.0, 1.0, 41)
    K = np.exp(-0.5 * np.square(np.subtract.outer(x, x) / 0.4))
    values, vectors = np.linalg.eigh(K)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    right = {"rational": 0, "exponentials": 0}
    for seed in range(SEEDS):
        rng = np.random.default_rng([1, seed])
        chosen = preferred(x, root @ rng.standard_normal(41), 1e-2, rng)
        for name in right:
            right[name] += name not in chosen
    assert min(right.values()) >= ENOUGH, right


def test_rational_functions_and_exponentials_are_taken_for_what_they_are():
    x = np.linspace(-1.0, 1.0, 41)
    right = {"rational": 0, "exponentials": 0}
    for seed in range(SEEDS):
        rng = np.random.default_rng([2, seed])
        pole = rng.uniform(-0.6, 0.6) + 1j * rng.uniform(0.15, 0.3)
        residue = rng.standard_normal() + 1j * rng.standard_normal()
        right["rational"] += "rational" in preferred(x, (residue / (x - pole)).real, 1e-3, rng)
        rates = -rng.uniform([0.3, 6.0], [1.0, 10.0])
        decays = np.exp(np.multiply.outer(x + 1.0, rates)) @ np.array([1.0, -1.0])
        right["exponentials"] += "exponentials" in preferred(x, decays, 1e-3, rng)
    assert min(right.values()) >= ENOUGH, right


def test_exponentials_are_described_in_units_of_the_samples():
    y = np.exp(-3.0 * X) + 0.5 * np.cos(7.0 * X) + 1e-4 * np.random.default_rng(3).normal(size=N)
    decided, fit = exponential_fits(X, y, np.arange(N))
    assert decided is fit
    assert fit.alike == (1, 1)
    assert len(fit.density) == 3
    assert_allclose(fit.derivative(X, 0) + fit.residual, y, atol=1e-12)
    # 1e-4 of noise on 40 samples, of which 7 parameters take their part.
    assert_allclose(
        fit.derivative(X, 1), -3.0 * np.exp(-3.0 * X) - 3.5 * np.sin(7.0 * X), atol=0.01
    )
