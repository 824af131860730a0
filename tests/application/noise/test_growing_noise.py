"""Noise that grows with the signal is seen in residuals, and only there."""

import re

import numpy as np
import pytest

from tiltyard.application.noise.growing import growing_notes

N = 80
CURVE = 500.0 * np.exp(-np.linspace(0.0, 4.0, N))
NORMAL = np.random.default_rng(7).standard_normal(N)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (CURVE * (1.0 + 0.04 * NORMAL), "in proportion to the signal.*noise_model='proportional'"),
        (np.random.default_rng(3).poisson(CURVE).astype(float), "noise_model='poisson'"),
        (CURVE + 0.3 * np.sqrt(CURVE) * NORMAL, r"standard errors \(noise=\)"),
    ],
)
def test_growth_is_said_with_what_takes_it_into_account(samples, words):
    (note,) = growing_notes(samples, CURVE, 1e-12)
    assert re.search(words, note)


@pytest.mark.parametrize("size", [0.1, 5.0])
def test_even_noise_does_not_grow(size):
    assert growing_notes(CURVE + size * NORMAL, CURVE, 1e-12) == []


def test_rounding_errors_that_grow_are_no_noise():
    assert growing_notes(CURVE * (1.0 + 1e-16 * NORMAL), CURVE, 1e-10) == []


def test_curves_at_or_below_zero_say_nothing():
    wave = np.sin(np.linspace(0.0, 6.0, N))
    assert growing_notes(wave * (1.0 + 0.1 * NORMAL), wave, 1e-12) == []
