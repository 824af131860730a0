"""h5ad files of made tissue, as tests want them."""

from __future__ import annotations

import numpy as np
from commandline import tiltyard
from made_batches import tissue

from tiltyard.pipelines.spatial.h5ad.writing import write_h5ad


def written(path, made=None, *, matrix=None, layer=False, **more):
    """An h5ad file with a column `domain`, and `spatial` and `emb` in obsm; returns its path."""
    made = made or tissue(150, 80, density=0.6)
    count, genes = made.counts.shape
    given = {
        "spots": [f"s{spot}" for spot in range(count)],
        "genes": [f"g{gene}" for gene in range(genes)],
        "columns": {"domain": [f"d{one}" for one in made.domains]},
        "obsm": {"spatial": made.places, "emb": made.embedding},
    }
    matrix = made.counts if matrix is None else matrix
    if layer:
        matrix, given["layers"] = np.ones((count, genes)), {"counts": matrix}
    for name, value in more.items():
        given[name] = {**given[name], **value} if name in ("columns", "obsm") else value
    write_h5ad(path, matrix=matrix, **given)
    return path


def specificity(source, output, *words, check=True, usual=True):
    """The command in this process."""
    given = ("--embedding", "emb", "--annotation", "domain") if usual else ()
    return tiltyard(
        *("spatial", "specificity", str(source), "--output", str(output), *given, *words),
        check=check,
    )


def scores(folder):
    """Bits of the scores that a command wrote."""
    return (folder / "scores.f16").read_bytes()
