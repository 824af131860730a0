"""The pipeline `sequences`: what a study of throughput measures of embedding and of reading."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.pipeline import LIMIT, PEER, Strategy, Work, Workload
from tiltyard.pipelines.sequences import sampling
from tiltyard.pipelines.sequences.benchmark import peers, strategies, workloads
from tiltyard.pipelines.sequences.benchmark.claims import CLAIMS
from tiltyard.pipelines.sequences.benchmark.workloads import EMBED, task_of

if TYPE_CHECKING:
    import numpy as np

_PACKAGE = Path(__file__).parent
#: What is beside this file and decides no output and no time.
_ASIDE = (
    *("benchmark", "classifying", "limits", "predicting", "sampling.py", "simulating.py"),
    "training",
)
#: What embeds, and is not run to read chunks.
_OF_EMBEDDING = ("embedding", "models")


class Sequences:
    """Frames embedded by a seeded model in many ways; or chunks read in six frames."""

    name = "sequences"
    extra = "sequences"
    title = "Sequences embedded, or read in six frames"
    unit = "bases"
    axes = tuple(workloads.AXES)
    stages = ("start", "import", "open", "compute", "write", "close")
    schema: Mapping[str, Any] = {
        "workload": workloads.SCHEMA,
        "strategies": strategies.SCHEMA,
    }
    claims = CLAIMS
    auto = "--workers auto"

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ValueError` for workloads, names, and libraries of others, that there are not."""
        self.workloads(config)
        self.baseline(config)
        if any(PEER in one.tags for one in self.strategies(config)):
            peers.python()

    def workloads(self, config: Mapping[str, Any]) -> Sequence[Workload]:
        """Workloads of a study: combinations of the lists, or one of a person's own files."""
        return workloads.workloads_of(config["workload"])

    def strategies(self, config: Mapping[str, Any]) -> Sequence[Strategy]:
        """Strategies that are named, the reference, and the limits."""
        return strategies.strategies_of(config["strategies"], task_of(config["workload"]))

    def baseline(self, config: Mapping[str, Any]) -> str:
        """Name of the serial strategy of the best kind that is named."""
        return strategies.baseline_of(self.strategies(config), task_of(config["workload"]))

    def make(self, workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
        """Make the files of `workload` in `folder`, or note where a person's own are."""
        return workloads.make(workload, folder, rng)

    def open(self, workload: Workload, folder: Path) -> Work:
        """The work that `make` left in `folder`."""
        return workloads.open_work(workload, folder)

    def command(self, strategy: Strategy, work: Work, output: Path) -> Sequence[str]:
        """Command line of `strategy`, as people would write it."""
        if work.facts["task"] == sampling.PREDICT:
            return sampling.command(strategy, work, output)
        if PEER in strategy.tags:
            return peers.command(work, output)
        files = [str(path) for path in work.files["sequences"]]
        embeds = work.facts["task"] == EMBED
        if LIMIT in strategy.tags:
            model = ["--model", work.facts["model"]] if embeds else []
            return [
                *(sys.executable, "-m", "tiltyard.pipelines.sequences.limits"),
                *(strategy.implementation, *model, "--output", str(output), *files),
            ]
        program = [str(Path(sys.executable).with_name("tiltyard")), "sequences"]
        if not embeds:
            way = ["--translation", strategy.implementation]
            return [*program, "translate", *files, *way, "--output", str(output)]
        (graph,) = work.files["graph"]
        chosen = (f"--{name}={value}" for name, value in strategy.options.items())
        return [
            *(*program, "embed", *files, "--model", work.facts["model"], "--quiet"),
            *("--graphs", str(graph.parent), "--device", "cpu", *chosen, "--output", str(output)),
        ]

    def digest(self, strategy: Strategy, output: Path) -> str:
        """SHA-256 of names and vectors, or of the proteins; "" of a limit, which writes none."""
        if LIMIT in strategy.tags:
            return ""
        if strategies.EMBEDDING in strategy.tags:
            from tiltyard.pipelines.sequences.comparing import digest_of_vectors

            return digest_of_vectors(output)
        from tiltyard.engine.files.receipts import sha256_of

        return sha256_of(output)

    def difference(self, strategy: Strategy, expected: Path, output: Path) -> str:
        """First number that differs from the reference's by more than rounding, or first line."""
        from tiltyard.pipelines.sequences.comparing import fasta_differs, vectors_differ

        if LIMIT in strategy.tags:
            return ""
        if strategies.EMBEDDING in strategy.tags:
            return vectors_differ(expected, output)
        return fasta_differs(expected, output)

    def sources(self, strategy: Strategy) -> Sequence[Path]:
        """Files of this package that `strategy` runs, but for the command line's frame."""
        if PEER in strategy.tags:
            return peers.sources()
        common = [_PACKAGE.parent / "stages.py"]
        own = sorted(path for path in _PACKAGE.rglob("*.py") if path != Path(__file__))
        if LIMIT in strategy.tags:
            parts = ("limits", "models", "rule", "fasta.py")
            return [*common, *(path for path in own if _part(path) in parts)]
        embeds = strategies.EMBEDDING in strategy.tags
        aside = (*_ASIDE, *(("vectorised", "translating.py") if embeds else _OF_EMBEDDING))
        return [*common, *(path for path in own if _part(path) not in aside)]

    def packages(self, strategy: Strategy) -> Sequence[str]:
        """Packages that it imports; those of others are in an environment of their own."""
        if PEER in strategy.tags:
            return ()
        if strategy.implementation == strategies.READ:
            return ()
        if strategies.EMBEDDING in strategy.tags:
            return ("numpy", "onnxruntime", "pyarrow")
        return ("numpy",)

    def own(self, files: Sequence[Path]) -> Work:
        """The work of predicting a person's own contigs, by their classifier if they give one."""
        return sampling.own(files)

    def candidates(self, work: Work, cores: int) -> Sequence[Strategy]:
        """Numbers of processes to try, one first; see `sampling.candidates`."""
        return sampling.candidates(work, cores)

    def amount(self, work: Work) -> float:
        """Bases of all contigs."""
        return sampling.amount(work)

    def sample(self, work: Work, folder: Path, share: float) -> Work:
        """Stretches of the contigs; see `sampling.sample`."""
        return sampling.sample(work, folder, share)

    def command_line(self, strategy: Strategy, work: Work) -> str:
        """The command that a person would type."""
        return sampling.command_line(strategy, work)


def _part(path: Path) -> str:
    """Folder of this package that a file is in, or its name."""
    return path.relative_to(_PACKAGE).parts[0]
