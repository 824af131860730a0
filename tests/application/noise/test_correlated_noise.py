"""Correlated noise: recognised where it is planted and nowhere else, and used."""

import numpy as np
import pytest

import tiltyard
from tiltyard.application.breaks.effects import Effect
from tiltyard.application.breaks.finding import interventions
from tiltyard.application.breaks.search import Break, Interventions
from tiltyard.application.estimation import evidence_of
from tiltyard.application.noise.correlation import Processes, is_correlated
from tiltyard.application.noise.seeming_breaks import without_seeming_breaks
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import NoiseShape

N = 90
T = np.linspace(0.0, 20.0, N)
STEP = T[1]


def smooth(seed):
    rng = np.random.default_rng([seed, 3])
    return np.sin(0.6 * T + rng.uniform(0, 6)) + 0.4 * np.cos(0.35 * T), rng


def autoregressive(rho, rng, t=T):
    time = -STEP / np.log(rho)
    return NoiseShape(np.ones(len(t)), time).drawn(t, rng.standard_normal(len(t)))


@pytest.mark.parametrize("rho", [0.7, 0.9])
def test_planted_correlation_is_seen(rho):
    seen = []
    for seed in range(3):
        curve, rng = smooth(seed)
        seen.append(is_correlated(T, curve + 0.03 * autoregressive(rho, rng), evidence_of))
    assert sum(seen) >= 2


WHITE = {
    "smooth": lambda rng: smooth(0)[0] + 0.02 * rng.standard_normal(N),
    "line": lambda rng: 2.0 * T + rng.standard_normal(N),
    "level": lambda rng: 20.0 + 0.02 * rng.standard_normal(N),
    "decay": lambda rng: np.exp(-0.4 * T) + 0.01 * rng.standard_normal(N),
    "peaks": lambda rng: (
        sum(np.exp(-0.5 * ((T - c) / 0.7) ** 2) for c in (4, 9, 16))
        + 0.005 * rng.standard_normal(N)
    ),
    "exact": lambda rng: smooth(1)[0],
    "rounded": lambda rng: np.round(smooth(1)[0], 4),
    "level and steps": lambda rng: np.round(np.sin(0.5 * T), 1),
}


@pytest.mark.parametrize("kind", WHITE)
def test_white_noise_is_not_called_correlated(kind):
    for seed in range(2):
        y = WHITE[kind](np.random.default_rng([seed, 11]))
        assert not is_correlated(T, y, evidence_of)


def test_times_and_units_do_not_matter():
    curve, rng = smooth(2)
    y = curve + 0.03 * autoregressive(0.85, rng)
    assert is_correlated(1e-3 * T + 7.0, 1e6 * y - 4e7, evidence_of)


def test_few_samples_say_nothing():
    assert not is_correlated(
        T[:12], autoregressive(0.9, np.random.default_rng(0), T[:12]), evidence_of
    )


def test_the_likelihood_is_the_dense_one():
    """Where one process and one share of the noise are largest, by densities written out."""
    x = np.sort(np.random.default_rng(5).uniform(0.0, 1.0, 24))
    x = (x - x[0]) / np.ptp(x)
    z = np.sin(4.0 * x) + 0.1 * np.random.default_rng(6).standard_normal(24)
    from tiltyard.application.breaks.process_grid import KERNELS, ROUNDING, SHARES
    from tiltyard.application.noise.correlation import COARSE

    R = NoiseShape(np.ones(24), 0.1).covariance(x)
    L = np.stack([np.ones(24), 2.0 * x - 1.0], axis=1)
    best = -np.inf
    for kernel in KERNELS:
        for length in COARSE:
            K = kernel(np.abs(x[:, None] - x) / length)
            for share in SHARES:
                P = np.linalg.inv(K + (share + ROUNDING) * R)
                own = L.T @ P @ L
                left = z @ P @ z - z @ P @ L @ np.linalg.solve(own, L.T @ P @ z)
                log = 0.5 * (np.linalg.slogdet(P)[1] - np.linalg.slogdet(own)[1])
                best = max(best, log - 11.0 * (np.log(2.0 * np.pi * left / 22.0) + 1.0))
    assert Processes(x, 0.1).likelihood(z) == pytest.approx(best, abs=0.02)


def test_a_step_of_noise_that_wanders_is_no_break_and_a_jump_is():
    rng = np.random.default_rng(12)
    noise = autoregressive(0.9, rng)
    curve = 0.2 * np.sin(0.3 * T)
    step = int(np.argmax(np.abs(np.diff(noise[20:90])))) + 20
    seeming = Break(Effect.JUMP, step, step + 1, 14.0)
    nothing = np.zeros(N, dtype=bool)
    found = Interventions(nothing, [seeming], 14.0)
    assert without_seeming_breaks(T, curve + 0.05 * noise, found).breaks == []
    white = curve + 0.02 * rng.standard_normal(N) + 0.3 * (T[step] < T)
    assert without_seeming_breaks(T, white, found).breaks == [seeming]


def test_correlated_noise_has_no_breaks():
    for seed in range(3):
        curve, rng = smooth(seed)
        y = curve + 0.03 * autoregressive(0.9, rng)
        assert interventions(T, y, evidence_of).breaks == []


def test_bands_cover_and_the_report_says_it():
    inside, narrow = [], []
    for seed in range(4):
        curve, rng = smooth(seed)
        y = curve + 0.04 * autoregressive(0.85, rng)
        found = tiltyard.differentiate(T, y, orders=0, noise_model="correlated")
        white = tiltyard.differentiate(T, y, orders=0, noise_model="equal")
        assert found.estimator == "gaussian_process_averaged"
        assert white.estimator == "gaussian_process_warped"
        assert "correlated, as you said" in found.report().replace("\n  ", " ")
        for one, kept in ((found, inside), (white, narrow)):
            low, high = one.quantiles[[0, 3], 0]
            kept.append(np.mean((low <= curve) & (curve <= high)))
    assert np.mean(inside) > 0.85
    assert np.mean(inside) > np.mean(narrow) + 0.1


def test_the_note_says_over_what_time_and_how_to_do_otherwise():
    curve, rng = smooth(1)
    found = tiltyard.differentiate(T, curve + 0.04 * autoregressive(0.8, rng), orders=0)
    (note,) = [note for note in found.notes if "correlated" in note]
    assert "noise_model='equal' takes it as white" in note
    assert "the 90 samples say as much as" in note


def test_an_estimator_that_knows_of_no_correlation_says_so():
    curve, rng = smooth(1)
    y = curve + 0.04 * autoregressive(0.8, rng)
    found = tiltyard.differentiate(T, y, orders=0, estimator="gaussian_process_se", draws=0)
    assert any("gaussian_process_se knows nothing" in note for note in found.notes)
    with pytest.raises(ValueError, match="takes noise to be the same for all samples"):
        tiltyard.differentiate(T, y, 0, estimator="gaussian_process_se", noise_model="correlated")
