"""Sums of a chunk of spots over blocks of SNPs, without a matrix of all their LD scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.kernels.compiling import kernel, reordering

#: Spots of a chunk. Always as many: the same numbers then give the same bits for any range.
SPOTS = 64
#: SNPs that are added in the precision of the data, before their sum is added in float64.
RUN = 512
#: Width of a row of the turned tile: not `RUN`, with which all rows would fall into two cache sets.
_WIDE = 528
#: SNPs whose LD scores are made before they are turned.
_FEW = 16
#: Sums of a spot with two columns and the intercept.
SUMS = 14


@kernel
def ld_scores(starts: Any, genes: Any, weights: Any, table: Any, first: int, ld: Any) -> None:
    """LD scores of a run of SNPs: rows of a sparse map times the scores of a chunk.

    Parameters
    ----------
    starts, genes, weights : arrays
        CSR of SNPs × genes.
    table : (genes, SPOTS) array
    first : int
        First SNP.
    ld : (m, SPOTS) array
        Filled.
    """
    for i in range(len(ld)):
        row = ld[i]
        row[:] = 0
        q, last = starts[first + i], starts[first + i + 1]
        while q + 4 <= last:  # four at a time: a quarter of the loads and stores of the row
            v0, v1, v2, v3 = weights[q], weights[q + 1], weights[q + 2], weights[q + 3]
            t0, t1 = table[genes[q]], table[genes[q + 1]]
            t2, t3 = table[genes[q + 2]], table[genes[q + 3]]
            for s in range(SPOTS):
                row[s] = (((row[s] + v0 * t0[s]) + v1 * t1[s]) + v2 * t2[s]) + v3 * t3[s]
            q += 4
        while q < last:
            v, t = weights[q], table[genes[q]]
            for s in range(SPOTS):
                row[s] += v * t[s]
            q += 1


@kernel
def _turned_scores(
    starts: Any, genes: Any, weights: Any, table: Any, first: int, count: int, few: Any, tile: Any
) -> None:
    """LD scores of a run with spots as rows: made a few SNPs at a time, and turned in the cache."""
    for i0 in range(0, count, _FEW):
        m = min(_FEW, count - i0)
        ld_scores(starts, genes, weights, table, first + i0, few[:m])
        if m == _FEW:  # so many that the compiler knows it
            for s in range(SPOTS):
                for i in range(_FEW):
                    tile[s, i0 + i] = few[i, s]
        else:
            for s in range(SPOTS):
                for i in range(m):
                    tile[s, i0 + i] = few[i, s]


@reordering
def _weigh_spot(row: Any, slope: Any, base: Any, over: Any, scale: Any, omega: Any) -> None:
    """Weights of one spot's run."""
    one = np.float32(1)
    for i in range(len(omega)):
        t = row[i] + base[i]
        t = one + slope * scale[i] * (t if t > one else one)
        omega[i] = over[i] / (t * t)


@reordering
def _add_baseline(omega: Any, chi2: Any, b0: Any, b1: Any, out: Any) -> None:
    """Add one spot's sums of the baseline over a run: as many as there are registers for."""
    m5 = m6 = m7 = m8 = m9 = m10 = m11 = m12 = m13 = np.float32(0)
    for i in range(len(omega)):
        o, p, q, y = omega[i], b0[i], b1[i], chi2[i]
        op, oq = o * p, o * q
        m5 += op * p
        m6 += op * q
        m7 += op
        m8 += oq * q
        m9 += oq
        m10 += o
        m11 += op * y
        m12 += oq * y
        m13 += o * y
    out[5] += m5
    out[6] += m6
    out[7] += m7
    out[8] += m8
    out[9] += m9
    out[10] += m10
    out[11] += m11
    out[12] += m12
    out[13] += m13


