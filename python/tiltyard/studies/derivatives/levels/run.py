"""One launch: a study of derivatives in a new folder, up to its merged table.

Called as ``python -m tiltyard.studies.derivatives.levels.run STUDY OUTPUT --jobs 2 --threads 1``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tiltyard.engine.journal.reading import Run, read_runs
from tiltyard.engine.project import project_root
from tiltyard.engine.study import Study
from tiltyard.engine.work.tree import adopt_orphans, wait_for_orphans
from tiltyard.pipelines import stages
from tiltyard.studies.derivatives.julia.worker import IMAGE
from tiltyard.studies.derivatives.levels.journal_stages import STAGES, WORKFLOW, share_out
from tiltyard.studies.derivatives.levels.scores import write_scores

#: Most characters of a failed run's messages that are passed on.
MESSAGE = 2000


def command_of(study: Path, folder: Path, jobs: int, threads: int, batch: int) -> list[str]:
    """Snakemake's command line, for the merged table of `study` in `folder`."""
    size = ["--set-resources", f"evaluate:configurations={batch}"] if batch else []
    return [
        *(sys.executable, "-P", "-m", "snakemake", "--cores", str(jobs * threads)),
        *("--snakefile", str(project_root() / "Snakefile"), "--directory", str(folder)),
        *("--configfile", str(study), "--quiet", "--set-threads", f"evaluate={threads}"),
        *size,
        *("--", str(_results(study) / "receipts" / "merge.json")),
    ]


def _results(study: Path) -> Path:
    return Path("results") / Study.read(study).name


def run_workflow(
    study: Path, folder: Path, jobs: int, threads: int, batch: int
) -> tuple[Path, Sequence[Run]]:
    """Run the workflow; the folder of its results, and the runs of its jobs.

    Raises
    ------
    RuntimeError
        If Snakemake fails, with the end of what it said.
    """
    _call(command_of(study, folder, jobs, threads, batch), folder)
    results = folder / _results(study)
    return results, read_runs(results / "journal")


def run_by_hand(study: Path, folder: Path, merges: bool) -> tuple[Path, Sequence[Run]]:
    """Call the workflow's jobs one after another, one thread each, without Snakemake.

    Raises
    ------
    RuntimeError
        If one fails, with the end of what it said.
    """
    whole, results = Study.read(study), folder / _results(study)
    steps = [["prepare"], ["dataset", *whole.ids], ["evaluate", *whole.ids]]
    for step in [*steps, *([["merge", "--complete"]] if merges else [])]:
        command = [sys.executable, "-P", "-m", "tiltyard", *step]
        _call([*command, "--config", str(study), "--results", str(results)], folder)
    return results, read_runs(results / "journal")


def _call(command: Sequence[str], folder: Path) -> None:
    """Run a command in `folder`, and wait for all that it started."""
    # Jobs are called by name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PATH": path},
    )
    wait_for_orphans()
    if done.returncode:
        raise RuntimeError(f"the study failed: {(done.stdout + done.stderr)[-MESSAGE:]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the launch that the command line describes, and write its scores."""
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=0, help="configurations of a job; 0: the plan")
    parser.add_argument("--compiling", action="store_true", help="without Julia's image")
    parser.add_argument("--by-hand", action="store_true", help="one job after another, no workflow")
    parser.add_argument("--no-merge", action="store_true", help="by hand, and evaluations alone")
    asked = parser.parse_args(arguments)
    if asked.compiling:
        os.environ[IMAGE] = "off"
    study, output = asked.study.resolve(), asked.output.resolve()
    begin, before = time.time(), time.process_time()
    adopt_orphans()  # so that their CPU is among that of this process's children
    with tempfile.TemporaryDirectory(prefix="levels-") as scratch:
        folder = Path(scratch)
        if asked.by_hand or asked.no_merge:
            results, runs = run_by_hand(study, folder, merges=not asked.no_merge)
        else:
            results, runs = run_workflow(study, folder, asked.jobs, asked.threads, asked.batch)
        if asked.no_merge:
            output.write_text("", "utf-8")
        else:
            write_scores(results / "results.parquet", output)
        tell_stages(runs, begin, time.time(), asked.jobs, before)
    return 0


def tell_stages(runs: Sequence[Run], begin: float, end: float, jobs: int, before: float) -> None:
    """Tell who measures this launch how its time is shared out between `begin` and `end`.

    This process had used `before` seconds of CPU when it began.
    """
    used = os.times()
    shares = share_out(runs, begin, end, jobs)
    own = used.user + used.system + used.children_user + used.children_system - before
    spent = {name: cpu for name, (_, cpu) in shares.items()}
    spent[WORKFLOW] = max(0.0, own - sum(spent.values()))
    clock = time.clock_gettime(time.CLOCK_MONOTONIC) - (time.time() - begin)
    so_far = before
    for name in [*STAGES, *(other for other in shares if other not in STAGES)]:
        if shares[name][0] or spent[name]:
            stages.tell(name, clock=clock, cpu_seconds=so_far)
        clock += shares[name][0]
        so_far += spent[name]


if __name__ == "__main__":
    sys.exit(main())
