"""Made tissue and made traits on it: calibration under no enrichment, and power under planted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.heritability.prepared import SPOTS, Prepared
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.made_files import write_tissue
from tiltyard.pipelines.spatial.rule.regression import Trait
from tiltyard.pipelines.spatial.rule.statistics import largest_chi2, p_values
from tiltyard.pipelines.spatial.simulating import made_map, made_tissue, made_trait
from tiltyard.pipelines.spatial.store import Store

Floats = NDArray[np.float64]


class Trials:
    """A made tissue, scored by the command, and traits that are regressed on its spots.

    Parameters
    ----------
    folder : path
        Of files in between.
    spots, genes, snps, blocks : int
    seed : int
    """

    def __init__(
        self, folder: Path, *, spots: int, genes: int, snps: int, blocks: int = 200, seed: int = 1
    ) -> None:
        rng = np.random.default_rng(seed)
        self.tissue = made_tissue(spots, genes, rng)
        self.scores = scored(write_tissue(folder, self.tissue), folder / "scores")
        own = made_map(snps, genes, rng)
        whole, gene = (np.asarray(part.sum(1)).ravel() for part in (own, own[:, :-1]))
        self.weights, self.blocks = own[:, :-1].tocsr(), blocks
        self.baseline = np.column_stack([whole, gene])
        self.ld_weights = rng.gamma(2, 20, snps)
        self.largest = int(np.bincount(self.tissue.domains).argmax())
        self.planted = np.asarray(self.weights[:, self.tissue.markers[self.largest]].sum(1)).ravel()

    def middles(self) -> NDArray[np.int64]:
        """The spot of each domain that is nearest to its centre."""
        found = []
        for domain in np.unique(self.tissue.domains):
            own = np.flatnonzero(self.tissue.domains == domain)
            places = self.tissue.places[own]
            found.append(own[((places - places.mean(0)) ** 2).sum(1).argmin()])
        return np.array(found)

    def sample(self, most: int) -> NDArray[np.int64]:
        """At most so many spots of each domain, evenly over it."""
        found = []
        for domain in np.unique(self.tissue.domains):
            own = np.flatnonzero(self.tissue.domains == domain)
            found.append(own[np.linspace(0, len(own) - 1, min(most, len(own))).astype(int)])
        return np.concatenate(found)

    def z(self, spots: Sequence[int] | NDArray[np.int64], seed: int, effect: float = 0.0) -> Floats:
        """Z of spots for one trait, whose effect is planted in markers of the largest domain."""
        rng = np.random.default_rng(seed)
        chi2, samples = made_trait(self.baseline, rng, enriched=self.planted, effect=effect)
        kept = chi2 < largest_chi2(float(samples.max()))
        trait = Trait(
            *(self.baseline[kept], chi2[kept], samples[kept], self.ld_weights[kept], self.blocks)
        )
        regress = way("numba-fused").regressor(Prepared(trait, self.weights[kept]), 32)
        found = np.empty(len(spots))
        for first in range(0, len(spots), SPOTS):
            own = self.scores[spots[first : first + SPOTS]]
            chunk = np.zeros((SPOTS, own.shape[1]), np.float32)
            chunk[: len(own)] = own
            estimates = regress(chunk).of(0, len(own))
            found[first : first + len(own)] = estimates.beta / estimates.se
        return found

    def null_z(self, spots: NDArray[np.int64], traits: Iterable[int]) -> Floats:
        """Z of spots for traits without enrichment, (traits, spots); each trait is its seed."""
        return np.array([self.z(spots, seed) for seed in traits])


def scored(tissue: Path, output: Path) -> NDArray[np.float32]:
    """Scores of all spots by the command, in the order of the file."""
    command = [str(Path(sys.executable).with_name("tiltyard")), "spatial", "specificity"]
    words = ["--embedding", "emb", "--annotation", "domain", "--min-group", "1", "--quiet"]
    done = subprocess.run(
        [*command, str(tissue), *words, "--output", str(output)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{tissue}: {done.stderr[-2000:]}")
    store = Store(output)
    found: Any = store.read(0, store.count).astype(np.float32)
    store.close()
    return found


def one_sided(z: Floats) -> Floats:
    """P(Normal > z)."""
    return p_values(z)[0]
