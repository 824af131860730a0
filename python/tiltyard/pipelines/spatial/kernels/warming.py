"""Every kernel called once with each type that commands call it with."""

from __future__ import annotations

import numpy as np

from tiltyard.pipelines.spatial.kernels import (
    chunks,
    moments,
    nearest,
    neighbours,
    ranking,
    scores,
    solving,
)


def compile_all() -> None:
    """Compile what is not kept yet."""
    spots, rows = np.zeros(1, np.int64), np.zeros((1, 21), np.int32)
    weights, near = np.zeros((1, 21), np.float32), np.zeros((1, 1), np.int64)
    for axes in (2, 3):
        flags = np.zeros(1, np.bool_)
        nearest.arrange(np.zeros((1, axes)), spots, near, 1e-9, near.copy(), flags)
    for by_similarity in (True, False):
        units = np.zeros((1, 1))
        neighbours.choose(spots, near, units, units, 0.6, by_similarity, rows, weights)
    for kind in (np.uint16, np.uint32):
        ranks, low = np.full((1, 1), 2, kind), np.zeros(1, kind)
        for index in (np.int32, np.int64):
            starts, genes = np.array([0, 1], index), np.zeros(1, index)
            ranking.rank_rows(starts, genes, np.ones(1, np.uint64), 1, ranks, low)
        ranking.add_logs(ranks, np.zeros(3), 0, 1, np.zeros(1), np.zeros(1))
        scores.score_batch(
            *(ranks, low, np.zeros(3, np.float32), np.zeros(1, np.float32)),
            *(np.zeros((22, 1), np.uint8), rows[:, None], weights[:, None]),
            *(np.float32(1.5), np.float32(0), np.uint8(0), np.zeros((1, 1), np.uint16)),
        )
    _compile_regression()


def _compile_regression() -> None:
    wide, starts, genes = moments.SPOTS, np.array([0, 1], np.int64), np.zeros(1, np.int32)
    edges = np.array([0, 1])
    for kind in (np.float32, np.float64):
        one, spots = np.ones(1, kind), np.zeros(wide, kind)
        ld, omega, along = (np.zeros((1, wide), kind) for _ in range(3))
        moments.ld_scores(starts, genes, one, np.zeros((1, wide), kind), 0, ld)
        moments.weigh(ld, one, spots, one, one, one, omega, along, spots.copy())
        moments.pair_products(np.ones((1, 2), kind), one, np.zeros((1, 5), kind))
    one, table = np.ones(1, np.float32), np.zeros((1, wide), np.float32)
    chunks.turned(np.zeros((wide, 1), np.float32), table)
    chunks.mean_products(table, np.ones(1), np.zeros(wide))
    chunks.without_signal(starts, genes, one, table, np.zeros(wide, np.bool_))
    spots = np.zeros(wide, np.float32)
    moments.moments_of_two(
        *(starts, genes, one, table, spots, one, one, one, one, one, one, one, edges),
        np.zeros((1, wide, moments.SUMS)),
    )
    flat, deep = np.zeros((1, wide)), np.zeros((1, 1, wide))
    solving.delete_one(flat, deep, flat, deep, deep, np.zeros(wide), flat.copy())
