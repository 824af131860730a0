"""What docs/generate/spatial_speed.py times: parts here, whole commands in processes of theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from scipy import sparse

from tiltyard.pipelines.spatial.heritability.prepared import SPOTS, Prepared
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.implementations import implementation
from tiltyard.pipelines.spatial.implementations.contract import Batch, Genes
from tiltyard.pipelines.spatial.kernels.moments import RUN, ld_scores
from tiltyard.pipelines.spatial.kernels.ranking import rank_rows
from tiltyard.pipelines.spatial.kernels.scores import TILE, exp32
from tiltyard.pipelines.spatial.neighbouring.choosing import groups_of, morton, similar_of
from tiltyard.pipelines.spatial.ranks import keys_of
from tiltyard.pipelines.spatial.rule.formulas import FORMULAS
from tiltyard.pipelines.spatial.rule.neighbours import Spots
from tiltyard.pipelines.spatial.rule.regression import Trait
from tiltyard.pipelines.spatial.simulating import made_map, made_tissue, made_trait

#: Spots with which the plain implementations work: all of them would take minutes.
PART = 16
#: Genes of the regressions, and SNPs of the map at each.
GENES, PER_SNP = 2000, 8
FORMULA = FORMULAS["B"]


class Times(NamedTuple):
    """Seconds of one run, and the spots that it did.

    Attributes
    ----------
    cpu, wall : float
    spots : int
    """

    cpu: float
    wall: float
    spots: int


Run = Callable[[], Times]


def timed(work: Callable[[], Any], spots: int) -> Run:
    """A run of `work` in this process, with all of its threads."""

    def run() -> Times:
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        return Times(time.process_time() - cpu, time.perf_counter() - wall, spots)

    return run


def started(command: list[str], spots: int, environment: Mapping[str, str] | None = None) -> Run:
    """A run of a program, from its start to its end."""

    def run() -> Times:
        found, _ = launched(command, environment)
        return Times(*found, spots)

    return run


def launched(
    command: list[str], environment: Mapping[str, str] | None = None
) -> tuple[tuple[float, float], float]:
    """CPU and wall seconds of a program, and the most memory that it had [MB]."""
    wall = time.perf_counter()
    given = None if environment is None else {**os.environ, **environment}
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=given)
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        raise SystemExit(f"{' '.join(command)}: {said.decode(errors='replace')[-2000:]}")
    wall = time.perf_counter() - wall
    return (usage.ru_utime + usage.ru_stime, wall), usage.ru_maxrss * 1024 / 1e6


@numba.njit(nogil=True, error_model="numpy")
def accumulate_and_exp(
    logs: Any, mean: Any, local: Any, weights: Any, power: Any, out: Any
) -> None:
    """Sums of ready logarithms and both exponentials: nothing of ranks, shares or float16."""
    b, k = local.shape
    sums = np.empty(TILE, np.float32)
    for first in range(0, logs.shape[1] - TILE + 1, TILE):
        for spot in range(b):
            sums[:] = 0
            for j in range(k):
                w, row = weights[spot, j], logs[local[spot, j], first : first + TILE]
                for t in range(TILE):
                    sums[t] += w * row[t]
            scores = out[spot, first : first + TILE]
            for t in range(TILE):
                x = sums[t] - mean[first + t]
                y = exp32(power * (x if x > np.float32(0) else np.float32(0)))
                scores[t] = exp32(y) - np.float32(1)


class Scores:
    """A batch from the middle of made tissue, and all that its scores need."""

    def __init__(self, spots: int, genes: int, density: float, batch: int) -> None:
        made = made_tissue(spots, genes, np.random.default_rng(1), density=density, domains=2)
        counts = made.counts
        self.spots = Spots(made.places, made.embedding, made.domains)
        self.similar = similar_of(self.spots, FORMULA)
        ranks, lowest = np.empty((spots, genes), np.uint16), np.empty(spots, np.uint16)
        rank_rows(counts.indptr, counts.indices, keys_of(counts.data), genes, ranks, lowest)
        mean = np.zeros(genes)
        for first in range(0, spots, 256):
            mean += np.log(ranks[first : first + 256] / 2.0).sum(0)
        carriers = np.bincount(counts.indices, minlength=genes)
        self.genes = Genes(FORMULA, spots, mean / spots, carriers, genes)
        self.members = max(groups_of(self.spots), key=len)
        found = self.neighbours()
        order = morton(made.places[found.spots])
        own = order[len(order) // 2 :][:batch]
        if len(own) < batch:
            raise SystemExit(f"the largest domain has {len(order)} spots, too few for {batch}")
        rows, weights = found.rows[own], found.weights[own]
        unique, local = np.unique(np.maximum(rows, 0), return_inverse=True)
        local = local.reshape(rows.shape).astype(np.int32)
        self.batch = Batch(ranks[unique], lowest[unique], local, weights)
        self.logs = np.log(self.batch.ranks / 2.0).astype(np.float32)

    def neighbours(self) -> Any:
        """Neighbours of the largest domain."""
        fused = implementation("numba-fused")
        return fused.neighbours(self.spots, self.members, self.similar, FORMULA.candidates, 1)

    def part(self, count: int) -> Batch:
        """The batch's first spots."""
        whole = self.batch
        return Batch(whole.ranks, whole.lowest, whole.local[:count], whole.weights[:count])

    def scorer(self, name: str, count: int = 0) -> Run:
        """A run of an implementation, on all of the batch or on its first spots."""
        batch = self.part(count) if count else self.batch
        score = implementation(name).scorer(self.genes)
        out = np.empty((len(batch.local), len(self.genes.carriers)), np.uint16)
        return timed(lambda: score(batch, out), len(out))

    def runs(self) -> dict[str, Run]:
        """All runs."""
        batch, power = self.batch, np.float32(FORMULA.power)
        out = np.empty((len(batch.local), self.logs.shape[1]), np.float32)
        mean = self.genes.mean_log.astype(np.float32)
        local, weights = batch.local[:, 0], batch.weights[:, 0]
        table = self.genes.logs().astype(np.float32)
        return {
            "ours": self.scorer("numba-fused"),
            "accumulate + exp": timed(
                lambda: accumulate_and_exp(self.logs, mean, local, weights, power, out), len(out)
            ),
            "look-up": timed(lambda: table[batch.ranks], len(out)),
            "reference": self.scorer("numpy-spot", PART),
            "matmul-batch": self.scorer("matmul-batch"),
            "neighbours": timed(self.neighbours, len(self.members)),
        }


