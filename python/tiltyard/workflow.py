"""What the Snakefile needs to know about a study: paths, patterns, threads. No Snakemake here."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile, project_root, writing_fault
from tiltyard.engine.journal.reading import read_runs
from tiltyard.engine.journal.workflow_record import WorkflowRecord
from tiltyard.engine.machine.clock import process_began
from tiltyard.engine.methods.versions import digest
from tiltyard.engine.plan.batches import PATTERN, Batch, apart, even_batches, read_receipt
from tiltyard.engine.plan.plan import START_SECONDS, Load, Plan, Room, make_plan, measured_load
from tiltyard.report.figures.settings import EACH_SETTING, WHOLE_STUDY, figure_names
from tiltyard.studies.derivatives.catalogue import selected_estimators, source_digest
from tiltyard.studies.derivatives.contract import TAGS
from tiltyard.studies.derivatives.dataset import current_versions
from tiltyard.studies.derivatives.julia.runtime import find_julia
from tiltyard.studies.derivatives.running import scoring_version
from tiltyard.studies.derivatives.study import Paths, Study, find_faults

#: Measured on 2 cores with everything untagged: CPU seconds of one evaluation of 101 samples, on
#: the average, and the exponent of its growth with their number.
EVALUATION_SECONDS, GROWTH = 0.1, 1.1
#: Evaluations of a configuration where the selection is not known before the catalogue is read.
USUAL_EVALUATIONS = 200
#: Peak memory of a job with one thread, and of each further Python worker [MB].
JOB_MEMORY_MB, WORKER_MEMORY_MB = 1400, 300
#: What the study calls a method.
METHOD_WORD = "estimator"
#: Files that `tiltyard statistics` writes.
STATISTICS = ("robustness.csv", "differences.json", "reach.csv", "cost.csv", "alarms.csv")
#: Datasets take milliseconds each: a job makes many.
DATASETS_PER_JOB = 500
#: What a cluster's job is given beyond what is expected: the expectation may be off by as much.
TIME_MARGIN = 3
#: Least that a cluster's job is given; a node may be slow, and its start is not free [min].
LEAST_MINUTES = 15


@dataclass(frozen=True)
class Titles:
    """What a job's message calls a batch, as ``"{titles:5-8}"``; changing it reruns nothing."""

    study: Study

    def __format__(self, name: str) -> str:
        total = len(self.study.configurations)
        batch = Batch.parse(name)
        members = batch.members(self.study.configurations)
        if len(batch) == 1:
            return f"[{batch.first}/{total}] {members[0]}"
        return f"[{batch.first}-{batch.last}/{total}] {members[0]} to {members[-1]}"