@reordering
def _add_own(row: Any, omega: Any, own: Any, chi2: Any, b0: Any, b1: Any, out: Any) -> None:
    """Add one spot's sums with its own column over a run."""
    m0 = m1 = m2 = m3 = m4 = np.float32(0)
    for i in range(len(omega)):
        x = row[i] * own[i]
        ox = omega[i] * x
        m0 += ox * x
        m1 += ox * b0[i]
        m2 += ox * b1[i]
        m3 += ox
        m4 += ox * chi2[i]
    out[0] += m0
    out[1] += m1
    out[2] += m2
    out[3] += m3
    out[4] += m4


@kernel
def moments_of_two(
    starts: Any,
    genes: Any,
    weights: Any,
    table: Any,
    slope: Any,
    base: Any,
    over: Any,
    chi2: Any,
    scale: Any,
    own: Any,
    b0: Any,
    b1: Any,
    edges: Any,
    out: Any,
) -> None:
    """Sums of a chunk with two baseline columns and the intercept.

    Parameters
    ----------
    starts, genes, weights : arrays
        CSR of SNPs × genes, float32.
    table : (genes, SPOTS) array of float32
        Scores of the chunk.
    slope : (SPOTS,) array
        Constant of the weights times mean N.
    base, over, chi2, scale, own, b0, b1 : (n,) array of float32
        Sum of the baseline, 1 / max(weight, 1), χ², N / mean N, factor of the spot's LD score,
        and both columns.
    edges : (blocks + 1,) array
    out : (blocks, SPOTS, SUMS) array of float64
        ll l0 l1 l2 ly 00 01 02 11 12 22 0y 1y 2y, each weighted; 2 is the intercept.
    """
    few = np.empty((_FEW, SPOTS), np.float32)
    tile = np.empty((SPOTS, _WIDE), np.float32)
    weighed = np.empty(RUN, np.float32)
    for j in range(len(edges) - 1):
        out[j] = 0
        for a in range(edges[j], edges[j + 1], RUN):
            z = min(a + RUN, edges[j + 1])
            _turned_scores(starts, genes, weights, table, a, z - a, few, tile)
            omega = weighed[: z - a]
            for s in range(SPOTS):
                row, to = tile[s], out[j, s]
                _weigh_spot(row, slope[s], base[a:z], over[a:z], scale[a:z], omega)
                _add_baseline(omega, chi2[a:z], b0[a:z], b1[a:z], to)
                _add_own(row, omega, own[a:z], chi2[a:z], b0[a:z], b1[a:z], to)


@kernel
def weigh(
    ld: Any,
    base: Any,
    slope: Any,
    over: Any,
    scale: Any,
    own: Any,
    omega: Any,
    along: Any,
    square: Any,
) -> None:
    """Weights of a run of SNPs, times the spot's column, and the sum of its squares.

    Parameters
    ----------
    ld, omega, along : (m, SPOTS) array
    base, over, scale, own : (m,) array
    slope : (SPOTS,) array
    square : (SPOTS,) array
        Set.
    """
    square[:] = 0
    for i in range(len(base)):
        g, v, nn, x = base[i], over[i], scale[i], own[i]
        for s in range(SPOTS):
            t = ld[i, s] + g
            t = 1 + slope[s] * nn * (t if t > 1 else 1)
            omega[i, s] = v / (t * t)
        for s in range(SPOTS):
            along[i, s] = omega[i, s] * (ld[i, s] * x)
        for s in range(SPOTS):
            square[s] += along[i, s] * (ld[i, s] * x)


@kernel
def pair_products(columns: Any, chi2: Any, out: Any) -> None:
    """Products of each two columns of a run, the upper triangle by rows, then those with χ².

    Parameters
    ----------
    columns : (m, p) array
    chi2 : (m,) array
    out : (m, p (p + 1) / 2 + p) array
    """
    n, p = columns.shape
    for i in range(n):
        q = 0
        for a in range(p):
            v = columns[i, a]
            for b in range(a, p):
                out[i, q + b - a] = v * columns[i, b]
            q += p - a
        for a in range(p):
            out[i, q + a] = columns[i, a] * chi2[i]
