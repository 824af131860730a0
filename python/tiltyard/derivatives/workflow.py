"""What the Snakefile needs to know about a study: paths, patterns, threads. No Snakemake here."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiltyard.derivatives.catalogue import selected_estimators, source_digest
from tiltyard.derivatives.estimator import TAGS
from tiltyard.derivatives.julia.runtime import find_julia
from tiltyard.derivatives.study import GRID, Paths, Study, unreadable_files
from tiltyard.study.files import project_root
from tiltyard.study.plan import threads_per_job

#: Memory of a job's own process, the fork server and Julia at rest [MB].
JOB_MEMORY_MB = 1500


@dataclass(frozen=True)
class WorkflowPlan:
    """Paths of a study as Snakemake writes them, and what its rules are given.

    Attributes
    ----------
    study : Study
    paths : Paths
    threads : int
        Cores of one `evaluate` job; ``--set-threads evaluate=N`` overrides it.
    sources : str
        Digest of all that decides an estimator's version.
    julia_version : str
        Version of the Julia that takes part, or ``off``.
    """

    study: Study
    paths: Paths
    threads: int
    sources: str
    julia_version: str

    @property
    def pattern(self) -> str:
        """Regular expression of a configuration's id."""
        return GRID.pattern

    @property
    def size(self) -> int:
        return len(self.study.configurations)

    @property
    def orders(self) -> str:
        return ",".join(map(str, self.study.orders))

    @property
    def memory_mb(self) -> int:
        return JOB_MEMORY_MB

    @property
    def dataset(self) -> str:
        return str(self.paths.dataset("{configuration}"))

    @property
    def evaluation(self) -> str:
        return str(self.paths.evaluation("{configuration}"))

    @property
    def datasets(self) -> list[str]:
        return [str(self.paths.dataset(point.id)) for point in self.study.configurations]

    @property
    def evaluations(self) -> list[str]:
        return [str(self.paths.evaluation(point.id)) for point in self.study.configurations]

    def results(self, name: str) -> str:
        """Path of a file of the study."""
        return str(self.paths.folder / name)

    def log(self, name: str) -> str:
        return str(self.paths.folder / "logs" / f"{name}.log")

    def benchmark(self, name: str) -> str:
        return str(self.paths.folder / "benchmarks" / f"{name}.tsv")

    def set_aside_unreadable(self, *, dry_run: bool) -> None:
        """Rename files that are not what they should be, so that they are rebuilt; name each."""
        for path, fault in unreadable_files(self.study, self.paths).items():
            verb = "would be" if dry_run else "is"
            print(f"warning: {verb} treated as missing and rebuilt: {fault}", file=sys.stderr)
            if not dry_run:
                path.replace(path.with_name(f"{path.name}.unreadable"))


def is_dry_run(arguments: Sequence[str]) -> bool:
    """Whether Snakemake's command line `arguments` ask for a dry run, as ``-n`` or ``-np`` do."""
    return any(re.fullmatch(r"--dry-?run|-[a-zA-Z]*n[a-zA-Z]*", word) for word in arguments)


def plan_workflow(config: Mapping[str, Any], cores: int | None) -> WorkflowPlan:
    """The plan of the study that `config` describes, on a machine or cluster with `cores`.

    Parameters
    ----------
    config : mapping
        The configuration, unchecked.
    cores : int or None
        Cores that Snakemake may use; None where that is the cluster's affair.

    Raises
    ------
    ConfigError
        If the configuration is wrong, an estimator that it names does not exist included.
    JuliaError
        If Julia takes part and none works.
    """
    study = Study.from_config(config)
    runtime = find_julia(project_root()) if study.julia else None
    if not _is_certain(study.config["estimators"]):
        selected_estimators(study)  # refuses unknown names before any job starts
    return WorkflowPlan(
        study=study,
        paths=Paths(Path("results") / study.name),
        threads=threads_per_job(len(study.configurations), cores or 1),
        sources=source_digest(runtime),
        julia_version=runtime.version if runtime else "off",
    )


def _is_certain(chosen: Mapping[str, Mapping[str, Sequence[str]]]) -> bool:
    """Whether a selection names nothing unknown and leaves some, whatever the catalogue holds.

    Reading the catalogue takes some seconds of imports, in Python and in Julia.
    """
    excluded = dict(chosen["exclude"])
    return not chosen["include"] and set(excluded.pop("tag", ())) <= set(TAGS) and not excluded
