"""Memory of small and large runs, and one large run from which a larger one follows on paper."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spatial_speed_runs import launched, tiltyard
from spatial_speed_tissue import write_tissue, write_trait

#: Spots of the small and the large run whose memory is compared, and genes of both.
SMALL, LARGE = 5000, 50_000
MEMORY_CASES = {"2,000 genes, 30 %": (2000, 0.3), "20,000 genes, 5 %": (20_000, 0.05)}
#: Genes of the large run and their density; SNPs of its trait, and spots that are regressed.
GENES, DENSITY, SNPS, REGRESSED = 20_000, 0.1, 1_000_000, 1280
#: Spots of the plan, spots of a job of it, and traits.
PLANNED, CELLS = 1_000_000, 100_000
#: Bytes of a rank and of a score.
ITEM = 2


def specificity(tissue: Path, output: Path, *words: str) -> tuple[tuple[float, float], float]:
    """CPU and wall seconds, and peak memory [MB], of the command with two compute workers."""
    shutil.rmtree(output, ignore_errors=True)
    return launched(
        tiltyard(
            *("specificity", str(tissue), "--embedding", "emb", "--annotation", "domain"),
            *("--compute-workers", "2", "--output", str(output), "--quiet", *words),
        )
    )


def memory_lines(folder: Path) -> Iterator[str]:
    """Lines of the table of memory."""
    yield "| tissue | peak at 5,000 spots, MB | at 50,000, MB | ratio | goal |"
    yield "| --- | --- | --- | --- | --- |"
    for words, (genes, density) in MEMORY_CASES.items():
        found = []
        for spots in (SMALL, LARGE):
            tissue = write_tissue(folder / "memory.h5ad", spots, genes, density)
            found.append(specificity(tissue, folder / "memory")[1])
            tissue.unlink()
        shutil.rmtree(folder / "memory")
        small, large = found
        yield f"| {words} | {small:.0f} | {large:.0f} | {large / small:.2f} | ≤ 1.2 |"


def scale_lines(folder: Path, spots: int) -> Iterator[list[str]]:
    """The table of a large run, and that of a larger one on paper."""
    tissue = write_tissue(folder / "large.h5ad", spots, GENES, DENSITY)
    output = folder / "large"
    (cpu, wall), peak = specificity(tissue, output)
    summary = json.loads((output / "summary.json").read_text(encoding="utf-8"))
    source = tissue.stat().st_size
    tissue.unlink()
    written = sum(path.stat().st_size for path in output.iterdir())
    trait = write_trait(folder, GENES, SNPS)
    few, many = (regression(output, trait, folder / "part", last) for last in (64, REGRESSED))
    each = (many[0] - few[0]) / (REGRESSED - 64)
    shutil.rmtree(output)
    yield [
        f"| {spots:,} spots × {GENES:,} genes, {DENSITY:.0%}, two compute workers | |",
        "| --- | --- |",
        f"| the tissue's file, GB | {source / 1e9:.2f} |",
        f"| ranks, scores and names, GB | {written / 1e9:.2f} |",
        f"| CPU s, wall s | {cpu:.1f}, {wall:.1f} |",
        f"| peak memory, MB | {peak:.0f} |",
        *stage_lines(summary, spots, cpu),
        f"| a trait's {SNPS:,} SNPs: reading all files, CPU s | {few[0] - 64 * each:.1f} |",
        f"| its regression, CPU ms a spot | {1e3 * each:.2f} |",
        f"| its peak memory, MB | {many[2]:.0f} |",
    ]
    yield plan_lines(cpu / spots, written / spots, each, few[0] - 64 * each, many[2], peak)


def regression(
    scores: Path, trait: list[str], output: Path, last: int
) -> tuple[float, float, float]:
    """CPU and wall seconds and peak memory [MB] of `ldsc` for the first spots, by one thread."""
    words = (f"--scores={scores}", *trait, f"--cells=0:{last}", "--threads=1", "--quiet")
    (cpu, wall), peak = launched(tiltyard("ldsc", *words, f"--output={output}"))
    return cpu, wall, peak


def stage_lines(summary: Mapping[str, Any], spots: int, cpu: float) -> Iterator[str]:
    """What stages took of the whole."""
    near = sum(own["neighbour_seconds"] for own in summary["annotations"].values())
    yield f"| neighbours, wall µs a spot | {1e6 * near / spots:.0f} |"
    stages = summary["all"]["stages"]
    for name, stage in stages.items():
        yield f"| {name}, CPU µs a spot | {1e6 * stage['cpu_seconds'] / spots:.0f} |"
    scored = sum(stage["cpu_seconds"] for stage in stages.values())
    words = "all else (reading counts, ranks, neighbours, digests)"
    yield f"| {words}, CPU µs a spot | {1e6 * (cpu - scored) / spots:.0f} |"
    yield f"| which limits | {summary['all']['limit']}: {summary['all']['advice']} |"


def plan_lines(
    each: float, written: float, regressed: float, reading: float, memory: float, peak: float
) -> list[str]:
    """A million spots and a trait, from what a spot took."""
    jobs = -(-PLANNED // CELLS)
    hours = (reading + CELLS * regressed) / 3600
    return [
        f"| {PLANNED:,} spots × {GENES:,} genes, on paper | |",
        "| --- | --- |",
        f"| specificity, core hours | {PLANNED * each / 3600:.2f} |",
        f"| disk for ranks and scores, GB | {PLANNED * written / 1e9:.0f} |",
        f"| memory of specificity, MB | {peak:.0f} and names of spots |",
        f"| a trait, core hours in all | {jobs * hours:.2f} |",
        f"| jobs of {CELLS:,} spots a trait | {jobs} |",
        f"| one job: hours, MB | {hours:.2f}, {memory:.0f} |",
    ]
