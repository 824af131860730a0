"""Optima of warped processes: stationary points, and ascents of the evidence."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose
from warped_cases import CASES, Y

from tiltyard.studies.derivatives.numerics.warped.clock_spectrum import respread, spectrum_penalty
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.scoring import minimise


def test_minimise_reaches_a_stationary_point():
    model, theta = CASES[0]
    best = minimise(Fit(model, theta, Y), 60, 1e-6)
    gradient = best.fit.derivatives()[0]
    # What a full step would still gain is below the tolerance.
    assert gradient @ np.linalg.solve(best.fisher, gradient) < 1e-4
    assert best.fit.J < Fit(model, theta, Y).J - 1.0


def test_spectrum_is_estimated_by_an_ascent_of_the_evidence():
    model, theta = CASES[0]
    here = minimise(Fit(model, theta, Y), 60, 1e-6)
    for _ in range(3):
        before = here.evidence() + spectrum_penalty(here)
        moved, clock = respread(here)
        log_rate = here.member.clock.log_rate_basis() @ here.theta[3:]
        assert_allclose(clock.log_rate_basis() @ moved[3:], log_rate, atol=1e-12)
        here = minimise(Fit(replace(model, clock=clock), moved, Y), 60, 1e-6)
        # The Fisher matrix is not quite the Hessian: 0.1 nats.
        assert here.evidence() + spectrum_penalty(here) < before + 0.1
