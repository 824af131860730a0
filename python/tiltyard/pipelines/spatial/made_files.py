"""Files of a made tissue and trait: an example to try commands on, and the work of a study."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.h5ad.writing import write_h5ad
from tiltyard.pipelines.spatial.simulating import Tissue, made_map, made_tissue, made_trait

#: Name of a made tissue's file.
TISSUE = "tissue.h5ad"
#: Heritability that a unit of LD score with planted genes brings.
_PLANTED = 2e-6
#: Bases over which the SNPs of a chromosome are spread at most.
_CHROMOSOME = 240_000_000


def write_tissue(folder: Path, made: Tissue) -> Path:
    """Write a made tissue; its embedding is `emb`, its annotation `domain`."""
    count, genes = made.counts.shape
    path = folder / TISSUE
    write_h5ad(
        path,
        spots=[f"spot{one}" for one in range(count)],
        genes=[f"GENE{one}" for one in range(genes)],
        matrix=made.counts,
        columns={"domain": [f"domain{one}" for one in made.domains]},
        obsm={"spatial": made.places, "emb": made.embedding},
    )
    return path


def write_example(folder: Path, spots: int, genes: int, snps: int, *, seed: int) -> None:
    """Write a tissue, a map, LD scores and a trait enriched in markers of the largest domain."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    made = made_tissue(spots, genes, rng)
    write_tissue(folder, made)
    weights = made_map(snps, genes, rng)
    write_trait(folder, weights, rng, made.markers[np.bincount(made.domains).argmax()])


def write_trait(folder: Path, weights: Any, rng: np.random.Generator, planted: Any = None) -> None:
    """Write a map of SNPs to genes, LD scores, and the trait `height`.

    Parameters
    ----------
    folder : path
    weights : (SNPs, genes + 1) sparse array
        As `made_map` makes it.
    rng : Generator
    planted : index array or None
        Genes of which each unit of LD score brings heritability.
    """
    snps, genes = weights.shape[0], weights.shape[1] - 1
    names = [f"rs{one + 1}" for one in range(snps)]
    write_h5ad(
        folder / "map.h5ad",
        spots=names,
        genes=[*(f"GENE{one}" for one in range(genes)), "outside"],
        matrix=weights,
        columns={},
        obsm={},
    )
    whole, gene = (np.asarray(part.sum(1)).ravel() for part in (weights, weights[:, :-1]))
    per = snps // 22 + 1
    step = min(60_000, _CHROMOSOME // per)
    places = [(one // per + 1, 10_000 + step * (one % per)) for one in range(snps)]
    for name, columns in (
        ("baseline", {"base": whole, "all_gene": gene}),
        ("weights", {"L2": rng.gamma(2, 20, snps)}),
    ):
        lines = ["\t".join(["CHR", "SNP", "BP", *columns])]
        for row, (snp, (chromosome, place)) in enumerate(zip(names, places, strict=True)):
            own = (f"{values[row]:.6g}" for values in columns.values())
            lines.append("\t".join([str(chromosome), snp, str(place), *own]))
        _write(folder / f"{name}.l2.ldscore.gz", lines)
    (folder / "baseline.l2.M_5_50").write_text(f"{snps * 10} {snps * 4}\n", encoding="ascii")
    enriched = None if planted is None else np.asarray(weights[:, planted].sum(1)).ravel()
    chi2, samples = made_trait(
        np.column_stack([whole, gene]), rng, enriched=enriched, effect=_PLANTED
    )
    z = np.sqrt(chi2) * rng.choice([-1, 1], snps)
    lines = ["SNP\tN\tZ"]
    lines += [f"{snp}\t{n:.0f}\t{own:.5f}" for snp, n, own in zip(names, samples, z, strict=True)]
    _write(folder / "height.sumstats.gz", lines)


def _write(path: Path, lines: list[str]) -> None:
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode())
