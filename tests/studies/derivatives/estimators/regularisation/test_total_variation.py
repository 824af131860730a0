"""The total-variation spline against its optimality conditions, in exact arithmetic."""

import math

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.regularisation import total_variation as module
from tiltyard.studies.derivatives.estimators.regularisation.total_variation import (
    TOLERANCE,
    interior_point,
    knots_used,
    total_variation,
)
from tiltyard.studies.derivatives.numerics.splines.jump_spline import evaluate, jump_spline, solve

ORDERS = tuple(range(8))
K = 7


def samples(n=36, noise=0.02, seed=1):
    x = np.arange(float(n))
    return x, np.sin(0.35 * x) + noise * np.random.default_rng(seed).standard_normal(n)


def exact_duals(x, knots, residual):
    """X'r for truncated powers ``(x - knot)_+^7``, what 2e-11 in r does to it, and powers' r.

    As r is orthogonal to polynomials, ``(knot - x)_+^7`` gives the same; of both we take the one
    that reaches to the nearer end.
    """
    with mp.workdps(50):
        x, r = [mp.mpf(float(v)) for v in x], [mp.mpf(float(v)) for v in residual]
        duals, slack = [], []
        for knot in knots:
            side = 1 if knot > len(x) / 2 else -1
            reach = [max(side * (s - x[knot]), 0) ** K for s in x]
            duals.append(float(mp.fsum(a * v for a, v in zip(reach, r, strict=True))))
            slack.append(2e-11 * float(mp.fsum(reach)))
        powers = [
            float(mp.fsum(v * (s / x[-1]) ** k for s, v in zip(x, r, strict=True)))
            for k in range(K + 1)
        ]
    return np.array(duals), np.array(slack), np.array(powers)


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("log_penalty", [1.0, 3.0, 6.0])
def test_solution_satisfies_the_optimality_conditions(uneven, log_penalty):
    x, z = samples()
    if uneven:
        x = np.sort(np.random.default_rng(5).uniform(0.0, 35.0, 36))
        x = (x - x[0]) * 35 / (x[-1] - x[0])
    spline = jump_spline(x, K)
    penalty = math.exp(log_penalty)
    lasso = interior_point(spline, z, np.array([penalty]), 1e-8)
    j, f = lasso.solution.jumps[0], lasso.solution.fitted[0]
    u, slack, p = exact_duals(x, spline.knots, z - f)
    slack += 1e-6 * penalty
    # Round-off of 1e-12 in each residual; ten times as much where knots are close together, as
    # large jumps of opposite sign follow the noise.
    assert np.abs(p).max() < 2e-8
    assert np.all(np.abs(u) <= penalty + slack)
    used = knots_used(lasso)[0]
    assert used.any()
    assert np.all(np.abs(u - penalty * np.sign(j))[used] <= slack[used])
    assert np.abs(j[~used]).max(initial=0.0) < 1e-5 * np.abs(j).max()
    # Weak duality with the exact dual point, scaled to be feasible, bounds the suboptimality.
    theta = (z - f) * min(1.0, penalty / np.abs(u).max())
    primal = 0.5 * np.sum((z - f) ** 2) + penalty * np.abs(j).sum()
    dual = 0.5 * z @ z - 0.5 * np.sum((z - theta) ** 2)
    assert 0.0 <= primal - dual + 1e-12 < 1e-2 * primal  # scaled by the slack of the duals
    assert lasso.gap[0] <= TOLERANCE


def test_fit_is_the_spline_with_those_jumps():
    x, z = samples()
    spline = jump_spline(x, K)
    solution = solve(spline, z, np.full((1, 28), 1e-6), np.zeros((1, 28)))
    j, ends = solution.jumps[0], solution.ends[0]
    powers = sum(
        jump * np.maximum(x - x[knot], 0.0) ** K for jump, knot in zip(j, spline.knots, strict=True)
    )
    rest = solution.fitted[0] - powers  # a polynomial of degree 7, of values up to 1e4
    polynomial = np.polynomial.Chebyshev.fit(x, rest, K)
    assert_allclose(polynomial(x), rest, atol=1e-8)
    assert_allclose(evaluate(spline, j, ends, x, (0,))[0], solution.fitted[0], atol=1e-12)


def test_derivatives_are_those_of_each_piece():
    x, z = samples()
    spline = jump_spline(x, K)
    solution = solve(spline, z, np.full((1, 28), 1e-6), np.zeros((1, 28)))
    at = np.linspace(10.0, 11.0, 15)[1:-1]
    found = evaluate(spline, solution.jumps[0], solution.ends[0], at, ORDERS)
    piece = np.polynomial.Polynomial.fit(at, found[0], K)
    for order in range(5):  # differentiating the fitted polynomial amplifies round-off
        assert_allclose(found[order], piece.deriv(order)(at), atol=1e-6 * 10.0**order)
    assert np.ptp(found[7]) < 1e-12 * np.abs(found[7]).max()
    # At a knot the seventh derivative is the mean of both sides.
    sides = evaluate(
        spline, solution.jumps[0], solution.ends[0], np.array([10.5, 11.0, 11.5]), (7,)
    )
    assert_allclose(sides[0, 1], 0.5 * (sides[0, 0] + sides[0, 2]), rtol=1e-9)


def test_a_large_penalty_leaves_the_polynomial():
    x, z = samples()
    lasso = interior_point(jump_spline(x, K), z, np.array([1e14]), 1e-8)
    assert not knots_used(lasso).any()
    expected = np.polynomial.Legendre.fit(x, z, K)(x)
    assert_allclose(lasso.solution.fitted[0], expected, atol=1e-10)


def test_close_samples_share_a_knot():
    x = np.array([*range(10), 10.1, 10.2, *range(11, 20)], dtype=float)
    knots = jump_spline(x, K).knots
    assert 11 not in knots and 10 in knots  # 10.1 is nearer to 10 than 10.2 is


def test_a_single_jump_is_found():
    t = np.linspace(0.0, 1.0, 101)
    clean = np.sin(3 * t) + 300.0 * np.maximum(t - 0.6, 0.0) ** 7
    noise = 1e-5 * np.random.default_rng(3).standard_normal(101)
    found = total_variation(t, clean + noise, t, (0, 7))
    seventh = found.values[1]
    # The jump is 300 * 7! = 1.5e6; sin(3 t) contributes 3^7 = 2e3.
    assert found.settings["knots"] <= 12
    assert np.median(seventh[t > 0.75]) - np.median(seventh[t < 0.5]) > 0.75e6


def test_no_solution_is_an_error_that_names_the_gap(monkeypatch):
    monkeypatch.setattr(module, "ITERATIONS", 2)
    t = np.linspace(0.0, 1.0, 40)
    with pytest.raises(RuntimeError, match=r"did not converge: relative duality gap .* 2 steps"):
        total_variation(t, np.random.default_rng(0).standard_normal(40), t, (0,))
