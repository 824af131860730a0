"""`tiltyard spatial specificity`: how specific each gene is to each spot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.spatial.command import options as given
from tiltyard.pipelines.spatial.command.ending import in_order, needed, say, warn
from tiltyard.pipelines.spatial.command.options import INPUT, OUTPUT, RULE, WORK


def specificity(
    source: Annotated[Path, argument(metavar="FILE.h5ad", help="Counts, coordinates, annotation.")],
    output: Annotated[Path, option("--output", "-o", help="Folder of the scores.", panel=OUTPUT)],
    layer: Annotated[str, option(help="Counts; layers/counts, else X.", panel=INPUT)] = "",
    coordinates: Annotated[str, option(help="Key of obsm, 2 or 3 wide.", panel=INPUT)] = "spatial",
    embedding: Annotated[
        str, option(help="Key of obsm; without it, components of the counts.", panel=INPUT)
    ] = "",
    annotation: Annotated[
        str, option(help="Column of obs: neighbours are of the same.", panel=INPUT)
    ] = "",
    niche: Annotated[str, option(help="Key of obsm: niche of each spot (B).", panel=INPUT)] = "",
    slices: Annotated[str, option(help="Column of obs: slices in their order.", panel=INPUT)] = "",
    duplicate_genes: Annotated[
        Literal["first", "sum"] | None,
        option(help="What becomes of genes of the same name.", panel=INPUT),
    ] = None,
    min_genes: Annotated[
        int | None, option(least=0, help="Least genes of a spot; A 1, B 20.", panel=RULE)
    ] = None,
    min_group: Annotated[
        int | None, option(least=1, help="Least spots of an annotation; A 1, B 21.", panel=RULE)
    ] = None,
    formula: given.FormulaName = "B",
    candidates: Annotated[
        int | None,
        option(least=1, help="Nearest spots that may be neighbours; A 101, B 301.", panel=RULE),
    ] = None,
    no_expression_fraction: Annotated[
        bool,
        option(
            "--no-expression-fraction",
            help="Score genes that are no more frequent near a spot than elsewhere, too.",
            panel=RULE,
        ),
    ] = False,
    formats: Annotated[
        list[str] | None,
        option(
            "--format", metavar="FORMAT", help="A copy as h5ad, parquet, feather.", panel=OUTPUT
        ),
    ] = None,
    scores_file: Annotated[
        Path | None, option(help="Another name of the scores, a link.", panel=OUTPUT)
    ] = None,
    memmap_dir: Annotated[
        Path | None, option(help="Folder on a fast disk for the time of the run.", panel=WORK)
    ] = None,
    memory: given.Memory = "1G",
    read_workers: Annotated[int, option(least=1, most=128, help="Threads.", panel=WORK)] = 1,
    compute_workers: Annotated[
        int | None, option(least=1, most=128, help="Threads; all cores.", panel=WORK)
    ] = None,
    write_workers: Annotated[int, option(least=1, most=128, help="Threads.", panel=WORK)] = 1,
    compute_queue: Annotated[
        int,
        option(least=1, most=100, help="Batches that wait, for each compute worker.", panel=WORK),
    ] = 2,
    write_queue: Annotated[
        int, option(least=1, most=500, help="Batches that wait to be written.", panel=WORK)
    ] = 4,
    rank_batch: Annotated[
        int, option(least=1, most=10_000, help="Spots that are ranked at once.", panel=WORK)
    ] = 500,
    batch: Annotated[
        int, option(least=1, most=10_000, help="Spots that are scored at once.", panel=WORK)
    ] = 500,
    implementation: Annotated[
        Literal["numba-fused", "matmul-batch", "jax-batch", "numpy-spot"],
        option(help="How the work is done; all give the same, to a step of float16.", panel=WORK),
    ] = "numba-fused",
    backend: given.Backend = "threads",
    quiet: given.Quiet = False,
) -> None:
    """Score how specific each gene is to each spot, from its rank among the spot's neighbours.

    No setting of the work changes a byte. A run that was stopped goes on where it was.
    """
    with in_order():
        from tiltyard.pipelines.spatial import formats as copies
        from tiltyard.pipelines.spatial import specificity as work
        from tiltyard.pipelines.spatial.flow.running import Plan
        from tiltyard.pipelines.spatial.rule.formulas import formula as named
        from tiltyard.pipelines.spatial.tissue import Asked

        needed(implementation)
        chosen = named(formula)
        copies.check(formats or [])
        cores = given.cores_of()
        workers = compute_workers or cores
        asked = Asked(
            layer=layer,
            coordinates=coordinates,
            embedding=embedding,
            annotation=annotation,
            niche=niche,
            slices=slices,
            duplicates=duplicate_genes or "",
            min_genes=chosen.min_genes if min_genes is None else min_genes,
            min_group=chosen.min_group if min_group is None else min_group,
        )
        work.run(
            work.Request(
                source=source,
                output=output,
                asked=asked,
                formula=chosen,
                nearest=candidates or chosen.candidates,
                by_fraction=not no_expression_fraction,
                scratch=memmap_dir,
                memory=given.bytes_of(memory),
                plan=Plan(
                    (read_workers, workers, write_workers), (compute_queue * workers, write_queue)
                ),
                rank_batch=rank_batch,
                batch=batch,
                way=implementation,
                backend=backend,
                cores=cores,
                say=_silent if quiet else say,
                warn=warn,
                quiet=quiet,
            )
        )
        if scores_file is not None:
            copies.link(output, scores_file)
        for name in formats or []:
            path = copies.write(output, name)
            if not quiet:
                say(f"wrote {path}")


def _silent(sentence: str) -> None:
    """Say nothing."""
