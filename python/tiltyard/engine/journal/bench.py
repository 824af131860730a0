"""Where a study's time goes: run it afresh through Snakemake and account for every core second."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.project import project_root
from tiltyard.engine.work.tree import adopt_orphans, wait_for_orphans


@dataclass(frozen=True)
class Bench:
    """Account of one run.

    Attributes
    ----------
    study : str
    cores : int
        That Snakemake was given.
    wall_seconds : float
    evaluations : int
        Estimators x configurations that were timed.
    estimator_cpu_seconds : float
        The estimators' own calls.
    compile_cpu_seconds : float
        Compiling, importing and warming up inside the workers.
    other_cpu_seconds : float
        Everything else: Python's start and imports, Julia's start, Snakemake, reading, writing.
    idle_seconds : float
        cores x wall that no process of the study used.
    overhead_share : float
        1 - estimator_cpu_seconds / (cores x wall).
    job_peak_memory_mb : float
        Highest resident memory of an evaluation job with its workers.
    """

    study: str
    cores: int
    wall_seconds: float
    evaluations: int
    estimator_cpu_seconds: float
    compile_cpu_seconds: float
    other_cpu_seconds: float
    idle_seconds: float
    overhead_share: float
    job_peak_memory_mb: float

    def __str__(self) -> str:
        capacity = self.cores * self.wall_seconds
        parts = [
            ("estimators' own CPU", self.estimator_cpu_seconds),
            ("compiling and warming up", self.compile_cpu_seconds),
            ("start, imports, Snakemake, files", self.other_cpu_seconds),
            ("idle cores", self.idle_seconds),
        ]
        lines = [
            f"study {self.study} on {self.cores} cores: {self.wall_seconds:.1f} s wall, "
            f"{self.evaluations} evaluations, peak memory of a job "
            f"{self.job_peak_memory_mb:.0f} MB"
        ]
        lines += [f"{name:>34} {value:8.1f} s {value / capacity:7.1%}" for name, value in parts]
        lines.append(f"{'overhead':>34} {self.overhead_share:18.1%}")
        return "\n".join(lines)


def run_bench(config: Path, study: str, cores: int) -> Bench:
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
        *(sys.executable, "-m", "snakemake", "--cores", str(cores)),
        *("--snakefile", str(project_root() / "Snakefile")),
        *("--directory", str(folder), "--configfile", str(config.resolve()), "--quiet"),
    ]
    adopt_orphans()
    start, before = time.perf_counter(), _children_cpu()
    if subprocess.run(command, check=False).returncode:
        raise RuntimeError(f"the study failed: see above and the logs below {folder}")
    wall = time.perf_counter() - start
    wait_for_orphans()
    bench = _account(folder / "results" / study, study, cores, wall, _children_cpu() - before)
    write_text(results / "bench.json", json.dumps(asdict(bench), indent=1) + "\n")
    return bench


def _account(folder: Path, study: str, cores: int, wall: float, cpu: float) -> Bench:
    rows = pd.read_csv(folder / "results.csv")
    timed = rows.drop_duplicates(["configuration", "estimator", "language"])
    own, compiling = timed["cpu_seconds"].sum(), timed["warm_up_seconds"].sum()
    jobs = [pd.read_csv(path, sep="\t") for path in folder.glob("benchmarks/evaluate/*.tsv")]
    return Bench(
        study=study,
        cores=cores,
        wall_seconds=wall,
        evaluations=len(timed),
        estimator_cpu_seconds=float(own),
        compile_cpu_seconds=float(compiling),
        other_cpu_seconds=float(cpu - own - compiling),
        idle_seconds=float(cores * wall - cpu),
        overhead_share=float(1 - own / (cores * wall)),
        job_peak_memory_mb=float(pd.concat(jobs)["max_rss"].max()),
    )


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
