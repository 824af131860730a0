"""Synthetic tissue with planted domains, a map of SNPs to genes, and traits: all of it seeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tissue:
    """Spots on a jittered grid, in domains that have marker genes.

    Parameters
    ----------
    counts : (n, G) CSR of float32
    places, embedding : (n, 2), (n, d) array
    domains : (n,) array of int64
    markers : (domains, m) array of int64
        Genes that are more often expressed in each domain.
    """

    counts: Any
    places: Floats
    embedding: Floats
    domains: NDArray[np.int64]
    markers: NDArray[np.int64]


def made_tissue(
    spots: int,
    genes: int,
    rng: np.random.Generator,
    *,
    domains: int = 6,
    density: float = 0.3,
    up: float = 4.0,
    share: float = 0.03,
) -> Tissue:
    """Tissue with log-normal means of genes and depths of spots, and Poisson counts.

    Parameters
    ----------
    density : float
        Expected share of counts above 0, without markers.
    up : float
        How many times as often markers are expressed in their domain.
    share : float
        Of the genes that mark each domain.
    """
    side = int(np.ceil(np.sqrt(spots)))
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)[:spots]
    places = grid + rng.uniform(-0.2, 0.2, (spots, 2))
    seeds = rng.uniform(0, side, (domains, 2))
    domain = ((places[:, None] - seeds) ** 2).sum(-1).argmin(1)
    spread, depth = rng.normal(0, 1.2, genes), np.exp(rng.normal(0, 0.3, spots))
    mean = np.exp(_level(spread, density) + spread)
    markers = rng.permutation(genes)[: domains * int(share * genes)].reshape(domains, -1)
    factor = np.ones((domains, genes))
    for place, own in enumerate(markers):
        factor[place, own] = up
    parts = []
    for first in range(0, spots, 500):
        part = slice(first, first + 500)
        drawn = rng.poisson(mean * factor[domain[part]] * depth[part, None]).astype(np.float32)
        parts.append(sparse.csr_matrix(drawn))
    noise = rng.normal(0, 0.4, (spots, domains))
    embedding = 3 * np.eye(domains)[domain] + noise + 1
    return Tissue(sparse.vstack(parts, format="csr"), places, embedding, domain, markers)


def _level(spread: Floats, density: float) -> float:
    """Mean log mean at which that share of counts is above 0, by bisection."""
    low, high = -14.0, 4.0
    for _ in range(50):
        middle = (low + high) / 2
        above = 1 - np.exp(-np.exp(middle + spread)).mean()
        low, high = (middle, high) if above < density else (low, middle)
    return middle


def made_map(snps: int, genes: int, rng: np.random.Generator, per_snp: int = 8) -> Any:
    """SNPs × genes and, last, what is outside genes: windows that move along the genome.

    Returns
    -------
    (snps, genes + 1) CSR of float32
    """
    centre = np.linspace(0, genes - 1, snps).astype(np.int64)
    columns = np.clip(centre[:, None] + rng.integers(-6, 7, (snps, per_snp)), 0, genes - 1)
    values = rng.gamma(1.0, 4.0, (snps, per_snp)).astype(np.float32)
    outside = rng.gamma(2.0, 10.0, snps).astype(np.float32)
    rows = np.repeat(np.arange(snps), per_snp)
    return sparse.csr_matrix(
        (
            np.concatenate([values.ravel(), outside]),
            (
                np.concatenate([rows, np.arange(snps)]),
                np.concatenate([columns.ravel(), np.full(snps, genes)]),
            ),
        ),
        (snps, genes + 1),
    )


def made_trait(
    baseline: Floats,
    rng: np.random.Generator,
    *,
    enriched: Floats | None = None,
    effect: float = 0.0,
    base: float = 2e-8,
    samples: int = 100_000,
) -> tuple[Floats, Floats]:
    """χ² and N of independent SNPs: the model itself, so a trait without effect is exactly null.

    Parameters
    ----------
    baseline : (snps, K) array
    enriched : (snps,) array or None
        LD scores in which heritability is planted.
    effect, base : float
        Heritability that a unit of `enriched`, and of the baseline's first column, brings.
    samples : int
        Largest N.
    """
    count = np.round(samples * rng.uniform(0.9, 1.0, len(baseline)))
    own = 0.0 if enriched is None else effect * enriched
    return (1 + count * (base * baseline[:, 0] + own)) * rng.chisquare(1, len(baseline)), count
