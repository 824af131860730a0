"""The regression once more: each delete-one fit made anew by least squares on the rows left."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np


def fitted(ld, baseline, chi2, samples, weights, blocks, scale=True):
    """beta, standard error and the weights' constant of one spot."""
    n, mean = len(ld), math.fsum(samples) / len(ld)
    totals = [ld[i] + math.fsum(baseline[i]) for i in range(n)]
    mean_product = math.fsum(x * s for x, s in zip(totals, samples, strict=True)) / n
    constant = 10_000 * (math.fsum(chi2) / n - 1) / mean_product
    clipped = min(max(constant, 0.0), 1.0)
    rows = []
    for i in range(n):
        c = clipped * samples[i] / 10_000
        variance = 2 * (1 + c * max(totals[i], 1)) ** 2 * max(weights[i], 1)
        scaled = samples[i] / mean
        spatial = ld[i] * scaled if scale else ld[i]
        row = [spatial, *(one * scaled for one in baseline[i]), 1.0, chi2[i]]
        rows.append([value / math.sqrt(variance) for value in row])
    table = np.array(rows)
    bounds = [math.floor(k * n / blocks) for k in range(blocks + 1)]

    def first(kept):
        return np.linalg.lstsq(kept[:, :-1], kept[:, -1], rcond=None)[0][0]

    whole = first(table)
    values = []
    for a, z in pairwise(bounds):
        values.append(blocks * whole - (blocks - 1) * first(np.delete(table, np.s_[a:z], axis=0)))
    centre = math.fsum(values) / blocks
    variance = math.fsum((one - centre) ** 2 for one in values) / (blocks - 1)
    return centre / mean, math.sqrt(variance / blocks) / mean, constant
