"""Stratified LD score regression of a trait on one spot, with a block jackknife.

After Bulik-Sullivan et al., Nature Genetics 2015, and Finucane et al., Nature Genetics 2015.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: SNPs over which the weights' constant is spread: it is no number of SNPs of anything.
SPREAD = 10_000.0
#: Blocks of the jackknife.
BLOCKS = 200
#: Least share of a spot's own variation that the baseline may leave.
LEAST_SHARE = 1e-10
#: Statuses of a spot.
OK, NO_SIGNAL, SINGULAR = "ok", "no_signal", "singular"


@dataclass(frozen=True)
class Trait:
    """What a regression has of a trait and its SNPs, in the order of the genome.

    Parameters
    ----------
    baseline : (n, K) array
        LD scores of the baseline's columns.
    chi2, samples, weights : (n,) array
        χ² statistic, sample size N, and LD score of the regression's weights of each SNP.
    blocks : int
        Of the jackknife.
    scale_spatial : bool
        Whether the spot's LD scores are scaled by N / mean N, as the baseline's are.
    own_mean : float
        Mean of N, if it is not that of `samples`: that before SNPs at the end were cut.
    """

    baseline: Floats
    chi2: Floats
    samples: Floats
    weights: Floats
    blocks: int = BLOCKS
    scale_spatial: bool = True
    own_mean: float = 0.0

    @property
    def mean_samples(self) -> float:
        """Mean sample size."""
        return self.own_mean or float(self.samples.mean())

    @property
    def base(self) -> Floats:
        """Sum of the baseline's columns, (n,), in 64 bits also of columns in 32."""
        total: Floats = self.baseline.sum(1, dtype=np.float64)
        return total


@dataclass(frozen=True)
class Estimate:
    """What the regression says of one spot.

    Parameters
    ----------
    beta, se : float
        Heritability that a unit of the spot's LD score brings, and its standard error; NaN
        unless the status is ``ok``.
    h2_weight : float
        The constant of the weights, not clipped. It is no heritability.
    status : str
    """

    beta: float
    se: float
    h2_weight: float
    status: str


def edges(count: int, blocks: int) -> NDArray[np.int64]:
    """Where the jackknife's blocks begin, and where the last one ends."""
    return np.floor(np.linspace(0, count, blocks + 1)).astype(np.int64)


def constant_of(mean_chi2: float, mean_product: float, spread: float = SPREAD) -> float:
    """``spread`` (mean χ² - 1) / mean of x N; a heritability if `spread` is the SNPs of x."""
    return spread * (mean_chi2 - 1) / mean_product


def row_weights(ld: Floats, trait: Trait) -> tuple[Floats, float]:
    """Weight of each row, which add up to 1, and the constant that they follow."""
    total = ld + trait.base
    constant = constant_of(trait.chi2.mean(), (total * trait.samples).mean())
    slope = np.clip(constant, 0, 1) * trait.samples / SPREAD
    over = np.maximum(trait.weights, 1)
    omega = 1 / (2 * (1 + slope * np.maximum(total, 1)) ** 2 * over)
    root = np.sqrt(omega)
    return root / root.sum(), constant


def estimate(ld: Floats, trait: Trait) -> Estimate:
    """Regress the trait on one spot's LD scores `ld`, (n,)."""
    weight, constant = row_weights(ld, trait)
    if np.ptp(ld) == 0:
        return Estimate(math.nan, math.nan, constant, NO_SIGNAL)
    scale = trait.samples / trait.mean_samples
    spatial = ld * scale if trait.scale_spatial else ld
    columns = np.column_stack([spatial, trait.baseline * scale[:, None], np.ones(len(ld))])
    X, y = columns * weight[:, None], trait.chi2 * weight
    bounds = edges(len(y), trait.blocks)
    squares = np.array([X[a:z].T @ X[a:z] for a, z in pairwise(bounds)])
    products = np.array([X[a:z].T @ y[a:z] for a, z in pairwise(bounds)])
    whole, right = squares.sum(0), products.sum(0)
    found = solved(whole, right)
    without = [solved(whole - own, right - at) for own, at in zip(squares, products, strict=True)]
    if found is None or any(one is None for one in without):
        return Estimate(math.nan, math.nan, constant, SINGULAR)
    pseudo = trait.blocks * found - (trait.blocks - 1) * np.array(without, np.float64)
    error = math.sqrt(pseudo.var(ddof=1) / trait.blocks)
    mean = trait.mean_samples
    return Estimate(float(pseudo.mean()) / mean, error / mean, constant, OK)


def solved(squares: Floats, products: Floats) -> float | None:
    """First coefficient of the normal equations; None where the others leave nothing of it."""
    try:
        others = np.linalg.solve(squares[1:, 1:], squares[1:, 0])
    except np.linalg.LinAlgError:
        return None
    left = squares[0, 0] - squares[0, 1:] @ others
    if not left > LEAST_SHARE * squares[0, 0]:
        return None
    return float((products[0] - others @ products[1:]) / left)
