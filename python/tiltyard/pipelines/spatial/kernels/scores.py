"""Gene specificity of a batch of spots in one pass over tiles of genes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.kernels.compiling import as_bits, as_float, inlined, kernel

#: Genes of a tile: the logarithms of a batch's rows then stay in the second cache.
TILE = 128
#: Neighbours that are added in one turn.
TURN = 3
#: Largest exponent of which the exponential is a float32.
_MOST = np.float32(88.0)
_LARGEST = np.float32(65_504.0)
_LOG2_E = np.float32(1.44269504)
#: Adding and taking it away rounds to a whole number; ``rint`` is a call, and does not vectorise.
_ROUNDER = np.float32(12_582_912.0)
#: ln 2 in two parts, so that the reduction loses nothing.
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(2.12194440e-4)
#: Polynomial of exp(r) - 1 - r on |r| < ln 2 / 2, as in Cephes.
_C5, _C4 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3)
_C3, _C2 = np.float32(8.3334519073e-3), np.float32(4.1665795894e-2)
_C1, _C0 = np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
_ONE, _ZERO = np.float32(1.0), np.float32(0.0)


@inlined
def exp32(x: Any) -> Any:
    """Exponential of a float32 in (-87, 88), to about one unit in the last place."""
    whole = (x * _LOG2_E + _ROUNDER) - _ROUNDER
    r = x - whole * _LN2_HIGH + whole * _LN2_LOW
    p = _C5 * r + _C4
    p = p * r + _C3
    p = p * r + _C2
    p = p * r + _C1
    p = p * r + _C0
    p = p * r * r + r + _ONE
    return p * as_float(np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)))


@inlined
def half_bits(x: Any) -> Any:
    """Bits of the float16 next to a float32 in [2**-14, 65504], ties to even."""
    bits = as_bits(x)
    odd = (bits >> np.int32(13)) & np.int32(1)
    return np.int32(bits - np.int32(112 << 23) + np.int32(0xFFF) + odd) >> np.int32(13)


@kernel
def score_batch(
    ranks: Any,
    lowest: Any,
    table: Any,
    mean: Any,
    need: Any,
    local: Any,
    weights: Any,
    power: Any,
    floor: Any,
    seen_before: Any,
    out: Any,
) -> int:
    """Scores of b spots, from the ranks of the u different neighbours that they have.

    Parameters
    ----------
    ranks : (u, G) array of uint16 or uint32
        Doubled ranks.
    lowest : (u,) array of the same
        Rank above which a gene of the row is expressed.
    table : (ranks,) array of float32
        Logarithm of the rank for each doubled rank.
    mean : (G,) array of float32
        Mean logarithm over all spots.
    need : (k + 1, G) array of uint8
        Most neighbours that express a gene without more of them doing so than of all spots, by
        the number of neighbours that count.
    local : (b, slices, k) array of int32
        Row in `ranks` of each neighbour.
    weights : (b, slices, k) array of float32
        0 for one that does not count.
    power : float32
        Of the specificity.
    floor : float32
        Least logarithm of the specificity that has a score.
    seen_before : uint8
        1 with a `need` of zeros lets every gene pass; else 0.
    out : (b, G) array of uint16
        Bits of float16.

    Returns
    -------
    int
        Scores that were cut to the largest float16.
    """
    b, slices, k = local.shape
    u, genes = ranks.shape
    # One row more, of zeros, fills the last turn.
    logs = np.zeros((u + 1, TILE), np.float32)
    flags = np.zeros((u + 1, TILE), np.uint8)
    total, sums = np.empty(TILE, np.float32), np.empty(TILE, np.float32)
    seen = np.empty(TILE, np.uint8)
    rows, shares = np.empty(k + TURN, np.int64), np.empty(k + TURN, np.float32)
    cut = 0
    for first in range(0, genes, TILE):
        width = min(TILE, genes - first)
        for row in range(u):
            own, low = ranks[row, first : first + width], lowest[row]
            for t in range(width):
                logs[row, t] = table[own[t]]
            for t in range(width):
                flags[row, t] = np.uint8(own[t] > low)
        centre = mean[first : first + width]
        for spot in range(b):
            found = 0
            for part in range(slices):
                used = 0
                for j in range(k):
                    if weights[spot, part, j] > _ZERO:
                        rows[used], shares[used] = local[spot, part, j], weights[spot, part, j]
                        used += 1
                if used == 0:
                    continue
                found += 1
                for j in range(used, used + TURN):
                    rows[j], shares[j] = u, _ZERO
                sums[:] = _ZERO
                seen[:] = seen_before
                for j in range(0, used, TURN):
                    w0, w1, w2 = shares[j], shares[j + 1], shares[j + 2]
                    l0, l1, l2 = logs[rows[j]], logs[rows[j + 1]], logs[rows[j + 2]]
                    for t in range(TILE):
                        sums[t] = ((sums[t] + w0 * l0[t]) + w1 * l1[t]) + w2 * l2[t]
                    f0, f1, f2 = flags[rows[j]], flags[rows[j + 1]], flags[rows[j + 2]]
                    for t in range(TILE):
                        seen[t] = np.uint8(seen[t] + f0[t] + f1[t] + f2[t])
                least = need[used, first : first + width]
                # Short loops of one kind each, with ternaries: these vectorise.
                for t in range(width):
                    x = sums[t] - centre[t]
                    y = exp32(power * (x if x > _ZERO else _ZERO))
                    v = exp32(y if y < _MOST else _MOST) - _ONE
                    sums[t] = v if x >= floor else _ZERO
                for t in range(width):
                    sums[t] = sums[t] if seen[t] > least[t] else _ZERO
                if found == 1:
                    total[:] = sums
                else:
                    for t in range(width):
                        total[t] += sums[t]
            scores = out[spot, first : first + width]
            if found == 0:
                scores[:] = 0
                continue
            if found > 1:
                for t in range(width):
                    total[t] /= np.float32(found)
            for t in range(width):
                cut += total[t] > _LARGEST
            for t in range(width):
                x = total[t] if total[t] < _LARGEST else _LARGEST
                scores[t] = np.uint16(half_bits(x)) if x > _ZERO else np.uint16(0)
    return cut
