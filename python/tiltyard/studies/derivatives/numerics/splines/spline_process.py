"""Natural splines as posterior means of integrated white noise, in O(n) and without loss.

The natural spline of degree 2m - 1 with knots at the samples minimises

    sum (y_i - f(t_i))^2 + lambda * integral f^(m)(t)^2 dt

over all functions f, and is the posterior mean of a Gaussian process whose m-th derivative is
white noise and whose derivatives of order 0 to m - 1 have unknown first values (Wahba 1978). A
process with the
states f, f', ..., f^(m-1) is a Gauss-Markov chain, so `information_smoother` solves the problem
in O(n) with orthogonal transformations. Gram matrices or a basis of B-splines would lose
(2n / (pi * degrees of freedom))^m in relative precision: all digits at n = 1001.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.kalman.information_smoother import (
    Chain,
    Smoothed,
    backward,
    forward,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples

# Range and step of the logarithm of the cut-off frequency, at which the spline's response to an
# oscillation is 1/2. The lowest is half a half-wave in the whole record, which leaves a polynomial.
# The highest interpolates: it takes 2^-16 from an oscillation of the Nyquist frequency, and less
# than 1e-8 from what a signal has at a tenth of it; beyond, criteria are flat up to rounding. The
# response falls with frequency to the power 2m, so low orders need a wider range and step.
LOWEST_HALF_WAVES = 0.5
KEPT_BITS = 16.0
SEARCH_STEP = 0.15
FULL_ORDER = 6
FINE = 0.5 * math.pi  # cut-off above which residuals follow from the noises [per mean step]
LEAST_LEFT = 1e-12  # degrees of freedom of the residual, per sample: those of rounding errors


class Problem(NamedTuple):
    """Samples in units of the mean step and of their spread.

    Attributes
    ----------
    times : (n,) array
        Times since the first sample [mean step].
    steps : (n - 1,) array
        Steps between samples [mean step]; differences of `times` would have lost digits.
    z, floor : (n,) array and float
        Scaled samples and the sum of squares of their rounding errors: see `unit_samples`.
    chain : Chain
        Chain of the states ``f^(k) / k!``, k < m.
    """

    times: Array
    steps: Array
    z: Array
    floor: float
    chain: Chain

    @property
    def order(self) -> int:
        """Penalty order m."""
        return int(self.chain.back.shape[1])


def transitions(steps: Array, m: int) -> tuple[Array, Array]:
    """Matrices B and N of the chain of states ``f^(k) / k!``, k < m, over `steps`.

    B is Taylor's shift. N is a square root of the covariance of an m-fold integrated white noise,
    ``Q_ab = s^(2m-1-a-b) C(m-1,a) C(m-1,b) / (2m-1-a-b)`` where f^(m) has the intensity
    ``(m-1)!^2``. The Hilbert matrix in it has the exact Cholesky factor
    ``sqrt(2j+1) i!^2 / ((i-j)! (i+j+1)!)``, whose columns are the shifted Legendre polynomials
    ``P_j(1 - 2u)``: column j of N is what noise of that shape in the step does to the states.
    """
    back = np.zeros((len(steps), m, m))
    noise = np.zeros((len(steps), m, m))
    for a in range(m):
        for b in range(a, m):
            back[:, a, b] = math.comb(b, a) * (-steps) ** (b - a)
        i = m - 1 - a
        for j in range(i + 1):
            cholesky = math.factorial(i) ** 2 / (math.factorial(i - j) * math.factorial(i + j + 1))
            weight = math.comb(m - 1, a) * math.sqrt(2 * j + 1) * cholesky
            noise[:, a, j] = weight * steps ** (i + 0.5)
    return back, noise


def prepare(t: Array, samples: UnitSamples, m: int) -> Problem:
    """The problem of `samples` at times `t` [time] for penalty order m >= 1."""
    mean_step = (t[-1] - t[0]) / (len(t) - 1)
    steps = np.diff(t) / mean_step
    chain = Chain(*transitions(steps, m), np.ones(len(t), dtype=bool))
    return Problem((t - t[0]) / mean_step, steps, samples.z, samples.floor, chain)


def noise_ratio(log_cut_off: Array, m: int) -> Array:
    """Noise ratio q of the chain for the logarithm of the cut-off frequency [per mean step].

    White noise f^(m) of intensity ``w^(2m)`` has at frequency w the spectral density 1 of the
    measurement noise.
    """
    return np.asarray(np.exp(2 * m * np.asarray(log_cut_off)) / math.factorial(m - 1) ** 2)


def generalised_cross_validation(problem: Problem, q: Array) -> Array:
    """Logarithm of the GCV score (Craven & Wahba 1978)."""
    n = len(problem.z)
    squares, freedom = residual(problem, smooth(problem.chain, problem.z, q), q)
    left = np.maximum(n - freedom, LEAST_LEFT * n)
    return np.asarray(np.log(squares + problem.floor) - 2.0 * np.log(left))


def smooth(chain: Chain, z: Array, q: Array) -> Smoothed:
    """Posterior of the states, given samples `z` wherever the chain is observed."""
    return backward(chain, forward(chain, z[:, None], q), q)


def residual(problem: Problem, smoothed: Smoothed, q: Array) -> tuple[Array, Array]:
    """Sum of squared residuals and degrees of freedom (trace of the smoother)."""
    direct = problem.z - smoothed.states[:, :, 0]
    # Lagrange multipliers of the states' first components: the spline's derivative of order
    # 2m - 1, whose jumps are the residuals. Near interpolation the difference has lost its digits.
    enters = np.sqrt(q)[:, None] * problem.chain.noise[:, 0, -1]
    jumps = -np.diff(np.pad(smoothed.noises[:, :, -1] / enters, ((0, 0), (1, 1))), axis=1)
    fine = q >= noise_ratio(np.array(math.log(FINE)), problem.order)
    squares = np.where(fine[:, None], jumps, direct) ** 2
    return squares.sum(axis=1), smoothed.variances[:, :, 0].sum(axis=1)


def search_bounds(n: int, m: int = FULL_ORDER) -> tuple[float, float]:
    """Range of the logarithm of the cut-off frequency for n samples and penalty order m."""
    low = max(1.0, FULL_ORDER / m) * math.log(LOWEST_HALF_WAVES) + math.log(math.pi / n)
    return low, KEPT_BITS / (2 * m) * math.log(2.0) + math.log(math.pi)


def search_step(m: int) -> float:
    """Step of the search in that range, on which criteria are smooth."""
    return SEARCH_STEP * max(1.0, FULL_ORDER / m)


def choose_by_validation(problem: Problem) -> float:
    """Noise ratio q of the smallest GCV score."""

    def criterion(parameter: Array) -> Array:
        return generalised_cross_validation(problem, noise_ratio(parameter, problem.order))

    m = problem.order
    parameter = smallest(criterion, *search_bounds(len(problem.z), m), search_step(m))
    return float(noise_ratio(np.array(parameter), m))


def describe(problem: Problem, q: float) -> tuple[float, float, float]:
    """Degrees of freedom, and the noise's standard deviation by likelihood and by residuals."""
    n, m = len(problem.z), problem.order
    ratio = np.array([q])
    reduced = forward(problem.chain, problem.z[:, None], ratio)
    squares, freedom = residual(problem, backward(problem.chain, reduced, ratio), ratio)
    left = max(n - float(freedom[0]), LEAST_LEFT * n)
    by_likelihood = math.sqrt(float((reduced.residuals**2).sum()) / (n - m))
    return float(freedom[0]), by_likelihood, math.sqrt(float(squares[0]) / left)
