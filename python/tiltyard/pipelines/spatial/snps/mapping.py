"""Which genes a SNP is near: a sparse map whose last column is what is outside genes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from tiltyard.pipelines.spatial.faults import InputError, listed
from tiltyard.pipelines.spatial.snps.tables import read_table

#: Name of the column of what is outside genes, in a table.
OUTSIDE = "outside"
_VERSION = re.compile(r"\.\d+$")


@dataclass(frozen=True)
class SnpMap:
    """Weights of SNPs × genes.

    Parameters
    ----------
    snps, genes : list of str
    weights : (n, genes + 1) CSR of float32
        The last column is outside genes.
    """

    snps: list[str]
    genes: list[str]
    weights: Any


def read_map(path: Path) -> SnpMap:
    """The map in an h5ad file, or in a Parquet table of ``snp gene weight``.

    In a table the gene ``outside`` stands for what is outside genes.

    Raises
    ------
    InputError
        If the file is no such map.
    """
    return _of_table(path) if path.suffix == ".parquet" else _of_h5ad(path)


def _of_h5ad(path: Path) -> SnpMap:
    from tiltyard.pipelines.spatial.h5ad.counts import Counts, is_columnar
    from tiltyard.pipelines.spatial.h5ad.elements import names_of, open_h5ad

    with open_h5ad(path) as file:
        if "X" not in file:
            raise InputError(f"--snp-gene {path}: has no X; it is SNPs × genes")
        snps, genes = names_of(file, "obs"), names_of(file, "var")
        element = file["X"]
        if is_columnar(element):
            parts = (element["data"][:], element["indices"][:], element["indptr"][:])
            weights = sparse.csc_matrix(parts, (len(snps), len(genes))).tocsr()
        else:
            counts = Counts(element, "X")
            weights = counts.block(0, counts.shape[0])
    return _checked(path, snps, genes[:-1], weights.astype(np.float32))


def _of_table(path: Path) -> SnpMap:
    table = read_table(path, "--snp-gene")
    missing = [name for name in ("snp", "gene", "weight") if name not in table]
    if missing:
        raise InputError(
            f"--snp-gene {path}: has no column {missing[0]}; there are {listed(list(table))}"
        )
    snps = list(dict.fromkeys(table["snp"].astype(str)))
    genes = [one for one in dict.fromkeys(table["gene"].astype(str)) if one != OUTSIDE]
    row = {name: place for place, name in enumerate(snps)}
    column = {name: place for place, name in enumerate([*genes, OUTSIDE])}
    places = (
        [row[name] for name in table["snp"].astype(str)],
        [column[name] for name in table["gene"].astype(str)],
    )
    shape = (len(snps), len(genes) + 1)
    weights = sparse.csr_matrix((table["weight"].to_numpy(np.float32), places), shape)
    return _checked(path, snps, genes, weights)


def _checked(path: Path, snps: list[str], genes: list[str], weights: Any) -> SnpMap:
    if not (np.isfinite(weights.data).all() and (weights.data >= 0).all()):
        raise InputError(f"--snp-gene {path}: a weight is negative or no number; write it anew")
    for names, what in ((snps, "SNPs"), (genes, "genes")):
        if len(set(names)) < len(names):
            raise InputError(f"--snp-gene {path}: {what} are there twice; write each once")
    return SnpMap(snps, genes, weights)


def read_homologs(path: Path) -> dict[str, str]:
    """Name in the scores -> name in the map, of two columns without a heading."""
    found = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"--homologs {path}: {error.strerror}") from None
    for number, line in enumerate(lines, start=1):
        words = line.split("\t")
        if len(words) != 2:
            raise InputError(f"--homologs {path}: line {number} has {len(words)} columns, needs 2")
        found[words[0]] = words[1]
    return found


def genes_in_common(
    scores: Sequence[str], known: Sequence[str], homologs: Mapping[str, str]
) -> tuple[list[tuple[int, int]], int]:
    """Places in both of each gene that both have, and how many there would be more loosely.

    Loosely: without the case of letters and without the version behind a dot.
    """
    place = {name: column for column, name in enumerate(known)}
    names = [homologs.get(name, name) for name in scores]
    pairs, taken = [], set()
    for row, name in enumerate(names):
        column = place.get(name)
        if column is not None and column not in taken:
            pairs.append((row, column))
            taken.add(column)

    def bare(name: str) -> str:
        return _VERSION.sub("", name).upper()

    return pairs, len({bare(name) for name in names} & {bare(name) for name in known})