@dataclass(frozen=True)
class WorkflowPlan:
    """Paths of a study as Snakemake writes them, and what its rules are given.

    Attributes
    ----------
    study : Study
    paths : Paths
    parallel : Plan
        Jobs, threads and batches; ``--set-threads evaluate=N`` and ``--set-resources
        evaluate:configurations=K`` override it.
    sources : str
        Digest of all that decides an estimator's version.
    julia_version : str
        Version of the Julia that takes part, or ``off``.
    load : Load
        What the study's evaluations take.
    on_cluster : bool
        Whether jobs run elsewhere and must say what they need.
    in_job : bool
        Whether this is the plan of such a job, not of the process that submitted it.
    record : WorkflowRecord or None
        Measures this process's run; None where jobs run elsewhere.
    """

    study: Study
    paths: Paths
    parallel: Plan
    sources: str
    julia_version: str
    load: Load
    on_cluster: bool = False
    in_job: bool = False
    record: WorkflowRecord | None = field(default=None, compare=False)

    @property
    def pattern(self) -> str:
        """Regular expression of a batch's name."""
        return PATTERN

    @property
    def size(self) -> int:
        return len(self.study.configurations)

    @property
    def orders(self) -> str:
        return ",".join(map(str, self.study.orders))

    @property
    def titles(self) -> Titles:
        return Titles(self.study)

    @property
    def statistics(self) -> tuple[str, ...]:
        """Files that follow from the summary."""
        return STATISTICS

    def figures(self, *kinds: str, ending: str = "svg") -> list[str]:
        """Paths of the figures of `kinds`, of all if none is given."""
        return [
            self.results(f"figures/{name}.{ending}")
            for kind in kinds or (*EACH_SETTING, *WHOLE_STUDY)
            for name in figure_names(kind, self.study.config)
        ]

    @property
    def scoring(self) -> str:
        """Digest of the code that decides the metrics of an estimate."""
        return scoring_version()

    @property
    def dataset_code(self) -> str:
        """Digest of the code and packages that decide the datasets."""
        return digest([json.dumps(dict(current_versions()), sort_keys=True)])

    @property
    def dataset_receipts(self) -> list[str]:
        return [self.dataset_receipt(block.name(self.size)) for block in self._blocks]

    @property
    def evaluation_receipts(self) -> list[str]:
        """Of all batches; none in a cluster's job, whose own plan may cut other batches."""
        if self.in_job:
            return []
        return [self.evaluation_receipt(batch.name(self.size)) for batch in self.parallel.batches]

    def dataset_receipt(self, name: str) -> str:
        """Receipt of the datasets of the batch `name`, which may be a wildcard."""
        return str(self.paths.batches / f"datasets_{name}.json")

    def evaluation_receipt(self, name: str) -> str:
        """Receipt of the evaluations of the batch `name`, which may be a wildcard."""
        return str(self.paths.batches / f"evaluations_{name}.json")

    def members(self, name: str) -> list[str]:
        """Ids of the configurations in the batch `name`."""
        return [point.id for point in Batch.parse(name).members(self.study.configurations)]

    def datasets_for(self, name: str) -> list[str]:
        """Receipts of the datasets that the batch `name` needs."""
        batch = Batch.parse(name)
        return [
            self.dataset_receipt(block.name(self.size))
            for block in self._blocks
            if block.first <= batch.last and batch.first <= block.last
        ]

    @property
    def _blocks(self) -> list[Batch]:
        return even_batches([Batch(1, self.size)], DATASETS_PER_JOB)

    def priority(self, name: str) -> int:
        """The batch `name` starts before those with a smaller number: the first are the largest."""
        return self.size - Batch.parse(name).first

    def memory_mb(self, attempt: int) -> int:
        """Memory of an `evaluate` job at its `attempt`, counted from 1 [MB].

        A cluster may enforce it by killing the largest process, a worker: that would look like
        an estimator's crash. So its jobs have room for a worker at the study's own limit in each
        thread, and only what a job takes beside its workers can be too small and grows.
        """
        if not self.on_cluster:
            return self.parallel.job_memory_mb
        limit = math.ceil(self.study.limits.memory_mb)
        return attempt * JOB_MEMORY_MB + self.parallel.threads * limit

    def minutes(self, name: str, attempt: int) -> int:
        """Wall minutes that the batch `name` is given at its `attempt`, counted from 1."""
        busy = len(Batch.parse(name)) * self.load.seconds_each / self.parallel.threads
        expected = (START_SECONDS + busy) / 60
        return attempt * max(LEAST_MINUTES, math.ceil(TIME_MARGIN * expected))

    @property
    def announcement(self) -> str:
        """The parallel plan in words, as the first lines of a run."""
        return f"study {self.study.name}: {self.parallel}"

    @property
    def trouble(self) -> str:
        """Why nothing can be written to the study's folder, and the remedy; empty if it can."""
        fault = writing_fault(self.paths.folder)
        return fault and (
            f"{fault}. Make room or see to its permissions, and run the same command again: what "
            "was evaluated is kept"
        )

    def account(self, cores: int | None) -> str:
        """Where the time of this process's run went, in words; empty if nothing was evaluated."""
        from tiltyard.engine.journal.accounting import make_account

        began = process_began()
        runs = [run for run in read_runs(self.paths.journal) if run.started >= began]
        workflows = [self.record.finish()] if self.record else []
        if not any(run.evaluated for run in runs):
            return ""
        found = make_account(runs, workflows, cores=cores, begin=began, end=time.time())
        return "\n".join(found.lines(METHOD_WORD))

    def results(self, name: str) -> str:
        """Path of a file of the study."""
        return str(self.paths.folder / name)

    def log(self, name: str) -> str:
        return str(self.paths.folder / "logs" / f"{name}.log")

    def benchmark(self, name: str) -> str:
        return str(self.paths.folder / "benchmarks" / f"{name}.tsv")

    def prepare(self, *, dry_run: bool) -> None:
        """Rename files that are not what they should be, so that they are rebuilt; name each.

        From now on the run is measured.

        Raises
        ------
        OSError
            If the study's folder cannot be written.
        """
        if not dry_run and (trouble := self.trouble):
            raise OSError(trouble)
        if not dry_run and self.record is not None:
            self.record.start()
        for fault in find_faults(self.study, self.paths):
            verb = "would be" if dry_run else "is"
            for reason in fault.reasons:
                print(f"warning: {verb} treated as missing and rebuilt: {reason}", file=sys.stderr)
            if not dry_run:
                for path in fault.unreadable:
                    path.replace(path.with_name(f"{path.name}.unreadable"))
                fault.receipt.unlink()


