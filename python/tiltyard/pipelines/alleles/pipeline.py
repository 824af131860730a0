"""The pipeline `alleles`: what a study of throughput measures of the counting of alleles."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.alleles import sampling
from tiltyard.pipelines.alleles.benchmark import peers, strategies, workloads
from tiltyard.pipelines.alleles.benchmark.claims import CLAIMS
from tiltyard.pipelines.alleles.implementations import NAMES
from tiltyard.pipelines.pipeline import LIMIT, PEER, Strategy, Work, Workload

if TYPE_CHECKING:
    import numpy as np

_PACKAGE = Path(__file__).parent
#: What is beside this file and decides no count and no time.
_ASIDE = ("benchmark", "limits", "sampling.py", "simulating")
#: Packages of an implementation.
_PACKAGES = {
    "reference": ("numpy", "pysam"),
    "arrays": ("deflate", "llvmlite", "numba", "numpy", "pysam"),
    "mapped": ("deflate", "llvmlite", "numba", "numpy", "pysam"),
    "auto": ("deflate", "joblib", "llvmlite", "numba", "numpy", "pysam"),
    "inflate": ("deflate",),
}


class Alleles:
    """Reads and fragments that show REF and ALT of known variants, counted in many ways."""

    name = "alleles"
    extra = "alleles"
    title = "Alleles at known variants"
    unit = "reads"
    axes = tuple(workloads.AXES)
    stages = ("start", "import", "open", "compile", "compute", "write", "close")
    schema: Mapping[str, Any] = {
        "workload": workloads.SCHEMA,
        "strategies": strategies.SCHEMA,
    }
    claims = CLAIMS
    auto = "--threads auto"

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ValueError` for workloads, names and programs that there are not."""
        self.workloads(config)
        self.baseline(config)
        for one in self.strategies(config):
            if PEER in one.tags:
                peers.program(one.implementation)
            if one.implementation == peers.SAMTOOLS and self._most_files(config) > 1:
                raise ValueError(
                    f"strategies has {one.name}, which takes one file, and a workload has more"
                )

    def _most_files(self, config: Mapping[str, Any]) -> int:
        return max(int(one.axes["files"]) for one in self.workloads(config))

    def workloads(self, config: Mapping[str, Any]) -> Sequence[Workload]:
        """Workloads of a study: combinations of the lists, or one of a person's own files."""
        return workloads.workloads_of(config["workload"])

    def strategies(self, config: Mapping[str, Any]) -> Sequence[Strategy]:
        """Strategies that are named, the reference, and the limits of files with a ``.bai``."""
        own = [Path(path) for path in config["workload"].get("alignments", ())]
        limits = strategies.LIMITS if all(map(_has_bai, own)) else ()
        return strategies.strategies_of(config["strategies"], limits)

    def baseline(self, config: Mapping[str, Any]) -> str:
        """Name of the serial strategy of the fastest implementation that is named."""
        return strategies.baseline_of(self.strategies(config))

    def make(self, workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
        """Make the files of `workload` in `folder`, or note where a person's own are."""
        return workloads.make(workload, folder, rng)

    def open(self, workload: Workload, folder: Path) -> Work:
        """The work that `make` left in `folder`."""
        return workloads.open_work(workload, folder)

    def command(self, strategy: Strategy, work: Work, output: Path) -> Sequence[str]:
        """Command line of `strategy`, as people would write it."""
        alignments = [str(path) for path in work.files["alignments"]]
        variants = str(work.files["variants"][0])
        if PEER in strategy.tags:
            return peers.command(strategy.implementation, strategy.workers, work, output)
        if LIMIT in strategy.tags:
            return [
                *(sys.executable, "-m", "tiltyard.pipelines.alleles.limits"),
                *(strategy.implementation, "--variants", variants),
                *("--output", str(output), *alignments),
            ]
        return [
            *(str(Path(sys.executable).with_name("tiltyard")), "alleles", "count", "--quiet"),
            *("--variants", variants, "--fasta", str(work.files["fasta"][0])),
            *(part for path in alignments for part in ("--bam", path)),
            *("--output", str(output), "--output-format", "tsv"),
            *_spread(strategy),
        ]

    def digest(self, strategy: Strategy, output: Path) -> str:
        """SHA-256 of the table, whatever format it has; "" of a limit, which writes none."""
        from tiltyard.pipelines.alleles.output.comparing import digest_of

        if LIMIT in strategy.tags:
            return ""
        if PEER in strategy.tags:
            return peers.digest(strategy.implementation, output)
        return digest_of(output)

    def difference(self, strategy: Strategy, expected: Path, output: Path) -> str:
        """First difference from the reference's table; of a peer in what both count."""
        from tiltyard.pipelines.alleles.output.comparing import difference

        if LIMIT in strategy.tags:
            return ""
        if PEER in strategy.tags:
            return peers.difference(strategy.implementation, expected, output)
        return difference(expected, output)

    def sources(self, strategy: Strategy) -> Sequence[Path]:
        """Files of this package that `strategy` runs, but for the command line's frame."""
        if PEER in strategy.tags:
            return [_PACKAGE / "benchmark" / "peers.py"]
        common = [_PACKAGE.parent / "stages.py"]
        if LIMIT in strategy.tags:
            return [*common, *sorted((_PACKAGE / "limits").rglob("*.py"))]
        own = (
            path
            for path in _PACKAGE.rglob("*.py")
            if path.relative_to(_PACKAGE).parts[0] not in _ASIDE and path != Path(__file__)
        )
        return [*common, *sorted(path for path in own if not _of_another(path, strategy))]

    def packages(self, strategy: Strategy) -> Sequence[str]:
        """Packages that it imports; programs of others are in environments of their own."""
        found = _PACKAGES.get(strategy.implementation, ())
        return (*found, "joblib") if strategy.backend == "processes" else found

    def programs(self, strategy: Strategy) -> Sequence[str]:
        """Programs of others that `strategy` starts."""
        return [peers.program(strategy.implementation)] if PEER in strategy.tags else []

    def own(self, files: Sequence[Path]) -> Work:
        """The work of counting at a person's own variants in their own BAM or CRAM files."""
        return sampling.own(files)

    def candidates(self, work: Work, cores: int) -> Sequence[Strategy]:
        """What chooses by itself, with different numbers of workers."""
        return sampling.candidates(work, cores)

    def amount(self, work: Work) -> float:
        """Bytes of the files that have to be read; see `sampling.amount`."""
        return sampling.amount(work)

    def sample(self, work: Work, folder: Path, share: float) -> Work:
        """The same files, and about `share` of the variants."""
        return sampling.sample(work, folder, share)

    def command_line(self, strategy: Strategy, work: Work) -> str:
        """The command that a person would type."""
        return sampling.command_line(strategy, work)


def _spread(strategy: Strategy) -> list[str]:
    """Options that say how the work is done."""
    if strategy.implementation == strategies.AUTO:
        return ["--threads", str(strategy.workers)]
    return [
        *("--implementation", strategy.implementation, "--backend", strategy.backend),
        *("--threads", str(strategy.workers), "--level", strategy.options["level"]),
        *("--block-size", strategy.block, "--block-distance", str(strategy.options["distance"])),
    ]


def _of_another(path: Path, strategy: Strategy) -> bool:
    """Whether a file belongs to an implementation that `strategy` does not use."""
    folder, name, *_ = (*path.relative_to(_PACKAGE).parts, "")
    if folder != "implementations" or strategy.implementation == strategies.AUTO:
        return False
    others = set(NAMES) - {strategy.implementation}
    return Path(name).stem in others


def _has_bai(path: Path) -> bool:
    return path.with_name(path.name + ".bai").is_file() or path.with_suffix(".bai").is_file()
