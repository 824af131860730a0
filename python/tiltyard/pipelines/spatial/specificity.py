"""From an h5ad file to scores on disk: `tiltyard spatial specificity`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines import stages
from tiltyard.pipelines.spatial.batches import Matrices, Scored
from tiltyard.pipelines.spatial.files import headers
from tiltyard.pipelines.spatial.files.scratch import counts_folder, scratch
from tiltyard.pipelines.spatial.flow.running import Plan
from tiltyard.pipelines.spatial.folder import Folder
from tiltyard.pipelines.spatial.implementations import implementation
from tiltyard.pipelines.spatial.implementations.contract import Genes
from tiltyard.pipelines.spatial.jax import device_of
from tiltyard.pipelines.spatial.neighbouring.choosing import groups_of, similar_of
from tiltyard.pipelines.spatial.progress import Progress
from tiltyard.pipelines.spatial.ranks import Facts, write_ranks
from tiltyard.pipelines.spatial.rule.formulas import Formula, is_mitochondrial
from tiltyard.pipelines.spatial.rule.neighbours import Spots
from tiltyard.pipelines.spatial.rule.ranking import rank_type
from tiltyard.pipelines.spatial.scoring import Scoring
from tiltyard.pipelines.spatial.store import RANKS, SCORES, Names, write_names
from tiltyard.pipelines.spatial.summary import summary, together, words
from tiltyard.pipelines.spatial.tissue import (
    Asked,
    Tissue,
    numbered,
    open_counts,
    read_tissue,
)
from tiltyard.pipelines.team import Team


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Parameters
    ----------
    source, output : path
        The h5ad file, and the folder of what is written.
    asked : Asked
    formula : Formula
    nearest : int
        Spatial candidates of a spot.
    by_fraction : bool
    scratch : path or None
        Folder on a fast disk for the time of the run.
    memory : int
        Bytes of batches in flight, and of counts for an embedding.
    plan : Plan
    rank_batch, batch : int
        Spots that are ranked, and scored, at once.
    way : str
        Name of an implementation.
    backend : str
        Whether compute workers are ``threads`` or ``processes``.
    cores : int
        That this machine has for it.
    say, warn : callable
        Take a sentence.
    quiet : bool
    """

    source: Path
    output: Path
    asked: Asked
    formula: Formula
    nearest: int
    by_fraction: bool = True
    scratch: Path | None = None
    memory: int = 1_000_000_000
    plan: Plan = field(default_factory=lambda: Plan((1, 1, 1), (2, 4)))
    rank_batch: int = 500
    batch: int = 500
    way: str = "numba-fused"
    backend: str = "threads"
    cores: int = 1
    say: Callable[[str], None] = print
    warn: Callable[[str], None] = print
    quiet: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """What decides the scores, besides file and formula."""
        own = vars(self.asked)
        return {**own, "nearest": self.nearest, "by_fraction": self.by_fraction}


def run(request: Request) -> dict[str, Any]:
    """Do what is asked for; returns the summary.

    Raises
    ------
    InputError
        If the file, or what is asked of it, cannot be used.
    SpaceError
        If a disk has too little room.
    """
    from tiltyard.engine.files.receipts import sha256_of
    from tiltyard.pipelines.spatial.h5ad.elements import open_h5ad

    stages.begin("open")
    with ExitStack() as stack:
        file = stack.enter_context(open_h5ad(request.source))
        request.output.mkdir(parents=True, exist_ok=True)
        work = request.output
        if request.scratch is not None:
            work = stack.enter_context(scratch(request.scratch))
        with counts_folder(work) as folder:
            counts, turned = open_counts(file, request.asked.layer, folder)
            if turned:
                request.say(f"{counts.place} is stored by genes; it was turned beside the ranks")
            tissue = read_tissue(file, counts, request.asked, request.formula, request.warn)
            run_ = Run(request, tissue, work, sha256_of(request.source))
            return run_.all()


