"""Doubled ranks of spots whose counts above 0 are listed, as in a compressed sparse row."""

from __future__ import annotations

from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.kernels.compiling import kernel

#: Keys below this are counted, others sorted.
COUNTED = 4096


@kernel
def rank_rows(starts: Any, genes: Any, keys: Any, count: int, out: Any, lowest: Any) -> None:
    """Fill `out` with doubled ranks over `count` genes, ties averaged.

    Parameters
    ----------
    starts : (n + 1,) array
        Where each spot's entries begin.
    genes : (entries,) array
        No gene twice in a spot.
    keys : (entries,) array of uint64
        Numbers above 0 in the order of the counts.
    count : int
    out : (n, count) array
    lowest : (n,) array
        The smallest doubled rank of each spot.
    """
    tally = np.empty(COUNTED, np.int64)
    for spot in range(len(starts) - 1):
        first, last = starts[spot], starts[spot + 1]
        own, row = genes[first:last], out[spot]
        zeros = count - (last - first)
        row[:] = zeros + 1
        most = np.uint64(0)
        for key in keys[first:last]:
            most = max(most, key)
        if most < COUNTED:
            least = _by_counting(own, keys[first:last], int(most), zeros, tally, row)
        else:
            least = _by_sorting(own, keys[first:last], zeros, row)
        lowest[spot] = zeros + 1 if zeros else least


@kernel
def _by_counting(own: Any, keys: Any, most: int, below: int, tally: Any, row: Any) -> int:
    tally[: most + 1] = 0
    for key in keys:
        tally[key] += 1
    least = 0
    for value in range(most + 1):
        equal = tally[value]
        if equal:
            tally[value] = 2 * below + equal + 1
            if least == 0:
                least = tally[value]
            below += equal
    for place in range(len(own)):
        row[own[place]] = tally[keys[place]]
    return least


@kernel
def _by_sorting(own: Any, keys: Any, below: int, row: Any) -> int:
    order = np.argsort(keys)
    least, first = 0, 0
    while first < len(order):
        last = first + 1
        while last < len(order) and keys[order[last]] == keys[order[first]]:
            last += 1
        doubled = 2 * (below + first) + (last - first) + 1
        if first == 0:
            least = doubled
        for place in range(first, last):
            row[own[order[place]]] = doubled
        first = last
    return least


@kernel
def add_logs(ranks: Any, table: Any, done: int, block: int, partial: Any, total: Any) -> None:
    """Add the logarithms of rows to `partial`, and that to `total` behind each `block` of rows.

    Parameters
    ----------
    ranks : (n, G) array
    table : (ranks,) array of float64
    done : int
        Rows that were added before.
    block : int
    partial, total : (G,) array of float64
    """
    for spot in range(len(ranks)):
        row = ranks[spot]
        for gene in range(len(row)):
            partial[gene] += table[row[gene]]
        if (done + spot + 1) % block == 0:
            for gene in range(len(row)):
                total[gene] += partial[gene]
                partial[gene] = 0.0
