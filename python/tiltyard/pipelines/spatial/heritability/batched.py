"""Chunks in numpy: matrix products of all LD scores, then of each block's columns; 64 bits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.heritability.prepared import Estimates, Floats, Prepared, Regressor
from tiltyard.pipelines.spatial.heritability.sums import Shared
from tiltyard.pipelines.spatial.rule.regression import LEAST_SHARE


class MatmulBatch:
    """All blocks' sums by matrix products, and all delete-one systems solved at once."""

    name = "matmul-batch"

    def regressor(self, prepared: Prepared, precision: int) -> Regressor:
        """See `Way`."""
        shared = Shared(prepared, np.float64)
        matrix = prepared.weights.astype(np.float64)

        def regress(scores: NDArray[np.float32]) -> Estimates:
            table = shared.table(scores)
            constant, product, slope = shared.constants(table)
            ld = np.asarray(matrix @ table.astype(np.float64))
            t = 1 + slope * shared.scale[:, None] * np.maximum(ld + shared.base[:, None], 1)
            omega = shared.over[:, None] / t**2
            squares, products = _sums(shared, ld * shared.own[:, None], omega)
            gone = squares.sum(0) - squares, products.sum(0) - products
            whole = _first(squares.sum(0), products.sum(0))
            return shared.estimates(table, whole, _first(*gone), (constant, product))

        return regress


def _sums(shared: Shared, own: Floats, omega: Floats) -> tuple[Floats, Floats]:
    """Weighted products of columns with each other and with χ², (blocks, spots, p, p) and …, p."""
    columns, chi2 = shared.columns, shared.chi2
    width, spots, blocks = columns.shape[1] + 1, own.shape[1], len(shared.edges) - 1
    squares = np.empty((blocks, spots, width, width))
    products = np.empty((blocks, spots, width))
    for block, (a, z) in enumerate(pairwise(shared.edges)):
        b, y, l, o = columns[a:z], chi2[a:z], own[a:z], omega[a:z]
        ol = o * l
        pairs = (b[:, :, None] * b[:, None, :]).reshape(z - a, -1)
        squares[block, :, 1:, 1:] = (o.T @ pairs).reshape(spots, width - 1, width - 1)
        squares[block, :, 0, 1:] = squares[block, :, 1:, 0] = ol.T @ b
        squares[block, :, 0, 0] = (ol * l).sum(0)
        products[block, :, 1:] = o.T @ (b * y[:, None])
        products[block, :, 0] = ol.T @ y
    return squares, products


def _first(squares: Floats, products: Floats) -> Floats:
    """First coefficient of each system; NaN where the others leave nothing of it."""
    others, cross = squares[..., 1:, 1:], squares[..., 1:, 0]
    try:
        solved = np.linalg.solve(others, cross[..., None])[..., 0]
    except np.linalg.LinAlgError:
        solved = (np.linalg.pinv(others) @ cross[..., None])[..., 0]
    left = squares[..., 0, 0] - (cross * solved).sum(-1)
    right = products[..., 0] - (solved * products[..., 1:]).sum(-1)
    enough = left > LEAST_SHARE * squares[..., 0, 0]
    return np.divide(right, left, out=np.full(left.shape, np.nan), where=enough)