class Run:
    """One run: ranks, then the scores of each annotation."""

    def __init__(self, request: Request, tissue: Tissue, work: Path, source: str) -> None:
        self.request, self.tissue = request, tissue
        self.kept = tissue.kept
        self.columns = np.arange(len(tissue.genes))
        if request.formula.without_mitochondria:
            dropped = np.array([is_mitochondrial(gene) for gene in tissue.genes])
            self.columns = self.columns[~dropped]
        self.names = Names(
            [tissue.spots[row] for row in self.kept], [tissue.genes[g] for g in self.columns]
        )
        identity = {
            "formula": request.formula.name,
            "parameters": request.parameters,
            "genes_sha256": headers.digest_of(self.names.genes),
            "spots_sha256": headers.digest_of(self.names.spots),
            "source_sha256": source,
        }
        self.folder = Folder(
            request.output,
            work,
            {RANKS: rank_type(len(tissue.genes)), SCORES: np.dtype("<f2")},
            (len(self.kept), len(self.columns)),
            identity,
        )

    def all(self) -> dict[str, Any]:
        """Everything that is not done yet."""
        if self.folder.finished:
            self.request.say(f"{self.request.output} has all scores: nothing is left to do")
            return {}
        self.folder.check_space()
        write_names(self.request.output, self.names, self.tissue)
        spots = self._spots()
        facts = self._ranks()
        stages.begin("compute")
        found = self._scores(spots, facts)
        stages.begin("write")
        self.folder.complete()
        self._write_summary(found)
        stages.begin("close")
        return found

    def _spots(self) -> Spots:
        """What decides neighbours, of the spots that take part."""
        tissue, rows = self.tissue, self.kept
        embedding = tissue.embedding
        if embedding is None:
            from tiltyard.pipelines.spatial.embedding import embedded

            embedding = embedded(tissue, self.request.memory)
        else:
            embedding = embedding[rows]
        slices = None
        if tissue.slices is not None:
            slices = numbered([tissue.slices[row] for row in rows], numeric=True)
        return Spots(
            tissue.places[rows],
            embedding,
            numbered([tissue.annotation[row] for row in rows]),
            None if tissue.niche is None else tissue.niche[rows],
            slices,
        )

    def _ranks(self) -> Facts:
        """Ranks on the disk; those of an earlier run if it finished them."""
        folder, request = self.folder, self.request
        if folder.is_done(folder.work, RANKS) and folder.facts.exists():
            return Facts.load(folder.facts)
        stages.begin("read")
        with (
            folder.open(RANKS, writable=True) as file,
            Progress("ranks", len(self.kept), quiet=request.quiet) as progress,
        ):
            threads = request.plan.workers[1]
            found = write_ranks(
                self.tissue, self.columns, file, request.rank_batch, threads, progress
            )
            file.sync()
        found.save(folder.facts)
        folder.ranked()
        return found

    def _scores(self, spots: Spots, facts: Facts) -> dict[str, Any]:
        """Score every annotation; returns the summary."""
        request, folder = self.request, self.folder
        way, done = implementation(request.way), folder.rows_done()
        similar = similar_of(spots, request.formula)
        parts, found, alone = [], {}, 0
        genes, start = self._genes(facts), time.perf_counter()
        with (
            folder.open(RANKS) as ranks,
            folder.open(SCORES, writable=True) as scores,
            Progress("scores", len(done), quiet=request.quiet) as progress,
            self._team(facts, genes) as team,
        ):
            progress.advance(int(done.sum()))
            scoring = Scoring(
                ranks,
                scores,
                self._lowest(facts),
                way.scorer(genes),
                plan=request.plan,
                batch=request.batch,
                memory=request.memory,
                done=done,
                note=lambda: folder.note(done),
                advance=progress.advance,
                team=team,
            )
            folder.note(done)
            for members in groups_of(spots):
                began, left = time.perf_counter(), int((~done[members]).sum())
                threads = request.plan.workers[1]
                near = way.neighbours(spots, members, similar, request.nearest, threads)
                alone += near.alone
                chosen = time.perf_counter()
                parts.append(scoring.score(near, spots.places))
                own = summary(parts[-1], left, time.perf_counter() - chosen, request.cores)
                name = str(self.tissue.annotation[self.kept[members[0]]])
                found[name] = {**own, "neighbour_seconds": chosen - began}
            scoring.finish()
        whole = summary(together(parts), len(done), time.perf_counter() - start, request.cores)
        counted: dict[str, Any] = {
            "saturated": scoring.cut,
            "no_neighbour": alone,
            "spots": self._reasons(),
        }
        if device := device_of(request.way):
            counted["device"] = device
        return {"annotations": found, "all": whole, **counted}

    @contextmanager
    def _team(self, facts: Facts, genes: Genes) -> Iterator[Team | None]:
        """Processes that score, if they are asked for."""
        request, folder = self.request, self.folder
        if request.backend != "processes":
            yield None
            return
        ranks, scores = (folder.data(part, folder.work) for part in (RANKS, SCORES))
        matrices = Matrices(ranks, scores, folder.kinds[RANKS], folder.shape)
        workers = request.plan.workers[1]
        with Team(workers, Scored, matrices, self._lowest(facts), request.way, genes) as team:
            yield team

    def _genes(self, facts: Facts) -> Genes:
        return Genes(
            self.request.formula,
            len(self.kept),
            facts.mean_log,
            facts.carriers,
            len(self.tissue.genes),
            self.request.by_fraction,
        )

    def _lowest(self, facts: Facts) -> NDArray[Any]:
        """Rank above which a gene is expressed, by row."""
        if self.request.formula.by_rank:
            return facts.lowest
        return np.where(facts.full, 0, facts.lowest).astype(facts.lowest.dtype)

    def _reasons(self) -> dict[str, int]:
        counts = Counter(reason or "kept" for reason in self.tissue.reasons)
        return dict(sorted(counts.items()))

    def _write_summary(self, found: dict[str, Any]) -> None:
        from tiltyard.engine.files.atomic import write_text
        from tiltyard.engine.files.json import json_text

        write_text(self.request.output / "summary.json", json_text(found) + "\n")
        for name, own in found["annotations"].items():
            self.request.say(words(name, own))
        self.request.say(words("all annotations", found["all"]))
        if "device" in found:
            self.request.say(f"scored by {found['device']}")
        dropped = {name: count for name, count in found["spots"].items() if name != "kept"}
        shown = ", ".join(f"{name} {count:,}" for name, count in dropped.items()) or "none"
        self.request.say(
            f"spots: {found['spots']['kept']:,} kept, left out: {shown}; no_neighbour "
            f"{found['no_neighbour']:,}; scores cut to 65,504: {found['saturated']:,}"
        )