class Regression:
    """A chunk of spots, and a trait with 2 or more columns of the baseline."""

    def __init__(self, snps: int, columns: int) -> None:
        rng = np.random.default_rng(9)
        weights = made_map(snps, GENES, rng, PER_SNP)
        whole, gene = (np.asarray(part.sum(1)).ravel() for part in (weights, weights[:, :-1]))
        more = [rng.gamma(0.5, 8.0, snps) for _ in range(columns - 2)]
        baseline = np.column_stack([whole, gene, *more]).astype(np.float64)
        drawn = rng.gamma(2, 1.5, (SPOTS, GENES)) + 1.72
        scores = np.where(rng.random((SPOTS, GENES)) < 0.3, drawn, 0)
        self.scores = scores.astype(np.float16).astype(np.float32)
        chi2, samples = made_trait(baseline, rng)
        trait = Trait(baseline, np.minimum(chi2, 79), samples, rng.gamma(2, 20, snps))
        self.prepared = Prepared(trait, weights[:, :-1].tocsr())
        self.fused = way("numba-fused").regressor(self.prepared, 32)

    def regress(self, name: str, spots: int = SPOTS) -> Run:
        """A run of a way; of the plain one with some spots only."""
        run = self.fused if name == "numba-fused" else way(name).regressor(self.prepared, 64)
        return timed(lambda: run(self.scores[:spots]), spots)

    def product(self) -> Run:
        """LD scores alone, a run of SNPs at a time in the same place."""
        weights: Any = self.prepared.weights
        starts, genes = weights.indptr.astype(np.int64), weights.indices.astype(np.int32)
        values, table = weights.data, np.ascontiguousarray(self.scores.T)
        ld = np.empty((RUN, SPOTS), np.float32)

        def work() -> None:
            for first in range(0, weights.shape[0], RUN):
                own = ld[: min(RUN, weights.shape[0] - first)]
                ld_scores(starts, genes, values, table, first, own)

        return timed(work, SPOTS)

    def runs(self) -> dict[str, Run]:
        """All runs."""
        table = np.ascontiguousarray(self.scores.T)
        weights: Any = self.prepared.weights
        return {
            "ours": self.regress("numba-fused"),
            "product": self.product(),
            "sparse product of scipy": timed(lambda: weights @ table, SPOTS),
            "reference": self.regress("numpy-spot", 2),
            "matmul-batch": self.regress("matmul-batch"),
        }


def threaded(work: Callable[[], Any], times: int, threads: int) -> Callable[[], None]:
    """`work` so many times, by threads."""

    def run() -> None:
        with ThreadPoolExecutor(threads) as pool:
            for one in [pool.submit(work) for _ in range(times)]:
                one.result()

    return run


def threads_of(scores: Scores, chunk: Regression) -> dict[str, Run]:
    """The same work by one thread and by two."""
    fused = implementation("numba-fused").scorer(scores.genes)
    batch, width = scores.batch, len(scores.genes.carriers)

    def score() -> None:
        fused(batch, np.empty((len(batch.local), width), np.uint16))

    found = {}
    for threads in (1, 2):
        found[f"scores, {threads}"] = timed(threaded(score, 24, threads), 24 * len(batch.local))
        found[f"regression, {threads}"] = timed(
            threaded(lambda: chunk.fused(chunk.scores), 16, threads), 16 * SPOTS
        )
    return found


def tiltyard(*words: str) -> list[str]:
    """The command as people write it."""
    return [str(Path(sys.executable).with_name("tiltyard")), "spatial", *words]


def sparse_of(counts: Any) -> Any:
    """Counts as CSR with 32-bit places."""
    return sparse.csr_matrix(counts)
