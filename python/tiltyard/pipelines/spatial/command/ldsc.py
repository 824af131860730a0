"""`tiltyard spatial ldsc`: the heritability of a trait in each spot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from tiltyard.pipelines.declaring import option
from tiltyard.pipelines.spatial.command import options as given
from tiltyard.pipelines.spatial.command.ending import in_order, needed, say, warn
from tiltyard.pipelines.spatial.command.options import INPUT, OUTPUT, RULE, WORK

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CELLS = re.compile(r"(\d+):(\d+)")


def ldsc(
    scores: Annotated[
        Path, option(help="Folder of ours or gsMap3D; h5ad, Parquet, feather.", panel=INPUT)
    ],
    snp_gene: Annotated[
        Path, option(help="SNPs × genes, h5ad or Parquet; last outside genes.", panel=INPUT)
    ],
    weights: Annotated[str, option(help="LD scores of the weights; {chr} in names.", panel=INPUT)],
    trait: Annotated[str, option("--trait", "--trait-name", help="Its name.", panel=OUTPUT)],
    sumstats: Annotated[Path, option(help="Summary statistics.", panel=INPUT)],
    baseline: Annotated[
        list[str] | None,
        option(metavar="PREFIX", help="LD scores; may be repeated; {chr} in names.", panel=INPUT),
    ] = None,
    column: Annotated[
        list[str] | None,
        option(metavar="NAME=OWN", help="Name of a column of the statistics.", panel=INPUT),
    ] = None,
    homologs: Annotated[
        Path | None, option(help="Two columns: gene of the scores, gene of the map.", panel=INPUT)
    ] = None,
    exclude_region: Annotated[
        list[str] | None,
        option(metavar="CHR:A-B", help="SNPs that are left out; may be repeated.", panel=INPUT),
    ] = None,
    cells: Annotated[
        str, option(metavar="START:END", help="Spots, from 0; END is not in.", panel=WORK)
    ] = "",
    output: Annotated[Path, option("--output", "-o", help="Folder.", panel=OUTPUT)] = Path("."),
    project: given.Project = "spatial",
    blocks: Annotated[int, option(least=2, help="Of the jackknife.", panel=RULE)] = 200,
    block_rule: Annotated[
        Literal["all", "equal"],
        option(help="equal: cut the last SNPs, so that all blocks have as many.", panel=RULE),
    ] = "all",
    spatial_scale: Annotated[
        Literal["on", "off"],
        option(help="Whether a spot's LD scores are scaled by N, as the others.", panel=RULE),
    ] = "on",
    strict: Annotated[
        bool, option("--strict", help="Refuse dependent columns of the baseline.", panel=RULE)
    ] = False,
    two_sided: Annotated[
        bool, option("--two-sided", help="Add a two-sided P value.", panel=OUTPUT)
    ] = False,
    precision: Annotated[Literal["32", "64"], option(help="Bits.", panel=WORK)] = "32",
    threads: Annotated[
        int | None, option(least=1, most=128, help="Threads; all cores.", panel=WORK)
    ] = None,
    implementation: Annotated[
        Literal["numba-fused", "matmul-batch", "jax-batch", "numpy-spot"],
        option(help="How the work is done.", panel=WORK),
    ] = "numba-fused",
    backend: given.Backend = "threads",
    quiet: given.Quiet = False,
) -> None:
    """Regress a trait's χ² on the LD scores of each spot, beside a baseline.

    Ranges of spots, each by itself, have the numbers that one run of all has.
    """
    with in_order():
        needed(implementation)
        from tiltyard.pipelines.spatial.faults import InputError
        from tiltyard.pipelines.spatial.heritability import running
        from tiltyard.pipelines.spatial.heritability.inputs import Files
        from tiltyard.pipelines.spatial.snps.joining import region_of
        from tiltyard.pipelines.spatial.snps.mapping import read_homologs
        from tiltyard.pipelines.spatial.snps.sumstats import renames_of

        for name, value in (("--trait", trait), ("--project", project)):
            if not _NAME.fullmatch(value):
                raise InputError(
                    f"{name} {value}: a name has letters, digits, dots, - and _: files are named "
                    "after it"
                )
        first, last = _range(cells)
        tell = (lambda _: None) if quiet else say
        files = Files(
            snp_gene=snp_gene,
            sumstats=sumstats,
            weights=weights,
            baseline=tuple(baseline or ()),
            renames=renames_of(column or []),
            homologs=read_homologs(homologs) if homologs else {},
            excluded=tuple(map(region_of, exclude_region or [])),
            blocks=blocks,
            equal_blocks=block_rule == "equal",
            scale_spatial=spatial_scale == "on",
            strict=strict,
            say=tell,
            warn=warn,
        )
        running.run(
            running.Request(
                scores=scores,
                output=output,
                files=files,
                project=project,
                trait=trait,
                first=first,
                last=last,
                threads=threads or given.cores_of(),
                precision=int(precision),
                way=implementation,
                backend=backend,
                both_sides=two_sided,
                quiet=quiet,
                say=tell,
            )
        )


def _range(text: str) -> tuple[int, int | None]:
    """First spot, and the one behind the last; None for all that there are."""
    from tiltyard.pipelines.spatial.faults import InputError

    if not text:
        return 0, None
    match = _CELLS.fullmatch(text)
    if match is None or int(match[1]) >= int(match[2]):
        raise InputError(f"--cells {text}: write START:END with START < END, as 0:100000")
    return int(match[1]), int(match[2])
