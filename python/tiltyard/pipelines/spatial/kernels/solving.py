"""The spot's coefficient from sums, with all blocks and without each of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.kernels.compiling import kernel
from tiltyard.pipelines.spatial.kernels.moments import SPOTS

#: Least share of a spot's own variation that the baseline may leave.
_LEAST = 1e-10


@kernel
def _eliminate(C: Any, b: Any, e: Any, a: Any, d: Any, L: Any, u: Any, v: Any, acc: Any) -> None:
    """(d - b'C⁻¹e) / (a - b'C⁻¹b) into d, by Cholesky, with the spots innermost.

    C (p, p, SPOTS) has its lower triangle; b, e are (p, SPOTS), a, d (SPOTS). NaN where the
    matrix is not positive definite, or little of the spot is left.
    """
    p = len(b)
    for i in range(p):
        for j in range(i + 1):
            o, q = L[i], L[j]
            for s in range(SPOTS):
                acc[s] = C[i, j, s]
            k = 0
            while k + 4 <= j:  # four terms a turn: a quarter of the loads and stores
                o0, o1, o2, o3 = o[k], o[k + 1], o[k + 2], o[k + 3]
                q0, q1, q2, q3 = q[k], q[k + 1], q[k + 2], q[k + 3]
                for s in range(SPOTS):
                    acc[s] -= o0[s] * q0[s] + o1[s] * q1[s] + o2[s] * q2[s] + o3[s] * q3[s]
                k += 4
            while k < j:
                for s in range(SPOTS):
                    acc[s] -= o[k, s] * q[k, s]
                k += 1
            if i == j:  # the inverse: no division below
                for s in range(SPOTS):
                    L[i, i, s] = 1 / np.sqrt(acc[s]) if acc[s] > 0 else np.nan
            else:
                for s in range(SPOTS):
                    L[i, j, s] = acc[s] * L[j, j, s]
        u[i, :] = b[i, :]
        v[i, :] = e[i, :]
        for k in range(i):
            for s in range(SPOTS):
                u[i, s] -= L[i, k, s] * u[k, s]
                v[i, s] -= L[i, k, s] * v[k, s]
        for s in range(SPOTS):
            u[i, s] *= L[i, i, s]
            v[i, s] *= L[i, i, s]
    for s in range(SPOTS):
        top, low = d[s], a[s]
        for i in range(p):
            top -= u[i, s] * v[i, s]
            low -= u[i, s] * u[i, s]
        d[s] = top / low if low > _LEAST * a[s] else np.nan


@kernel
def delete_one(ll: Any, lb: Any, ly: Any, bb: Any, by: Any, whole: Any, without: Any) -> None:
    """Coefficients of a chunk.

    Parameters
    ----------
    ll, ly : (blocks, SPOTS) array
    lb, by : (blocks, p, SPOTS) array
    bb : (blocks, p (p + 1) / 2, SPOTS) array
        Upper triangle by rows.
    whole : (SPOTS,) array
        Filled: with all blocks.
    without : (blocks, SPOTS) array
        Filled: without each block.
    """
    blocks, p, _ = lb.shape
    C, L = np.empty((p, p, SPOTS)), np.empty((p, p, SPOTS))
    u, v, b, e = (
        np.empty((p, SPOTS)),
        np.empty((p, SPOTS)),
        np.empty((p, SPOTS)),
        np.empty((p, SPOTS)),
    )
    a, d, acc = np.empty(SPOTS), np.empty(SPOTS), np.empty(SPOTS)
    tll, tly, tlb, tby, tbb = ll.sum(0), ly.sum(0), lb.sum(0), by.sum(0), bb.sum(0)
    for j in range(-1, blocks):
        factor, block = 0.0 if j < 0 else 1.0, max(j, 0)
        q = 0
        for m in range(p):
            for i in range(m, p):
                for s in range(SPOTS):
                    C[i, m, s] = tbb[q, s] - factor * bb[block, q, s]
                q += 1
            for s in range(SPOTS):
                b[m, s] = tlb[m, s] - factor * lb[block, m, s]
                e[m, s] = tby[m, s] - factor * by[block, m, s]
        for s in range(SPOTS):
            a[s] = tll[s] - factor * ll[block, s]
            d[s] = tly[s] - factor * ly[block, s]
        _eliminate(C, b, e, a, d, L, u, v, acc)
        if j < 0:
            whole[:] = d
        else:
            without[j] = d
