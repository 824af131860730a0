"""The derivative study's levels as a pipeline: jobs, threads, batches, Julia's image."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tiltyard.engine.project import project_root
from tiltyard.pipelines.pipeline import LIMIT, Axis, Claim, Strategy, Work, Workload
from tiltyard.studies.derivatives.levels import scores
from tiltyard.studies.derivatives.levels.claims import CLAIMS
from tiltyard.studies.derivatives.levels.journal_stages import STAGES
from tiltyard.studies.derivatives.levels.names import BY_HAND, PATTERN, PLAIN, controls, strategy_of
from tiltyard.studies.derivatives.levels.workload import (
    LEVELS,
    base_file,
    open_study,
    workloads_of,
    write_study,
)

if TYPE_CHECKING:
    import numpy as np

_COUNTS = {"type": "array", "minItems": 1, "uniqueItems": True}
SCHEMA = {
    "workload": {
        "type": "object",
        "additionalProperties": False,
        "required": ["base", "noise_levels", "trials"],
        "properties": {
            "base": {**_COUNTS, "items": {"type": "string"}},
            "noise_levels": {
                **_COUNTS,
                "items": {"type": "integer", "minimum": 1, "maximum": len(LEVELS)},
            },
            "trials": {**_COUNTS, "items": {"type": "integer", "minimum": 1}},
        },
    },
    "strategies": {**_COUNTS, "items": {"type": "string", "pattern": f"^{PATTERN}$"}},
}


class Levels:
    """A launch is a whole study up to its merged table; a strategy has so many jobs and threads."""

    name = "levels"
    extra = "peers"  # as any study of derivatives
    title = "two levels of parallelism of a study of derivatives"
    unit = "configurations"
    axes: Sequence[Axis] = (
        Axis(name="base", symbol="", meaning="configuration file that the study is made from"),
        Axis(name="noise_levels", symbol="l", meaning="levels of noise"),
        Axis(name="trials", symbol="r", meaning="trials of each level"),
    )
    stages: Sequence[str] = STAGES
    schema: Mapping[str, Any] = MappingProxyType(SCHEMA)
    claims: Sequence[Claim] = CLAIMS

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ValueError` if a base is no study of derivatives."""
        for name in config["workload"]["base"]:
            base_file(name)

    def workloads(self, config: Mapping[str, Any]) -> Sequence[Workload]:
        """A study for each combination of base, noise levels and trials."""
        return workloads_of(config["workload"])

    def strategies(self, config: Mapping[str, Any]) -> Sequence[Strategy]:
        """The controls, and the plain one and those of the configuration."""
        names = dict.fromkeys([PLAIN, *config["strategies"]])
        return [*controls(), *map(strategy_of, names)]

    def baseline(self, config: Mapping[str, Any]) -> str:
        """One job after another, one thread each."""
        return PLAIN

    def make(self, workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
        """Write the study's configuration."""
        return write_study(workload, folder, int(rng.integers(2**31)))

    def open(self, workload: Workload, folder: Path) -> Work:
        """The study whose configuration is in `folder`."""
        return open_study(workload, folder)

    def command(self, strategy: Strategy, work: Work, output: Path) -> Sequence[str]:
        """A run of the whole study, in a folder that it removes."""
        (study,) = work.files["study"]
        start = [sys.executable, "-P", "-m", f"{__package__}.run", str(study), str(output)]
        if LIMIT in strategy.tags:
            return [*start, "--no-merge"]
        if strategy.name == BY_HAND:
            return [*start, "--by-hand"]
        asked = strategy.options
        how = [f"--{name}={asked[name]}" for name in ("jobs", "threads", "batch")]
        return [*start, *how, *([] if asked["image"] else ["--compiling"])]

    def digest(self, strategy: Strategy, output: Path) -> str:
        """SHA-256 of all scores, bit for bit."""
        return scores.digest_of(output)

    def difference(self, strategy: Strategy, expected: Path, output: Path) -> str:
        """The first score that differs, in words."""
        return "" if LIMIT in strategy.tags else scores.first_difference(expected, output)

    def sources(self, strategy: Strategy) -> Sequence[Path]:
        """All of the package, Julia's estimators, and the workflow."""
        root = project_root()
        folders = [(root / "python" / "tiltyard", "*.py"), (root / "julia" / "src", "*.jl")]
        folders.append((root / "workflow", "*.smk"))
        found = [path for folder, pattern in folders for path in folder.rglob(pattern)]
        return sorted([*found, root / "Snakefile"])

    def packages(self, strategy: Strategy) -> Sequence[str]:
        """Packages that plan, run and compute a study."""
        return ("snakemake", "joblib", "numpy", "scipy", "pandas", "pyarrow")
