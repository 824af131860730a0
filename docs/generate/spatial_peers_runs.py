"""What docs/generate/spatial_peers.py times: ours here, kernels of others in their process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tiltyard.pipelines.pipeline import Work, Workload
from tiltyard.pipelines.spatial.benchmark import peers
from tiltyard.pipelines.spatial.heritability.prepared import SPOTS, Prepared
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.implementations import implementation
from tiltyard.pipelines.spatial.implementations.contract import Batch, Genes
from tiltyard.pipelines.spatial.made_files import write_example, write_tissue
from tiltyard.pipelines.spatial.neighbouring.choosing import groups_of, morton, similar_of
from tiltyard.pipelines.spatial.rule.formulas import NEIGHBOURS, formula
from tiltyard.pipelines.spatial.rule.neighbours import Spots
from tiltyard.pipelines.spatial.rule.ranking import doubled_ranks
from tiltyard.pipelines.spatial.rule.regression import Trait
from tiltyard.pipelines.spatial.simulating import made_map, made_tissue, made_trait

#: Name of our run.
OURS = "ours"
#: Runs its work, and returns the CPU seconds of all threads and children.
Run = Callable[[], float]
Maker = Callable[[Path], AbstractContextManager[Mapping[str, Run]]]
#: Genes that the map of a regression has.
GENES = 2000


def timed(work: Callable[[], Any]) -> Run:
    """A run of `work` in this process."""

    def run() -> float:
        before = time.process_time()
        work()
        return time.process_time() - before

    return run


def started(command: Sequence[str], fresh: Path | None = None, cwd: Path | None = None) -> Run:
    """A run of a program, from its start to its end, on one core.

    Parameters
    ----------
    command : sequence of str
    fresh : path, optional
        Folder that is removed before, so that nothing of it is taken for done.
    cwd : path, optional
    """

    def run() -> float:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
        core = min(os.sched_getaffinity(0))
        with subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            preexec_fn=partial(os.sched_setaffinity, 0, {core}),
        ) as child:
            assert child.stdout is not None
            said = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            words = " ".join(map(str, command))
            raise SystemExit(f"{words}: {said.decode(errors='replace')[-2000:]}")
        return usage.ru_utime + usage.ru_stime

    return run


class Scored:
    """A batch of the middle of a made tissue, for our kernel and for theirs.

    Parameters
    ----------
    batch, genes : int
    density : float
    """

    def __init__(self, batch: int, genes: int, density: float) -> None:
        own = formula("B")
        made = made_tissue(4 * batch, genes, np.random.default_rng(1), density=density)
        counts = made.counts.toarray()
        spots = Spots(made.places, made.embedding, made.domains)
        ranks, carriers = doubled_ranks(counts), (counts > 0).sum(0)
        rows, weights = _neighbours(spots, own)
        chosen = morton(made.places)[len(ranks) // 2 :][:batch]
        unique, local = np.unique(rows[chosen], return_inverse=True)
        mean = np.log(ranks / 2.0).mean(0)
        self.local = local.reshape(batch, NEIGHBOURS).astype(np.int32)
        self.weights = weights[chosen]
        self.ranks = ranks[unique]
        self.genes = Genes(own, len(ranks), mean, carriers, genes)
        self.scorer = implementation("numba-fused").scorer(self.genes)
        self.batch = Batch(
            self.ranks, self.ranks.min(1), self.local[:, None], self.weights[:, None]
        )
        self.out = np.empty((batch, genes), np.uint16)

    def score(self) -> None:
        """Ours, from ranks to scores."""
        self.scorer(self.batch, self.out)

    def arrays(self) -> dict[str, Any]:
        """The same for `gsmap3d_kernels`."""
        return {
            "ranks": np.log(self.ranks / 2.0).astype(np.float16),
            "local": self.local,
            "weights": self.weights,
            "mean": self.genes.mean_log.astype(np.float32),
            "fraction": (self.genes.carriers / self.genes.spots).astype(np.float32),
        }


def _neighbours(spots: Spots, own: Any) -> tuple[Any, Any]:
    """Rows and weights of all spots, (n, k); a spot without so many has itself, of weight 0."""
    count = len(spots.places)
    rows, weights = np.zeros((count, NEIGHBOURS), int), np.zeros((count, NEIGHBOURS), np.float32)
    similar, ways = similar_of(spots, own), implementation("numba-fused")
    for members in groups_of(spots):
        found = ways.neighbours(spots, members, similar, own.candidates, 1)
        near = found.rows[:, 0]
        rows[found.spots] = np.where(near < 0, found.spots[:, None], near)
        weights[found.spots] = found.weights[:, 0]
    return rows, weights


class Regressed:
    """A chunk of spots and a trait, for our kernel and for theirs.

    Parameters
    ----------
    snps, columns : int
        Columns of the baseline.
    blocks : int
    scale : bool
        Whether the spot's LD scores are scaled by N; gsmap3d's are not.
    """

    def __init__(self, snps: int, columns: int, blocks: int = 200, *, scale: bool = False) -> None:
        rng = np.random.default_rng(2)
        own = made_map(snps, GENES, rng)
        parts = [np.asarray(part.sum(1)).ravel() for part in (own, own[:, :-1])]
        # Others of an annotation's kind: a tenth of the genome each.
        parts += [parts[0] * (rng.random(snps) < 0.1) for _ in range(columns - 2)]
        self.map, self.blocks = own[:, :-1].tocsr(), blocks
        baseline = np.column_stack(parts)
        scores = np.zeros((SPOTS, GENES), np.float32)
        drawn = rng.random(scores.shape) < 0.3
        scores[drawn] = rng.gamma(2, 1.5, int(drawn.sum())) + 1.72
        self.scores = scores
        chi2, samples = made_trait(baseline, rng)
        self.trait = Trait(
            *(baseline, np.minimum(chi2, 79), samples, rng.gamma(2, 20, snps), blocks),
            scale_spatial=scale,
        )
        self.prepared = Prepared(self.trait, self.map)
        self.regressor = way("numba-fused").regressor(self.prepared, 32)

    def regress(self) -> Any:
        """Ours, its sparse product among it."""
        return self.regressor(self.scores)

    def arrays(self) -> dict[str, Any]:
        """The same for `gsmap3d_kernels`."""
        return {
            "ld": np.asarray(self.map @ self.scores.T, np.float32),
            "baseline": self.trait.baseline,
            "chi2": self.trait.chi2,
            "samples": self.trait.samples,
            "weights_ld": self.trait.weights,
            "blocks": self.blocks,
            "scores": self.scores,
            **{f"map_{part}": getattr(self.map, part) for part in ("data", "indices", "indptr")},
        }


def asked(ask: peers.Ask, *names: str) -> dict[str, Run]:
    """Runs of kernels of others."""

    def run(name: str) -> float:
        return ask(name)["cpu"]

    return {name: partial(run, name) for name in names}


def scores(batch: int, genes: int, density: float) -> Maker:
    """Scores of a batch."""

    @contextmanager
    def make(folder: Path) -> Iterator[Mapping[str, Run]]:
        work = Scored(batch, genes, density)
        with peers.kernels(work.arrays(), folder) as ask:
            yield {OURS: timed(work.score), **asked(ask, "scores", "scores-worker")}

    return make


def regression(snps: int, columns: int) -> Maker:
    """The regression of a chunk."""

    @contextmanager
    def make(folder: Path) -> Iterator[Mapping[str, Run]]:
        work = Regressed(snps, columns)
        with peers.kernels(work.arrays(), folder) as ask:
            theirs = asked(ask, "regression", "regression-lowmem", "end-to-end")
            yield {OURS: timed(work.regress), **theirs}

    return make


def ours(*words: object) -> list[str]:
    """A command of ours."""
    return [str(Path(sys.executable).with_name("tiltyard")), "spatial", *map(str, words)]


def specificity_commands(spots: int, genes: int) -> Maker:
    """From an h5ad file to scores on the disk."""

    @contextmanager
    def make(folder: Path) -> Iterator[Mapping[str, Run]]:
        tissue = write_tissue(folder, made_tissue(spots, genes, np.random.default_rng(3)))
        facts = {"embedding": "emb", "annotation": "domain"}
        work = Work(Workload("made"), {"tissue": [tissue]}, {"spots": spots}, facts)
        theirs, own = folder / "theirs", folder / "ours"
        words = ("--embedding", "emb", "--annotation", "domain", "--compute-workers", 1, "--quiet")
        yield {
            OURS: started(ours("specificity", tissue, *words, "--output", own), own),
            "gsmap3d": started(peers.command(1, work, theirs), theirs),
        }

    return make


def formula_a_commands(spots: int, genes: int) -> Maker:
    """The same by formula A, which gsmap has."""

    @contextmanager
    def make(folder: Path) -> Iterator[Mapping[str, Run]]:
        tissue = write_tissue(folder, made_tissue(spots, genes, np.random.default_rng(3)))
        own = folder / "ours"
        words = ("--embedding", "emb", "--annotation", "domain", "--compute-workers", 1, "--quiet")
        call = ours("specificity", tissue, "--formula", "A", *words, "--output", own)
        yield {
            OURS: started(call, own),
            "gsmap": started(peers.command_a(tissue, folder / "theirs"), None, folder),
        }

    return make


def ldsc_commands(spots: int, genes: int, snps: int) -> Maker:
    """One trait on scores of gsMap3D, which both read, with its settings in ours."""

    @contextmanager
    def make(folder: Path) -> Iterator[Mapping[str, Run]]:
        write_example(folder, spots, genes, snps, seed=4)
        work = Work(
            *(Workload("made"), {"tissue": [folder / "tissue.h5ad"]}, {"spots": spots}),
            {"embedding": "emb", "annotation": "domain"},
        )
        theirs, own = folder / "theirs", folder / "ours"
        started(peers.command(1, work, theirs))()
        call = peers.ldsc_command(folder, theirs, "height")
        results = theirs / peers.PROJECT / "spatial_ldsc"
        yield {
            OURS: started(
                ours(
                    *("ldsc", "--scores", (theirs / peers.SCORES).parent, "--threads", 1),
                    *("--snp-gene", folder / "map.h5ad", "--trait", "height", "--quiet"),
                    *("--weights", folder / "weights.l2.ldscore.gz", "--output", own),
                    *("--sumstats", folder / "height.sumstats.gz", "--block-rule", "equal"),
                    *("--spatial-scale", "off"),
                ),
                own,
            ),
            "gsmap3d": started(call, results),
        }

    return make
