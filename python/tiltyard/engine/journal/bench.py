"""Benchmark of a study: a fresh run through Snakemake, with every core second accounted for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.journal.account import (
    COMPILING,
    IDLE,
    METHODS,
    OTHER,
    PROGRAMS,
    STEAL,
    UNKNOWN,
    WAITING,
    Account,
)
from tiltyard.engine.journal.accounting import make_account
from tiltyard.engine.journal.reading import WorkflowRun, read_runs
from tiltyard.engine.journal.workflow_record import WorkflowRecord
from tiltyard.engine.project import project_root
from tiltyard.engine.work.tree import wait_for_orphans

#: Names of the account's parts in `results/bench.json`.
NAMES = {
    METHODS: "method_cpu_seconds",
    WAITING: "waiting_seconds",
    COMPILING: "compile_cpu_seconds",
    OTHER: "other_cpu_seconds",
    IDLE: "idle_seconds",
    PROGRAMS: "other_programs_seconds",
    STEAL: "steal_seconds",
    UNKNOWN: "unknown_seconds",
}


@dataclass(frozen=True)
class Bench:
    """Account of one run.

    Attributes
    ----------
    study : str
    evaluations : int
        Methods × configurations that were evaluated.
    account : Account
    job_peak_memory_mb : float
        Highest resident memory of an evaluation job with its workers.
    method_word : str
        Noun for a method, in the singular.
    """

    study: str
    evaluations: int
    account: Account
    job_peak_memory_mb: float
    method_word: str = "method"

    def to_dict(self) -> dict[str, Any]:
        """The account in plain values; a part that is not known is None.

        ``overhead_share`` is ``overhead_seconds``, the sum of ``compile_cpu_seconds``,
        ``other_cpu_seconds`` and ``idle_seconds``, divided by ``core_seconds``, the sum of all
        parts; ``overhead_share_of_own`` leaves out of the latter what other programs and the
        hypervisor took.
        """
        account = self.account
        return {
            "study": self.study,
            "cores": account.cores,
            "wall_seconds": account.wall,
            "evaluations": self.evaluations,
            "core_seconds": account.total,
            **{name: account.parts.get(part) for part, name in NAMES.items()},
            "overhead_seconds": account.overhead,
            "overhead_share": account.overhead_share,
            "overhead_share_of_own": account.overhead_of_own if account.known else None,
            "job_peak_memory_mb": self.job_peak_memory_mb,
        }

    def __str__(self) -> str:
        first = (
            f"study {self.study}: {self.evaluations} evaluations, peak memory of a job "
            f"{self.job_peak_memory_mb:.0f} MB"
        )
        return "\n".join([first, *self.account.lines(self.method_word)])


def run_bench(config: Path, study: str, cores: int, method_word: str = "method") -> Bench:
    """Run the study of `config` in a folder of its own, from nothing, and account for the time.

    The folder is ``results/bench``; the account is also written to ``results/bench.json``.

    Raises
    ------
    RuntimeError
        If Snakemake fails; its messages have been printed.
    """
    results = project_root() / "results"
    folder = results / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [
        *(sys.executable, "-P", "-m", "snakemake", "--cores", str(cores)),
        *("--snakefile", str(project_root() / "Snakefile")),
        *("--directory", str(folder), "--configfile", str(config.resolve()), "--quiet"),
    ]
    record = WorkflowRecord(None, cores)
    record.start()
    if subprocess.run(command, check=False).returncode:
        raise RuntimeError(f"the study failed: see above and the logs below {folder}")
    wait_for_orphans()
    bench = _bench_of(folder / "results" / study, study, record.finish(), method_word)
    write_text(results / "bench.json", json.dumps(bench.to_dict(), indent=1) + "\n")
    return bench


def _bench_of(folder: Path, study: str, workflow: WorkflowRun, method_word: str) -> Bench:
    """The account of the `workflow` whose study's files are in `folder`."""
    runs = read_runs(folder / "journal")
    jobs = [pd.read_csv(path, sep="\t") for path in folder.glob("benchmarks/evaluate/*.tsv")]
    begin, end = workflow.samples[0].time, workflow.samples[-1].time
    return Bench(
        study=study,
        evaluations=sum(done.computed for run in runs for done in run.evaluated),
        account=make_account(runs, [workflow], begin=begin, end=end),
        job_peak_memory_mb=float(pd.concat(jobs)["max_rss"].max()),
        method_word=method_word,
    )
