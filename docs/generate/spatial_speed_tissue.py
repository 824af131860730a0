"""Made tissue and traits for docs/generate/spatial_speed.py, a block of spots at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy import sparse

from tiltyard.pipelines.spatial import made_files
from tiltyard.pipelines.spatial.h5ad.writing import write_h5ad
from tiltyard.pipelines.spatial.simulating import made_map

#: Spots that are drawn at once.
BLOCK = 500
DOMAINS = 6


def write_tissue(path: Path, spots: int, genes: int, density: float, seed: int = 1) -> Path:
    """Write tissue whose embedding is `emb` and whose annotation is `domain`.

    The model is that of `made_tissue`: Poisson counts, log-normal means of genes and depths of
    spots, marker genes of each domain. No matrix of all of it is ever in memory.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(spots)))
    place = np.arange(spots)
    places = np.column_stack([place % side, place // side]) + rng.uniform(-0.2, 0.2, (spots, 2))
    seeds = rng.uniform(0, side, (DOMAINS, 2))
    domain = np.stack([((places - one) ** 2).sum(1) for one in seeds]).argmin(0)
    spread = rng.normal(0, 1.2, genes)
    level = _level(spread, density)
    mean = np.exp(level + spread).astype(np.float32)
    means = np.tile(mean, (DOMAINS, 1))
    markers = rng.permutation(genes)[: DOMAINS * (3 * genes // 100)].reshape(DOMAINS, -1)
    for own, those in zip(means, markers, strict=True):
        own[those] *= 4
    depth = np.exp(rng.normal(0, 0.3, spots)).astype(np.float32)
    write_h5ad(
        path,
        spots=[f"spot{one}" for one in range(spots)],
        genes=[f"GENE{one}" for one in range(genes)],
        matrix=sparse.csr_matrix((spots, genes), dtype=np.float32),
        columns={"domain": [f"domain{one}" for one in domain]},
        obsm={
            "spatial": places,
            "emb": 3 * np.eye(DOMAINS)[domain] + rng.normal(0, 0.4, (spots, DOMAINS)) + 1,
        },
    )
    with h5py.File(path, "r+") as file:
        matrix = file["X"]
        for name, kind in (("data", np.float32), ("indices", np.int32)):
            del matrix[name]
            matrix.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(1 << 18,))
        starts = np.zeros(spots + 1, np.int64)
        for first in range(0, spots, BLOCK):
            own = slice(first, first + BLOCK)
            counts = _drawn(means[domain[own]] * depth[own, None], rng)
            starts[first + 1 : first + 1 + counts.shape[0]] = starts[first] + counts.indptr[1:]
            for name, values in (("data", counts.data), ("indices", counts.indices)):
                before = len(matrix[name])
                matrix[name].resize((before + len(values),))
                matrix[name][before:] = values
        del matrix["indptr"]
        matrix.create_dataset("indptr", data=starts)
    return path


def _drawn(mean: Any, rng: np.random.Generator) -> Any:
    """Poisson counts with these means: a uniform number says whether there is a first event."""
    uniform = rng.random(mean.shape, np.float32)
    rows, columns = np.nonzero(uniform < -np.expm1(-mean))
    # What is left of the unit of time behind the first event has events of its own.
    rest = mean[rows, columns].astype(np.float64) + np.log1p(-uniform[rows, columns])
    counts = 1 + rng.poisson(np.maximum(rest, 0))
    shape = (counts.astype(np.float32), (rows, columns))
    return sparse.csr_matrix(shape, mean.shape)


def _level(spread: Any, density: float) -> float:
    """Mean log mean at which that share of counts is above 0, by bisection."""
    low, high = -14.0, 4.0
    for _ in range(50):
        middle = (low + high) / 2
        above = 1 - np.exp(-np.exp(middle + spread)).mean()
        low, high = (middle, high) if above < density else (low, middle)
    return low


def write_trait(folder: Path, genes: int, snps: int, seed: int = 2) -> list[str]:
    """Write a map, a baseline, weights and a null trait; returns the options that name them."""
    rng = np.random.default_rng(seed)
    made_files.write_trait(folder, made_map(snps, genes, rng), rng)
    return [
        *(f"--snp-gene={folder / 'map.h5ad'}", f"--weights={folder / 'weights.l2.ldscore.gz'}"),
        *(f"--baseline={folder / 'baseline.l2.ldscore.gz'}", "--trait=height"),
        f"--sumstats={folder / 'height.sumstats.gz'}",
    ]
