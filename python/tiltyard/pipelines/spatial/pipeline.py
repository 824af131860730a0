"""The pipeline `spatial`: what a study of throughput measures of gene specificity."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.pipeline import LIMIT, PEER, Strategy, Work, Workload
from tiltyard.pipelines.spatial.benchmark import peers, strategies, workloads
from tiltyard.pipelines.spatial.benchmark.claims import CLAIMS
from tiltyard.pipelines.spatial.jax import WAY

if TYPE_CHECKING:
    import numpy as np

_PACKAGE = Path(__file__).parent
#: What is beside this file and decides no score and no time of one.
_ASIDE = ("benchmark", "limits", "heritability", "snps", "simulating.py", "made_files.py")


class Spatial:
    """Scores of how specific genes are to spots, from an h5ad file to a file of scores."""

    name = "spatial"
    extra = "spatial"
    title = "Gene specificity of spots"
    unit = "spots"
    axes = tuple(workloads.AXES)
    stages = ("start", "import", "open", "read", "compute", "write", "close")
    schema: Mapping[str, Any] = {
        "workload": workloads.SCHEMA,
        "strategies": strategies.SCHEMA,
    }
    claims = CLAIMS

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ValueError` for workloads and names that there are not."""
        given = self.workloads(config)
        self.baseline(config)
        for one in self.strategies(config):
            if (
                self.programs(one)
                and PEER in one.tags
                and any(own.facts and "embedding" not in own.facts for own in given)
            ):
                raise ValueError(
                    f"strategies has {one.name}, which makes no embedding: give workload.embedding"
                )

    def workloads(self, config: Mapping[str, Any]) -> Sequence[Workload]:
        """Workloads of a study: combinations of the lists, or a person's own file."""
        return workloads.workloads_of(config["workload"])

    def strategies(self, config: Mapping[str, Any]) -> Sequence[Strategy]:
        """Strategies that are named, the reference, and the limit."""
        return strategies.strategies_of(config["strategies"])

    def baseline(self, config: Mapping[str, Any]) -> str:
        """Name of the serial strategy of the fastest implementation that is named."""
        return strategies.baseline_of(self.strategies(config))

    def make(self, workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
        """Make the tissue of `workload` in `folder`, or note where a person's own is."""
        return workloads.make(workload, folder, rng)

    def open(self, workload: Workload, folder: Path) -> Work:
        """The work that `make` left in `folder`."""
        return workloads.open_work(workload, folder)

    def command(self, strategy: Strategy, work: Work, output: Path) -> Sequence[str]:
        """Command line of `strategy`, as people would write it; its scores are also `output`."""
        if PEER in strategy.tags:
            return peers.command(strategy.workers, work, output)
        tissue = str(work.files["tissue"][0])
        if LIMIT in strategy.tags:
            return [
                *(sys.executable, "-m", "tiltyard.pipelines.spatial.limits"),
                *(strategy.implementation, "--output", str(output), tissue),
            ]
        words = [word for name, value in work.facts.items() for word in (f"--{name}", str(value))]
        options: Mapping[str, Any] = strategy.options
        given = {
            "batch": options.get("batch"),
            "compute-queue": options.get("queue"),
            "read-workers": options.get("readers"),
        }
        words += [
            word for name, value in given.items() if value for word in (f"--{name}", str(value))
        ]
        return [
            *(*_tiltyard(strategy), "spatial", "specificity", tissue),
            *("--output", str(_folder(output)), "--scores-file", str(output), *words, "--quiet"),
            *("--implementation", strategy.implementation),
            *("--compute-workers", str(strategy.workers)),
            *(("--backend", "processes") if strategy.backend == "processes" else ()),
        ]

    def digest(self, strategy: Strategy, output: Path) -> str:
        """SHA-256 of the scores; "" of a limit, which computes none."""
        from tiltyard.engine.files.receipts import sha256_of

        if PEER in strategy.tags:
            return peers.digest(output)
        return "" if LIMIT in strategy.tags else sha256_of(output)

    def difference(self, strategy: Strategy, expected: Path, output: Path) -> str:
        """First score that is more than a step of float16 from the reference's, with both."""
        from tiltyard.pipelines.spatial.comparing import difference
        from tiltyard.pipelines.spatial.files.headers import read_header

        if LIMIT in strategy.tags:
            return ""
        if PEER in strategy.tags:
            return peers.difference(expected, output)
        header = read_header(_folder(output) / "scores.json")
        return difference(expected, output, header["shape"][1])

    def sources(self, strategy: Strategy) -> Sequence[Path]:
        """Files of this package that `strategy` runs, but for the command line's frame."""
        if PEER in strategy.tags:
            return peers.sources()
        common = [_PACKAGE.parent / "stages.py"]
        own = sorted(path for path in _PACKAGE.rglob("*.py") if path != Path(__file__))
        if LIMIT in strategy.tags:
            return [*common, *(path for path in own if _part(path) in ("limits", "h5ad"))]
        more = [peers.jax_version()] if _by_jax(strategy) else []
        return [*common, *(path for path in own if _part(path) not in _ASIDE), *more]

    def programs(self, strategy: Strategy) -> Sequence[str]:
        """The Python of programs of others, or of jax, that `strategy` starts.

        `ValueError` without them.
        """
        if _by_jax(strategy):
            return [peers.jax()]
        return [peers.python()] if PEER in strategy.tags else []

    def packages(self, strategy: Strategy) -> Sequence[str]:
        """Packages that it imports."""
        if PEER in strategy.tags:
            return ()
        if LIMIT in strategy.tags:
            return ("h5py", "numpy")
        return ("h5py", "llvmlite", "numba", "numpy", "pyarrow", "scipy")


def _by_jax(strategy: Strategy) -> bool:
    return strategy.implementation == WAY


def _tiltyard(strategy: Strategy) -> list[str]:
    """The command of this package, where the packages of `strategy` are."""
    if _by_jax(strategy):
        return [peers.jax(), "-m", "tiltyard"]
    return [str(Path(sys.executable).with_name("tiltyard"))]


def _folder(output: Path) -> Path:
    """Folder of a launch, beside its output."""
    return output.with_name(f"{output.name}.folder")


def _part(path: Path) -> str:
    """Folder of this package that a file is in, or its name."""
    return path.relative_to(_PACKAGE).parts[0]
