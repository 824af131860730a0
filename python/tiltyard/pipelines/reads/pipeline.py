"""The pipeline `reads`: what a study of throughput measures of the streaming of reads."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.pipeline import LIMIT, Strategy, Work, Workload
from tiltyard.pipelines.reads.benchmark import strategies, workloads
from tiltyard.pipelines.reads.benchmark.claims import CLAIMS

if TYPE_CHECKING:
    import numpy as np

_PACKAGE = Path(__file__).parent
#: What is beside this file and decides no output and no time.
_ASIDE = ("benchmark", "limits", "simulating.py", "torch.py")
#: What is done to the reads: a filter, and a change of half of those that it keeps.
FILTER, STEP = "15", "reverse_complement(0.5)"
_SEED = "1"


class Reads:
    """Reads filtered by their errors, half of the others turned, and written as FASTQ."""

    name = "reads"
    extra = "reads"
    title = "Reads filtered and written"
    unit = "reads"
    axes = tuple(workloads.AXES)
    stages = ("start", "import", "open", "compute", "close")
    schema: Mapping[str, Any] = {
        "workload": workloads.SCHEMA,
        "strategies": strategies.SCHEMA,
    }
    claims = CLAIMS

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ValueError` for workloads and names that there are not."""
        self.workloads(config)
        self.baseline(config)

    def workloads(self, config: Mapping[str, Any]) -> Sequence[Workload]:
        """Workloads of a study: combinations of the lists, or one of a person's own files."""
        return workloads.workloads_of(config["workload"])

    def strategies(self, config: Mapping[str, Any]) -> Sequence[Strategy]:
        """Strategies that are named, the reference, and the limits."""
        return strategies.strategies_of(config["strategies"])

    def baseline(self, config: Mapping[str, Any]) -> str:
        """Name of the serial strategy of the fastest implementation that is named."""
        return strategies.baseline_of(self.strategies(config))

    def make(self, workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
        """Make the file of `workload` in `folder`, or note where a person's own are."""
        return workloads.make(workload, folder, rng)

    def open(self, workload: Workload, folder: Path) -> Work:
        """The work that `make` left in `folder`."""
        return workloads.open_work(workload, folder)

    def command(self, strategy: Strategy, work: Work, output: Path) -> Sequence[str]:
        """Command line of `strategy`, as people would write it."""
        files = [str(path) for path in work.files["reads"]]
        if LIMIT in strategy.tags:
            return [
                *(sys.executable, "-m", "tiltyard.pipelines.reads.limits"),
                *(strategy.implementation, "--output", str(output), *files),
            ]
        return [
            *(str(Path(sys.executable).with_name("tiltyard")), "reads", "filter", *files),
            *("--mean-error-quality", FILTER, "--step", STEP, "--seed", _SEED, "--quiet"),
            *("--output", str(output), "--output-format", "fastq"),
            *("--implementation", strategy.implementation, "--threads", str(strategy.workers)),
        ]

    def digest(self, strategy: Strategy, output: Path) -> str:
        """SHA-256 of the reads that were written; "" of a limit, which writes none."""
        from tiltyard.engine.files.receipts import sha256_of

        return "" if LIMIT in strategy.tags else sha256_of(output)

    def difference(self, strategy: Strategy, expected: Path, output: Path) -> str:
        """First record that differs from the reference's, with both."""
        from tiltyard.pipelines.reads.comparing import difference

        return "" if LIMIT in strategy.tags else difference(expected, output)

    def sources(self, strategy: Strategy) -> Sequence[Path]:
        """Files of this package that `strategy` runs, but for the command line's frame."""
        common = [_PACKAGE.parent / "stages.py"]
        own = sorted(path for path in _PACKAGE.rglob("*.py") if path != Path(__file__))
        if LIMIT in strategy.tags:
            parts = ("limits", "inputs", "rule")
            return [*common, *(path for path in own if _part(path) in parts)]
        return [*common, *(path for path in own if _part(path) not in _ASIDE)]

    def packages(self, strategy: Strategy) -> Sequence[str]:
        """Packages that it imports."""
        if strategy.implementation == "read":
            return ()
        if strategy.implementation == "inflate":
            return ("isal",)
        return ("isal", "llvmlite", "numba", "numpy")


def _part(path: Path) -> str:
    """Folder of this package that a file is in, or its name."""
    return path.relative_to(_PACKAGE).parts[0]
