"""From scores and files to the results of a range: `tiltyard spatial ldsc`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines import stages
from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.heritability.chunks import Given, estimates
from tiltyard.pipelines.spatial.heritability.inputs import Files, Ready, read_all
from tiltyard.pipelines.spatial.heritability.prepared import Estimates
from tiltyard.pipelines.spatial.heritability.results import (
    FORMAT,
    VERSION,
    Kind,
    part_name,
    sidecar,
    table_text,
    write_part,
)
from tiltyard.pipelines.spatial.jax import device_of
from tiltyard.pipelines.spatial.progress import Progress
from tiltyard.pipelines.spatial.reading.opening import Scores, open_scores


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Parameters
    ----------
    scores, output : path
    files : Files
    project, trait : str
    first, last : int or None
        Half-open range of spots; None for all.
    threads : int
    backend : str
        One of `chunks.BACKENDS`.
    precision : int
    way : str
    both_sides : bool
    quiet : bool
    say : callable
    """

    scores: Path
    output: Path
    files: Files
    project: str
    trait: str
    first: int = 0
    last: int | None = None
    threads: int = 1
    backend: str = "threads"
    precision: int = 32
    way: str = "numba-fused"
    both_sides: bool = False
    quiet: bool = False
    say: Callable[[str], None] = print


def run(request: Request) -> Path:
    """Regress the trait on the spots of the range; returns the path of the table.

    Raises
    ------
    InputError
        If scores, files or range cannot be used.
    """
    stages.begin("open")
    store = open_scores(request.scores)
    try:
        first, last = request.first, min(request.last or store.count, store.count)
        if first >= store.count:
            raise InputError(f"--cells {first}:…: there are {store.count:,} spots, from 0")
        ready = read_all(request.files, store.genes)
        stages.begin("compute")
        given = Given(request.scores, ready.columns, ready.prepared, request.way, request.precision)
        with Progress("ldsc", last - first, quiet=request.quiet) as progress:
            found = estimates(
                given, store, (first, last), request.threads, request.backend, progress.advance
            )
    finally:
        store.close()
    stages.begin("write")
    path = request.output / part_name(request.project, request.trait, first, last)
    kind = Kind(request.both_sides, ready.m)
    facts = _facts(request, store, ready, kind, first, last)
    write_part(path, table_text(store.spots[first:last], found, kind), facts)
    _report(request, path, ready, found)
    stages.begin("close")
    return path


def _facts(
    request: Request, store: Scores, ready: Ready, kind: Kind, first: int, last: int
) -> dict[str, Any]:
    from tiltyard.engine.files.receipts import sha256_of

    files = request.files
    return {
        "format": FORMAT,
        "version": VERSION,
        "project": request.project,
        "trait": request.trait,
        "start": first,
        "end": last,
        "spots": store.count,
        "spots_sha256": store.spots_sha256,
        "columns": kind.columns,
        "p": "one-sided: P(Normal > z)",
        "parameters": {
            "blocks": files.blocks,
            "equal_blocks": files.equal_blocks,
            "scale_spatial": files.scale_spatial,
            "excluded": [region.text for region in files.excluded],
            "precision": request.precision,
            "implementation": request.way,
            "both_sides": request.both_sides,
            "baseline": ready.report["baseline"],
            "m": ready.m,
        },
        "digests": {
            "scores": store.sha256,
            "sumstats": sha256_of(files.sumstats),
            "snp_gene": sha256_of(files.snp_gene),
            "files": {name: sha256_of(Path(name)) for name in sorted(ready.report["files"])},
        },
        "snps": {key: ready.report[key] for key in ("read", "dropped", "used")},
    }


def _report(request: Request, path: Path, ready: Ready, found: Estimates) -> None:
    from tiltyard.engine.files.atomic import write_text
    from tiltyard.engine.files.json import json_text

    snps = sidecar(path).with_suffix(".snps.json")
    write_text(snps, json_text(ready.report) + "\n")
    names, counts = np.unique(found.status, return_counts=True)
    statuses = ", ".join(f"{name} {count:,}" for name, count in zip(names, counts, strict=True))
    constant: NDArray[np.float64] = found.h2_weight
    device = device_of(request.way)
    request.say(
        f"{path}: {len(found.beta):,} spots ({statuses}); h2_weight {constant.min():.4g} to "
        f"{constant.max():.4g}, not clipped; p is one-sided, P(Normal > z)"
        + (f"; {device}" if device else "")
    )
