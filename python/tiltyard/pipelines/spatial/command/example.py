"""`tiltyard spatial example`: a small tissue and a trait to try the other commands on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument
from tiltyard.pipelines.spatial.command.ending import in_order, needed

SPOTS, GENES, SNPS = 900, 1200, 24_000


def example(
    folder: Annotated[Path, argument(metavar="FOLDER", help="Where to write them.")] = Path(
        "example"
    ),
) -> None:
    """Write a made tissue, a map of SNPs to genes, and a trait that is enriched in one domain."""
    with in_order():
        needed()
        from tiltyard.pipelines.spatial.made_files import write_example

        write_example(folder, SPOTS, GENES, SNPS, seed=1)
        files = (
            f"--snp-gene {folder}/map.h5ad --weights {folder}/weights.l2.ldscore.gz "
            f"--baseline {folder}/baseline.l2.ldscore.gz"
        )
        print(f"wrote {folder}. Now try:")
        print(
            f"  tiltyard spatial specificity {folder}/tissue.h5ad --embedding emb "
            "--annotation domain --output scores"
        )
        print(
            f"  tiltyard spatial ldsc --scores scores {files} --trait height "
            f"--sumstats {folder}/height.sumstats.gz --output results"
        )
        print("  tiltyard spatial merge results/*_cells_*.csv.gz --output results")
        print(
            "  tiltyard spatial combine results/spatial_height.csv.gz --scores scores "
            "--output height.csv"
        )
