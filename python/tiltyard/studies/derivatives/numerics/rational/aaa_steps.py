"""The AAA algorithm: greedy rational interpolation in barycentric form, and its poles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

INFINITE = 1e-13  # eigenvalues alpha / beta with a smaller beta are poles at infinity


def aaa_steps(
    x: Array, y: Array, most: int, resolution: float
) -> Iterator[tuple[NDArray[np.intp], Array]]:
    """Support points (indices) and barycentric weights after each step of AAA, from the second.

    It ends at `most` points, or when the residual is the rounding of the samples.
    """
    support: list[int] = []
    rational = np.zeros_like(y)
    while len(support) < most:
        residual = np.abs(y - rational)
        residual[support] = -1.0
        support.append(int(np.argmax(residual)))
        if residual[support[-1]] <= resolution:
            return
        others = np.setdiff1d(np.arange(len(y)), support)
        cauchy = 1.0 / (x[others, None] - x[support])
        loewner = (y[others, None] - y[support]) * cauchy
        weights = np.linalg.svd(loewner, full_matrices=False)[2][-1]
        rational = y.copy()
        denominator = cauchy @ weights
        # A vanishing denominator is a pole on a sample: its residual must be the largest.
        denominator[denominator == 0.0] = np.finfo(float).tiny
        rational[others] = cauchy @ (weights * y[support]) / denominator
        if len(support) > 1:
            yield np.array(support), weights


def poles_of(support: Array, weights: Array) -> Complex:
    """Zeros of the barycentric denominator ``sum w_j / (x - z_j)``: finite eigenvalues."""
    m = len(support)
    arrow = np.zeros((m + 1, m + 1))
    arrow[0, 1:], arrow[1:, 0] = weights, 1.0
    arrow[1:, 1:] = np.diag(support)
    mass = np.eye(m + 1)
    mass[0, 0] = 0.0
    alpha, beta = scipy.linalg.eigvals(arrow, mass, homogeneous_eigvals=True)
    finite = np.abs(beta) > INFINITE * np.abs(alpha)
    return np.asarray(alpha[finite] / beta[finite], dtype=complex)
