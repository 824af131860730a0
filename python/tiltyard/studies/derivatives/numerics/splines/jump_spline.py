"""Splines of degree k as chains that jump in their k-th derivative, solved in blocks.

The unknowns are the jumps ``j_l`` of ``f^(k) / k!`` at the knots (samples away from the ends) and
the state ``(f, f', ..., f^(k)) / (0!, 1!, ..., k!)`` at the last sample. With prior means c and
variances V of the jumps the problem is

    minimise  |y - f|^2 + sum (j_l - c_l)^2 / V_l ,

and as in `information_smoother` it is solved by eliminating the jumps of one block of samples
after the other with a QR factorisation; nothing is known of the first state. V may be arbitrarily
small or large for each jump. All functions work on G problems at once.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.kalman.information_smoother import triangle_of

BLOCK = 10  # samples; fewer cost more calls, more cost more arithmetic


class Block(NamedTuple):
    """Samples after `start` up to `end`, and the knots from `start` up to before `end`.

    Attributes
    ----------
    start, end : int
        Indices of samples.
    jumps : slice
        Positions of the block's jumps among all jumps.
    shift : (p, p) array
        Takes the state at `end` to `start` if nothing jumps.
    start_jumps : (p, b) array
        Change of the state at `start` by each jump, given the state at `end`.
    rows : (o, p) array
        Values at the block's samples from the state at `end`.
    sample_jumps : (o, b) array
        Change of these values by each jump, given the state at `end`.
    """

    start: int
    end: int
    jumps: slice
    shift: Array
    start_jumps: Array
    rows: Array
    sample_jumps: Array


class JumpSpline(NamedTuple):
    """The geometry of a spline of degree k on samples at times x.

    Attributes
    ----------
    x : (n,) array
        Times [mean step].
    degree : int
    knots : (K,) int array
        Indices of the samples that are knots.
    blocks : list of Block
    """

    x: Array
    degree: int
    knots: NDArray[np.intp]
    blocks: list[Block]


class Solution(NamedTuple):
    """Solutions of G problems, or sums of solutions.

    Attributes
    ----------
    jumps, duals : (G, K) arrays
        The jumps, and ``X'(y - f)`` with the matrix X that takes jumps to values; it equals
        ``(j - c) / V``, and is computed without this difference.
    fitted : (G, n) array
        Values f at the samples.
    ends : (G, blocks, p) array
        States at the ends of the blocks, before a jump there.
    """

    jumps: Array
    duals: Array
    fitted: Array
    ends: Array


def taylor(distance: Array, p: int) -> Array:
    """Matrices that move states of length p by `distance` (...): shape (..., p, p)."""
    matrix = np.zeros((*np.shape(distance), p, p))
    for a in range(p):
        for b in range(a, p):
            matrix[..., a, b] = math.comb(b, a) * np.asarray(distance) ** (b - a)
    return matrix


def jump_spline(x: Array, degree: int) -> JumpSpline:
    """Spline of odd `degree` with knots at all but the first and last (degree + 1) / 2 samples.

    At even times these are as many unknowns as samples, and the spline can interpolate (Mammen &
    van de Geer 1997). Of several samples within half a step of the same multiple of the mean step
    only the nearest to it is a knot: samples do not determine jumps much closer than a step.
    """
    n, end = len(x), (degree + 1) // 2
    cell = np.rint(x)
    order = np.lexsort((np.abs(x - cell), cell))  # by cell, then by distance
    nearest = order[np.concatenate([[True], np.diff(cell[order]) > 0.0])]
    knots = nearest[(nearest >= end) & (nearest < n - end)]
    edges = [*range(0, n - 1, BLOCK), n - 1]
    blocks = [_block(x, degree, knots, *edge) for edge in pairwise(edges)]
    return JumpSpline(x, degree, knots, blocks)


def _block(x: Array, k: int, knots: NDArray[np.intp], start: int, end: int) -> Block:
    low, high = np.searchsorted(knots, [start, end])
    at, samples = x[knots[low:high]], x[start + 1 : end + 1]
    gaps = np.minimum(samples[:, None] - at, 0.0)
    return Block(
        start,
        end,
        slice(int(low), int(high)),
        taylor(x[start] - x[end], k + 1),
        -taylor(x[start] - at, k + 1)[:, :, k].T,
        taylor(samples - x[end], k + 1)[:, 0, :],
        -(gaps**k),
    )


def choose_matrix(distance: NDArray[np.intp], p: int) -> Array:
    """Matrices with entries ``C(distance, b - a)``, which move differences: shape (..., p, p).

    They take ``(z_i, D z_i, ..., D^(p-1) z_i)``, D the forward difference, to the same at
    ``i + distance`` where ``D^p z`` vanishes; `distance` may be negative.
    """
    matrix = np.zeros((*np.shape(distance), p, p))
    entry = np.ones(np.shape(distance))
    for j in range(p):
        for a in range(p - j):
            matrix[..., a, a + j] = entry
        entry = entry * (np.asarray(distance) - j) / (j + 1)
    return matrix


def difference_spline(n: int, degree: int) -> JumpSpline:
    """The discrete form of `jump_spline`: n samples whose differences of order `degree` jump.

    States are the forward differences of order 0 to `degree`; the knot at sample l is where
    ``D^degree z_l`` differs from its predecessor. For `solve` only: `evaluate` is for splines.
    """
    knots = np.arange(1, n - degree)
    blocks = []
    for start, end in pairwise([*range(0, n - 1, BLOCK), n - 1]):
        low, high = np.searchsorted(knots, [start, end])
        at, samples = knots[low:high], np.arange(start + 1, end + 1)
        gaps = np.minimum(samples[:, None] - at, 0)
        blocks.append(
            Block(
                start,
                end,
                slice(int(low), int(high)),
                choose_matrix(np.array(start - end), degree + 1),
                -choose_matrix(start - at, degree + 1)[:, :, degree].T,
                choose_matrix(samples - end, degree + 1)[:, 0, :],
                -choose_matrix(gaps, degree + 1)[:, :, 0, degree],
            )
        )
    return JumpSpline(np.arange(float(n)), degree, knots, blocks)


def solve(spline: JumpSpline, samples: Array, variance: Array, mean: Array) -> Solution:
    """Solve G problems for `samples` (n,), with prior `variance` and `mean` (G, K) of the jumps."""
    count, p = len(variance), spline.degree + 1
    root = np.sqrt(variance)
    state = np.zeros((count, p, p + 1))
    state[:, 0, 0], state[:, 0, p] = 1.0, samples[0]
    factors = []
    for block in spline.blocks:
        deviation, centre = root[:, None, block.jumps], mean[:, block.jumps]
        b, o = deviation.shape[2], block.end - block.start
        through = state[:, :, :p] @ block.start_jumps
        work = np.zeros((count, b + p + o, b + p + 1))
        work[:, :b, :b] = np.eye(b)
        work[:, b : b + p, :b] = through * deviation
        work[:, b : b + p, b : b + p] = state[:, :, :p] @ block.shift
        work[:, b : b + p, b + p] = state[:, :, p] - (through @ centre[:, :, None])[:, :, 0]
        work[:, b + p :, :b] = block.sample_jumps * deviation
        work[:, b + p :, b : b + p] = block.rows
        observed = samples[block.start + 1 : block.end + 1]
        work[:, b + p :, b + p] = observed - centre @ block.sample_jumps.T
        reduced = triangle_of(work)
        factors.append(reduced[:, :b].copy())
        state = reduced[:, b : b + p, b:]
    return _substitute(spline, factors, state, root, mean)


def _substitute(
    spline: JumpSpline, factors: list[Array], state: Array, root: Array, mean: Array
) -> Solution:
    count, p = len(root), spline.degree + 1
    jumps, duals = np.empty_like(root), np.empty_like(root)
    fitted = np.empty((count, len(spline.x)))
    ends = np.empty((count, len(spline.blocks), p))
    end = np.linalg.solve(state[:, :, :p], state[:, :, p:])[:, :, 0]
    for i in range(len(spline.blocks) - 1, -1, -1):
        block, factor = spline.blocks[i], factors[i]
        b = factor.shape[1]
        right = factor[:, :, b + p] - (factor[:, :, b : b + p] @ end[:, :, None])[:, :, 0]
        unit = np.linalg.solve(factor[:, :, :b], right[:, :, None])[:, :, 0]
        own = mean[:, block.jumps] + root[:, block.jumps] * unit
        jumps[:, block.jumps], duals[:, block.jumps] = own, unit / root[:, block.jumps]
        fitted[:, block.start + 1 : block.end + 1] = end @ block.rows.T + own @ block.sample_jumps.T
        ends[:, i] = end
        end = end @ block.shift.T + own @ block.start_jumps.T
    fitted[:, 0] = end[:, 0]
    return Solution(jumps, duals, fitted, ends)


def evaluate(
    spline: JumpSpline, jumps: Array, ends: Array, x: Array, orders: tuple[int, ...]
) -> Array:
    """Derivatives of one spline at times `x` (l,); the k-th is the mean of both sides at a knot.

    Parameters
    ----------
    spline : JumpSpline
        Geometry from `jump_spline`.
    jumps, ends : (K,) and (blocks, p) arrays
        Jumps, and states at the ends of the blocks, as in one row of a `Solution`.
    x : (l,) array
        Times in the spline's range; within rounding of a sample they count as that sample.
    orders : tuple of int
        Derivative orders, up to the degree.

    Returns
    -------
    (len(orders), l) array
        Row i is the derivative of order ``orders[i]`` [signal / mean step**order].
    """
    k, n = spline.degree, len(spline.x)
    before = _states(spline, jumps, ends)
    jump = np.zeros(n)
    jump[spline.knots] = jumps
    left = np.clip(np.searchsorted(spline.x, x, side="right") - 1, 0, n - 1)
    near = np.clip(left + 1, 0, n - 1)
    left = np.where(np.abs(spline.x[near] - x) <= 1e-10, near, left)
    distance = x - spline.x[left]
    at_sample = np.abs(distance) <= 1e-10
    state = before[left].copy()
    state[:, k] += np.where(at_sample, 0.5, 1.0) * jump[left]
    moved = taylor(np.where(at_sample, 0.0, distance), k + 1) @ state[:, :, None]
    return np.stack([math.factorial(r) * moved[:, r, 0] for r in orders])


def _states(spline: JumpSpline, jumps: Array, ends: Array) -> Array:
    """States before the jump at every sample, each from the end of its block: (n, p)."""
    n, k = len(spline.x), spline.degree
    states = np.empty((n, k + 1))
    for block, end in zip(spline.blocks, ends, strict=True):
        samples = np.arange(block.start, block.end + 1)
        states[samples] = taylor(spline.x[samples] - spline.x[block.end], k + 1) @ end
        for knot, jump in zip(spline.knots[block.jumps], jumps[block.jumps], strict=True):
            passed = samples[samples <= knot]
            column = taylor(spline.x[passed] - spline.x[knot], k + 1)[:, :, k]
            states[passed] -= jump * column
    return states
