"""Gene specificity once more, in Python's own numbers and loops, from the definition alone."""

from __future__ import annotations

import math
from fractions import Fraction


def average_ranks(counts):
    """Rank of each gene: those below it, and half of those equal to it with itself."""
    return [
        Fraction(sum(other < one for other in counts))
        + Fraction(1 + sum(other == one for other in counts), 2)
        for one in counts
    ]


def nearest(places, groups, spot, most):
    """Candidates: itself, then those of its annotation by distance, then row."""
    others = sorted(
        (sum((a - b) ** 2 for a, b in zip(places[one], places[spot], strict=True)), one)
        for one in range(len(places))
        if one != spot and groups[one] == groups[spot]
    )[: most - 1]
    return [row for _, row in sorted([(0, spot), *others])]


def cosine(a, b):
    lengths = [math.sqrt(math.fsum(x * x for x in one)) for one in (a, b)]
    if 0 in lengths:
        return 0.0
    product = math.fsum(x * y for x, y in zip(a, b, strict=True)) / (lengths[0] * lengths[1])
    return float(Fraction(round(Fraction(product) * 2**24), 2**24))  # half to even


def chosen(places, embedding, groups, spot, *, formula, most, k=21, niche=None):
    """(row, weight) of each neighbour."""
    near = nearest(places, groups, spot, most)
    similar = {row: cosine(embedding[row], embedding[spot]) for row in near}
    if formula == "B":
        similar = {row: max(value, 0.0) for row, value in similar.items()}
    score = dict(similar)
    if formula == "B" and niche is not None:
        for row in near:
            score[row] += 2 * (cosine(niche[row], niche[spot]) >= 0.6)
    first = sorted(near, key=lambda row: (-score[row], near.index(row)))[:k]
    if formula == "A":
        return [(row, 1 / len(first)) for row in first]
    total = math.fsum(similar[row] for row in first)
    return [(row, similar[row] / total if total else 0.0) for row in first]


def scores(counts, neighbours, formula):
    """Scores of all spots and genes, and the logarithms of m that they come from."""
    ranks = [average_ranks(row) for row in counts]
    logs = [[math.log(rank) for rank in row] for row in ranks]
    n, genes = len(counts), len(counts[0])
    mean = [math.fsum(row[g] for row in logs) / n for g in range(genes)]
    carriers = [sum(row[g] > 0 for row in counts) for g in range(genes)]
    found, log_ms = [], []
    for near in neighbours:
        used = [(row, weight) for row, weight in near if weight > 0]
        own, own_logs = [], []
        for g in range(genes):
            log_m = math.fsum(weight * logs[row][g] for row, weight in used) - mean[g]
            if formula == "A":
                expressed = sum(counts[row][g] > 0 for row, _ in used)
            else:
                expressed = sum(ranks[row][g] > min(ranks[row]) for row, _ in used)
            often = expressed * n > carriers[g] * len(used)
            m = math.exp(log_m)
            enough = m > 1 if formula == "A" else m >= 1
            power = 1.0 if formula == "A" else 1.5
            own.append(math.expm1(m**power) if used and often and enough else 0.0)
            own_logs.append(log_m)
        found.append(own)
        log_ms.append(own_logs)
    return found, log_ms