def plan_workflow(config: Mapping[str, Any], room: Room, *, in_job: bool = False) -> WorkflowPlan:
    """The plan of the study that `config` describes, in the `room` that there is.

    Parameters
    ----------
    config : mapping
        The configuration, unchecked.
    room : Room
    in_job : bool
        Whether this is a cluster's job: the process that submitted it has checked the names.

    Raises
    ------
    ConfigError
        If the configuration is wrong, an estimator that it names does not exist included.
    JuliaError
        If Julia takes part and none works.
    """
    study = Study.from_config(config)
    runtime = find_julia(project_root()) if study.julia else None
    evaluations = USUAL_EVALUATIONS
    if not in_job and not _is_certain(study.config["estimators"]):
        # Refuses unknown names before any job starts.
        evaluations = len(selected_estimators(study))
    paths = Paths(Path("results") / study.name)
    load = _load(study, paths, evaluations)
    return WorkflowPlan(
        study=study,
        paths=paths,
        parallel=make_plan(load, room),
        sources=source_digest(runtime),
        julia_version=runtime.version if runtime else "off",
        load=load,
        on_cluster=room.cores is None,
        in_job=in_job,
        record=None if in_job or room.cores is None else WorkflowRecord(paths.journal, room.cores),
    )


def _load(study: Study, paths: Paths, evaluations: int) -> Load:
    """What is done, and what evaluations take: as the study's earlier ones did, or as usual."""
    receipts = {}
    for path in paths.batches.glob("evaluations_*.json"):
        with suppress(UnreadableFile):
            receipts[path] = read_receipt(path)
    seconds, source = measured_load(list(receipts.values())), "this study's evaluations so far"
    if seconds is None:
        growth = [(n / 101) ** GROWTH for n in study.config["samples"]]
        seconds = evaluations * EVALUATION_SECONDS * sum(growth) / len(growth)
        source = f"what {evaluations} evaluations usually take (within a factor of 3)"
    done = [_batch_of(study, paths, path, receipt) for path, receipt in receipts.items()]
    return Load(
        configurations=len(study.configurations),
        seconds_each=seconds,
        source=source,
        base_memory_mb=JOB_MEMORY_MB,
        thread_memory_mb=WORKER_MEMORY_MB,
        done=tuple(apart(batch for batch in done if batch is not None)),
    )


def _batch_of(study: Study, paths: Paths, path: Path, receipt: Mapping[str, Any]) -> Batch | None:
    """The batch that a receipt is for; None if its place in the study holds others by now."""
    name = path.stem.removeprefix("evaluations_")
    points = study.configurations
    try:
        batch = Batch.parse(name)
        members = batch.members(points)
    except ValueError:
        return None
    files = [str(paths.evaluation(point.id)) for point in members]
    return batch if batch.name(len(points)) == name and files == list(receipt["files"]) else None


def _is_certain(chosen: Mapping[str, Mapping[str, Sequence[str]]]) -> bool:
    """Whether a selection names nothing unknown and leaves some, whatever the catalogue holds.

    Reading the catalogue takes some seconds of imports, in Python and in Julia.
    """
    excluded = dict(chosen["exclude"])
    return not chosen["include"] and set(excluded.pop("tag", ())) <= set(TAGS) and not excluded
