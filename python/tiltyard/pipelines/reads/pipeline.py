"""The pipeline `reads`: what a study of throughput measures of the streaming of reads."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE, Strategy, Work, Workload
from tiltyard.pipelines.reads import sampling
from tiltyard.pipelines.reads.benchmark import limits, peers, strategies, workloads
from tiltyard.pipelines.reads.benchmark.claims import CLAIMS
from tiltyard.pipelines.reads.benchmark.handing import check_handed
from tiltyard.pipelines.reads.benchmark.loading import TORCH, Loading
from tiltyard.pipelines.reads.benchmark.tasks import TASKS, Written
from tiltyard.pipelines.reads.workers.lending import THREADS

if TYPE_CHECKING:
    import numpy as np

_PACKAGE = Path(__file__).parent
#: What is beside this file and decides no output and no time.
_ASIDE = ("benchmark", "limits", "sampling.py", "simulating.py", "torch.py")
#: What limits run: how bytes are read and inflated.
_OF_LIMITS = ("limits", "inputs", "rule", "native", "compiled", "buffers.py", "texts.py")
#: But of `benchmark` these.
_STREAMING = tuple(
    _PACKAGE / "benchmark" / f"{name}.py" for name in ("loading", "seeing", "streaming", "tasks")
)


class Reads:
    """Reads filtered and written as FASTQ, or streamed, changed and encoded for a model."""

    name = "reads"
    extra = "reads"
    title = "Reads filtered, encoded and augmented"
    unit = "reads"
    axes = tuple(workloads.AXES)
    stages = ("start", "import", "open", "compute", "close")
    schema: Mapping[str, Any] = {
        "workload": workloads.SCHEMA,
        "strategies": strategies.SCHEMA,
    }
    claims = CLAIMS
    auto = "--threads auto"

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ValueError` for workloads, names and programs that there are not."""
        given = self.workloads(config)
        self.baseline(config)
        chosen = self.strategies(config)
        limits.check([one.name for one in chosen if LIMIT in one.tags], given)
        for one in chosen:
            self.programs(one)
            if one.name in peers.NAMES:
                self._check_peer(one.name, given)
            else:
                check_handed(one, given)

    def _check_peer(self, name: str, given: Sequence[Workload]) -> None:
        task = peers.task_of(name)
        for workload in given:
            if workload.axes["task"] != task:
                raise ValueError(
                    f"strategies has {name}, which does the task {task}, and the workload "
                    f"{workload.name} is another; make it a study of its own"
                )
            if len(workload.facts.get("files", ("",))) > 1:
                raise ValueError(f"strategies has {name}, which takes one file: name one")

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
        if LIMIT in strategy.tags:
            return limits.command(strategy.name, work, output)
        if strategy.name in peers.NAMES:
            return peers.command(strategy.name, work, output)
        name = str(work.workload.axes["task"])
        task, loading = TASKS[name], Loading(**strategy.options)
        files = [str(path) for path in work.files["reads"]]
        if isinstance(task, Written):
            return [
                *(str(Path(sys.executable).with_name("tiltyard")), "reads", "filter", *files),
                *(*task.options, "--quiet", "--output", str(output), "--output-format", "fastq"),
                *("--implementation", strategy.implementation, "--threads", str(strategy.workers)),
            ]
        python = peers.torch() if _by_torch(strategy) else sys.executable
        inflating = loading.workers if loading.kind == THREADS else 0
        return [
            *(python, "-m", "tiltyard.pipelines.reads.benchmark.streaming"),
            *("--task", name, "--output", str(output), "--batch", strategy.block or "0"),
            *("--implementation", strategy.implementation, "--threads", str(inflating)),
            *loading.words,
            *(["--shares"] if REFERENCE in strategy.tags and task.encode else []),
            *files,
        ]

    def digest(self, strategy: Strategy, output: Path) -> str:
        """SHA-256 of what every strategy writes; "" of a limit, which writes nothing of it."""
        from tiltyard.pipelines.reads.comparing import digest_of

        return "" if LIMIT in strategy.tags else digest_of(output)

    def difference(self, strategy: Strategy, expected: Path, output: Path) -> str:
        """First record or number that differs from the reference's, with both."""
        from tiltyard.pipelines.reads.comparing import difference

        if LIMIT in strategy.tags:
            return ""
        if strategy.name in peers.NAMES:
            return peers.difference(strategy.name, expected, output)
        return difference(expected, output)

    def sources(self, strategy: Strategy) -> Sequence[Path]:
        """Files of this package that `strategy` runs, but for the command line's frame."""
        common = [_PACKAGE.parent / "stages.py"]
        own = sorted(path for path in _PACKAGE.rglob("*.py") if path != Path(__file__))
        if strategy.name in peers.NAMES:
            return peers.sources(strategy.name)
        if LIMIT in strategy.tags:
            chosen = [path for path in own if _part(path) in _OF_LIMITS]
            return [*common, *chosen, _PACKAGE / "benchmark" / "limits.py"]
        found = [*common, *_STREAMING, *(path for path in own if _part(path) not in _ASIDE)]
        return (
            [*found, _PACKAGE / "torch.py", peers.torch_version()] if _by_torch(strategy) else found
        )

    def programs(self, strategy: Strategy) -> Sequence[str]:
        """Programs of others that `strategy` starts."""
        if _by_torch(strategy):
            return [peers.torch()]
        if PEER in strategy.tags:
            return [peers.needed(strategy.name)]
        started = limits.program(strategy.name) if LIMIT in strategy.tags else None
        return [started] if started else []

    def packages(self, strategy: Strategy) -> Sequence[str]:
        """Packages that it imports."""
        if strategy.name in peers.NAMES:
            return ()
        if LIMIT in strategy.tags:
            return {
                "inflate": ("isal", "llvmlite", "numba", "numpy"),
                "fill": ("numpy",),
                "copy": ("numpy",),
            }.get(strategy.name, ())
        return ("isal", "llvmlite", "numba", "numpy")

    def own(self, files: Sequence[Path]) -> Work:
        """The work of filtering a person's own files."""
        return sampling.own(files)

    def candidates(self, work: Work, cores: int) -> Sequence[Strategy]:
        """The quickest implementation, with different numbers of threads."""
        return sampling.candidates(work, cores)

    def amount(self, work: Work) -> float:
        """Bytes of the files."""
        return sampling.amount(work)

    def sample(self, work: Work, folder: Path, share: float) -> Work:
        """The beginning of each file, about `share` of it, compressed as it is."""
        return sampling.sample(work, folder, share)

    def command_line(self, strategy: Strategy, work: Work) -> str:
        """The command that a person would type."""
        return sampling.command_line(strategy, work)


def _by_torch(strategy: Strategy) -> bool:
    return strategy.backend == TORCH


def _part(path: Path) -> str:
    """Folder of this package that a file is in, or its name."""
    return path.relative_to(_PACKAGE).parts[0]
