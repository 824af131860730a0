"""From the files that `tiltyard spatial ldsc` is given to what the regression needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError, listed
from tiltyard.pipelines.spatial.heritability.prepared import Prepared
from tiltyard.pipelines.spatial.rule.regression import BLOCKS, Trait
from tiltyard.pipelines.spatial.rule.statistics import independent
from tiltyard.pipelines.spatial.snps.joining import FEW, Region, check_enough, join
from tiltyard.pipelines.spatial.snps.mapping import SnpMap, genes_in_common, read_map
from tiltyard.pipelines.spatial.snps.scores import LdScores, joined, read_scores
from tiltyard.pipelines.spatial.snps.sumstats import read_sumstats


@dataclass(frozen=True)
class Files:
    """What is read, and how.

    Parameters
    ----------
    snp_gene, sumstats : path
    baseline : tuple of str
        () for the two columns that the map itself gives.
    weights : str
    renames : dict
        Column of the statistics -> its name here.
    homologs : dict
        Gene of the scores -> its name in the map.
    excluded : tuple of Region
    blocks : int
    equal_blocks : bool
        Whether the last SNPs are cut, so that all blocks have as many.
    scale_spatial : bool
    strict : bool
        Whether a column of the baseline that depends on others is refused.
    say, warn : callable
    """

    snp_gene: Path
    sumstats: Path
    weights: str
    baseline: tuple[str, ...] = ()
    renames: dict[str, str] = field(default_factory=dict)
    homologs: dict[str, str] = field(default_factory=dict)
    excluded: tuple[Region, ...] = ()
    blocks: int = BLOCKS
    equal_blocks: bool = False
    scale_spatial: bool = True
    strict: bool = False
    say: Callable[[str], None] = print
    warn: Callable[[str], None] = print


@dataclass(frozen=True)
class Ready:
    """A trait that is ready, and what there is to report.

    Parameters
    ----------
    prepared : Prepared
    columns : (G,) array
        Columns of the scores that are used.
    m : float or None
        SNPs that the baseline's scores are of; None where its files do not say.
    report : dict
    """

    prepared: Prepared
    columns: NDArray[np.int64]
    m: float | None
    report: dict[str, Any]


def read_all(files: Files, genes: Sequence[str]) -> Ready:
    """Read all files, and keep the SNPs and genes that all have.

    Parameters
    ----------
    files : Files
    genes : sequence of str
        Of the scores.

    Raises
    ------
    InputError
        If a file cannot be used, or too little is left; the message says why.
    """
    known = read_map(files.snp_gene)
    pairs, genes_report = _genes(files, genes, known)
    trait = read_sumstats(files.sumstats, files.renames, files.say)
    weights = read_scores(files.weights, "--weights")
    if len(weights.columns) != 1:
        raise InputError(
            f"--weights {files.weights}: has columns {listed(weights.columns)}; needs one"
        )
    baseline = _baseline(files, known)
    rows = join(trait, baseline, weights, known, files.excluded)
    used = len(rows.sumstats)
    trimmed = used % files.blocks if files.equal_blocks else 0
    dropped = {**trait.dropped, **rows.dropped}
    if files.equal_blocks:
        dropped["block_trim"] = trimmed
    check_enough(used - trimmed, files.blocks, trait, baseline, weights, known)
    if used - trimmed < FEW:
        files.warn(f"{used - trimmed:,} SNPs are used; with fewer than {FEW:,} estimates vary much")
    if rows.in_mhc >= 0 and not files.excluded:
        files.say(
            f"{rows.in_mhc:,} SNPs are in 6:25000000-34000000; --exclude-region leaves it out"
        )
    mean = float(trait.samples[rows.sumstats].mean())
    kept = slice(0, used - trimmed)
    values, names, places = _independent(files, baseline, rows.baseline[kept])
    own = known.weights[rows.mapped[kept]][:, [column for _, column in pairs]].tocsr()
    report = {
        "read": trait.read,
        "dropped": dropped,
        "used": used - trimmed,
        "genes": genes_report,
        "baseline": names,
        "dropped_columns": [one for one in baseline.columns if one not in names],
        "files": baseline.counts | weights.counts,
    }
    files.say(
        f"SNPs: {trait.read:,} read, {used - trimmed:,} used; left out: "
        + ", ".join(f"{name} {count:,}" for name, count in dropped.items())
    )
    prepared = Trait(
        values,
        trait.chi2[rows.sumstats[kept]],
        trait.samples[rows.sumstats[kept]],
        weights.values[rows.weights[kept], 0],
        files.blocks,
        files.scale_spatial,
        mean,
    )
    m = None if baseline.m is None else float(baseline.m[places].sum())
    columns = np.array([row for row, _ in pairs], np.int64)
    return Ready(Prepared(prepared, own), columns, m, report)


def _genes(
    files: Files, genes: Sequence[str], known: SnpMap
) -> tuple[list[tuple[int, int]], dict[str, int]]:
    """Genes in common, which are said, and warned of if they are few."""
    pairs, loosely = genes_in_common(genes, known.genes, files.homologs)
    sizes = f"{len(genes):,} genes have scores, {len(known.genes):,} are in the map"
    hint = f"{loosely:,} without case and version; --homologs names them alike"
    if not pairs:
        raise InputError(f"{sizes}, and no gene is in both: {hint}")
    files.say(f"{sizes}, {len(pairs):,} in both")
    if 2 * len(pairs) < len(genes):
        files.warn(f"fewer than half of the genes with scores are in the map: {hint}")
    counts = {"scores": len(genes), "map": len(known.genes), "common": len(pairs)}
    return pairs, counts | {"without_case_and_version": loosely}


def _baseline(files: Files, known: SnpMap) -> LdScores:
    """The baseline's files, or what the map itself gives: of all, and of genes."""
    if files.baseline:
        return joined([read_scores(name, "--baseline") for name in files.baseline], files.say)
    whole = np.asarray(known.weights.sum(1), np.float64).ravel()
    gene = np.asarray(known.weights[:, :-1].sum(1), np.float64).ravel()
    files.say("without --baseline: base and all_gene, the sums of the map")
    return LdScores(known.snps, ["base", "all_gene"], np.column_stack([whole, gene]))


def _independent(
    files: Files, baseline: LdScores, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], list[str], list[int]]:
    """Columns of the used SNPs that do not depend on those before them."""
    values = baseline.values[rows]
    places = independent(values)
    names = [baseline.columns[one] for one in places]
    lost = [one for place, one in enumerate(baseline.columns) if place not in places]
    if lost:
        said = f"columns of the baseline that are constant or depend on others: {listed(lost, 20)}"
        if files.strict:
            raise InputError(f"{said}; leave them out, or do without --strict, which drops them")
        files.warn(f"{said}; they are left out")
    if not places:
        raise InputError("no column of the baseline varies; give another --baseline")
    return values[:, places], names, places
