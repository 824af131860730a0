"""Plan of a study for the Snakefile: paths, patterns, threads. Snakemake is not imported."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tiltyard.engine.catalogue import selection_of, warnings_of
from tiltyard.engine.files.atomic import visible_fault, writing_fault
from tiltyard.engine.files.digests import digest
from tiltyard.engine.journal.reading import read_runs
from tiltyard.engine.journal.workflow_record import WorkflowRecord
from tiltyard.engine.kind import Cost, Figure
from tiltyard.engine.machine.clock import process_began
from tiltyard.engine.methods.plugins import PluginFault
from tiltyard.engine.plan.batches import PATTERN, Batch, BatchTitles, even_batches
from tiltyard.engine.plan.damage import BUNDLE, JOBS, Broken, find_damage
from tiltyard.engine.plan.load import load_of
from tiltyard.engine.plan.plan import Plan, Resources, Workload, make_plan
from tiltyard.engine.statistics.tables import MERGED, statistics_of
from tiltyard.engine.study import Study, refuse_older, refuse_other
from tiltyard.report.figures.drawing import caption_of, figures_of

#: Number of methods that is assumed while the catalogue has not been read.
USUAL_METHODS = 200
#: Most datasets of a job; each takes milliseconds.
DATASETS_PER_JOB = 500
#: Ratio of the time that a cluster's job is given to the expected one, which may be off by as much.
TIME_MARGIN = 3
#: Least time that a cluster's job is given, as nodes may be slow to start [min].
LEAST_MINUTES = 15


@dataclass(frozen=True)
class WorkflowPlan:
    """Paths of a study as Snakemake writes them, and parameters of its rules.

    Attributes
    ----------
    study : Study
    parallel : Plan
        Jobs, threads and batches; ``--set-threads evaluate=N`` and ``--set-resources
        evaluate:configurations=K`` override it.
    cost : Cost
        Expected cost of evaluations, used until some are measured.
    load : Workload
        Work of the study, measured if some evaluations are.
    on_cluster : bool
        Whether jobs run elsewhere and must say what they need.
    in_job : bool
        Whether this is the plan of such a job, not of the process that submitted it.
    record : WorkflowRecord or None
        Measurements of this process's run; None if jobs run elsewhere.
    thorough : bool
        Whether every file is read to find damage, not only those whose size or time changed.
    faults : sequence of PluginFault
        Installed packages whose methods do not take part.
    """

    study: Study
    parallel: Plan
    cost: Cost
    load: Workload
    on_cluster: bool = False
    in_job: bool = False
    record: WorkflowRecord | None = field(default=None, compare=False)
    thorough: bool = False
    faults: Sequence[PluginFault] = ()

    @property
    def pattern(self) -> str:
        """Regular expression of a batch's name."""
        return PATTERN

    @property
    def size(self) -> int:
        return len(self.study.configurations)

    @property
    def method(self) -> str:
        """Noun for what is compared, in the singular."""
        return self.study.kind.words.method

    @property
    def titles(self) -> BatchTitles:
        return BatchTitles(self.study)

    @property
    def config(self) -> str:
        """The checked configuration, as JSON."""
        return self.study.to_json()

    @property
    def identity(self) -> str:
        """Kind, name and seed, which decide a dataset together with its configuration's id."""
        return json.dumps([self.study.kind.name, self.study.name, self.study.seed])

    @property
    def options(self) -> str:
        """Keys and limits that decide evaluations and their rows, as JSON; a change checks them."""
        limits = self.study.limits
        options = {**self.study.options(), **self.study.extent()}
        return json.dumps([options, limits.seconds, limits.memory_mb])

    @cached_property
    def sources(self) -> str:
        """Digest of all that decides the methods' versions, and which packages' are missing."""
        sources = self.study.kind.sources(self.study.config)
        missing = [f"{fault.package} {fault.methods}" for fault in self.faults]
        return digest([sources, *missing]) if missing else sources

    @cached_property
    def runtimes(self) -> str:
        """Versions of the languages and programs that methods run in, as JSON."""
        return json.dumps(dict(self.study.kind.runtimes(self.study.config)), sort_keys=True)

    @property
    def scoring(self) -> str:
        """Digest of the code that makes rows of an outcome."""
        return self.study.kind.scoring_code()

    @property
    def dataset_code(self) -> str:
        """Digest of the code and packages that decide the datasets."""
        return digest([json.dumps(dict(self.study.kind.dataset_code()), sort_keys=True)])

    @property
    def statistics(self) -> list[str]:
        """Paths of the tables that are computed from the summary."""
        return [self.results(name) for name in statistics_of(self.study.kind)]

    def caption(self, path: str) -> str | None:
        """File with the caption of the table in `path` in Snakemake's report; None without."""
        own = {table.file: table.caption for table in self.study.kind.tables}
        name = Path(path).name
        found = own.get(name) or caption_of(self.study.kind, Path(path).stem)
        return str(found) if found.is_file() else None

    @property
    def figures(self) -> Sequence[Figure]:
        return figures_of(self.study.kind)

    def files_of(self, figure: Figure, ending: str = "svg") -> list[str]:
        """Paths of the files of `figure`."""
        names = figure.files(self.study.config)
        return [self.results(f"figures/{name}.{ending}") for name in names]

    @property
    def dataset_receipts(self) -> list[str]:
        return [self.dataset_receipt(block.name(self.size)) for block in self._blocks]

    @property
    def evaluation_receipts(self) -> list[str]:
        """Receipts of all batches; none in a cluster's job, which may plan other batches."""
        if self.in_job:
            return []
        return [self.evaluation_receipt(batch.name(self.size)) for batch in self.parallel.batches]

    def dataset_receipt(self, name: str) -> str:
        """Receipt of the datasets of the batch `name`, which may be a wildcard."""
        return self.receipt(f"datasets_{name}")

    def evaluation_receipt(self, name: str) -> str:
        """Receipt of the evaluations of the batch `name`, which may be a wildcard."""
        return self.receipt(f"evaluations_{name}")

    def receipt(self, name: str) -> str:
        """Receipt of the job `name`."""
        return str(self.study.receipt(name))

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
        """Priority of the batch `name`: the first ones are the largest and have the highest."""
        return self.size - Batch.parse(name).first

    def memory_mb(self, attempt: int) -> int:
        """Memory of an `evaluate` job at its `attempt`, counted from 1 [MB].

        A cluster may enforce it by killing the largest process, a worker, which would look like a
        crash of the method. Its jobs therefore have room for a worker at the study's own limit in
        each thread; only the memory of the job's own process grows with `attempt`.
        """
        if not self.on_cluster:
            return self.parallel.job_memory_mb
        limit = math.ceil(self.study.limits.memory_mb)
        return attempt * math.ceil(self.cost.job_mb) + self.parallel.threads * limit

    def minutes(self, name: str, attempt: int) -> int:
        """Wall minutes that the batch `name` is given at its `attempt`, counted from 1."""
        busy = len(Batch.parse(name)) * self.load.seconds_each / self.parallel.threads
        expected = (self.cost.start_seconds + busy) / 60
        return attempt * max(LEAST_MINUTES, math.ceil(TIME_MARGIN * expected))

    @property
    def slurm_extra(self) -> str:
        """Further options for Slurm: a job whose times are scored has its node alone."""
        return "--exclusive" if self.study.kind.measures.timed else ""

    @property
    def announcement(self) -> str:
        """The parallel plan in words, as the first lines of a run."""
        missing = [f"warning: {one}" for one in warnings_of(self.study.kind, self.faults)]
        return "\n".join([*missing, f"study {self.study.name}: {self.parallel}"])

    @property
    def hindrance(self) -> str:
        """What can be seen of a folder that cannot be written, and the remedy; "" if nothing."""
        return _with_remedy(visible_fault(self.study.folder))

    @property
    def trouble(self) -> str:
        """The same as writing a file tells it."""
        return _with_remedy(writing_fault(self.study.folder))

    def account(self, cores: int | None) -> str:
        """Account of the time of this process's run, in words; "" if nothing was evaluated."""
        from tiltyard.engine.journal.accounting import make_account

        began = process_began()
        runs = [run for run in read_runs(self.study.journal) if run.started >= began]
        workflows = [self.record.finish()] if self.record else []
        if not any(run.evaluated for run in runs):
            return ""
        found = make_account(runs, workflows, cores=cores, begin=began, end=time.time())
        return "\n".join(found.lines(self.method))

    @property
    def receipts(self) -> list[str]:
        """Paths of the receipts of all jobs of a finished study."""
        return [*self.dataset_receipts, *self.evaluation_receipts, *map(self.receipt, JOBS)]

    @property
    def everything(self) -> list[str]:
        """Paths of all files of a finished study that a rule writes."""
        drawn = [path for figure in self.figures for path in self.files_of(figure)]
        tables = ["study.json", "catalogue.json", *MERGED]
        last = ("figures/timeline.svg", "manifest.json", "report.html")
        return [
            *self.receipts,
            *map(self.results, tables),
            *self.statistics,
            *drawn,
            *map(self.results, last),
        ]

    def results(self, name: str) -> str:
        """Path of a file of the study."""
        return str(self.study.folder / name)

    def log(self, name: str) -> str:
        return str(self.study.folder / "logs" / f"{name}.log")

    def benchmark(self, name: str) -> str:
        return str(self.study.folder / "benchmarks" / f"{name}.tsv")

    @cached_property
    def broken(self) -> list[Broken]:
        """Receipts that no longer hold; their jobs have to run again."""
        names = [*(Path(receipt).stem for receipt in self.receipts), BUNDLE]
        return find_damage(self.study, names, thorough=self.thorough)

    @property
    def damage(self) -> list[str]:
        """Sentences on each damaged file, and on each that was made from others."""
        return [one for broken in self.broken for one in broken.sentences(self.study.folder)]

    @property
    def forced(self) -> list[str]:
        """Receipts whose jobs have to run again."""
        return [self.receipt(broken.receipt) for broken in self.broken]

    def force_damaged(self, dag: Any) -> list[str]:
        """Let the jobs that wrote what is damaged run again, as Snakemake sees nothing new.

        It stands for an input of a rule, and there is none. Snakemake calls it when it has made its
        graph `dag`, and has not decided yet what to run.
        """
        if not self.in_job:
            dag.forcefiles.update(self.forced)
        return []

    @property
    def wanted(self) -> list[str]:
        """Paths of what a run makes: `everything`, and an archive that is there and damaged."""
        archive = self.receipt(BUNDLE)
        return [*self.everything, *(path for path in self.forced if path == archive)]

    def begin(self, rules: Collection[str]) -> None:
        """Begin a run of jobs of these `rules`: measure it from now on.

        Raises
        ------
        OSError
            If the study's folder cannot be written.
        ValueError
            If there is no memory for one job that evaluates: Snakemake would start it all the same.
        """
        if self.parallel.obstacle and "evaluate" in rules:
            raise ValueError(f"study {self.study.name}: {self.parallel.obstacle}")
        if trouble := self.trouble:
            raise OSError(trouble)
        if self.record is not None:
            self.record.start()


def _with_remedy(fault: str) -> str:
    return fault and (
        f"{fault}. Make room or see to its permissions, and run the same command again: what was "
        "evaluated is kept"
    )


def plan_workflow(
    config: Mapping[str, Any], room: Resources, *, in_job: bool = False, thorough: bool = False
) -> WorkflowPlan:
    """The plan of the study that `config` describes, with the resources `room`.

    Parameters
    ----------
    config : mapping
        The configuration, unchecked.
    room : Resources
    in_job : bool
        Whether this is a cluster's job: names are then checked already.
    thorough : bool
        Whether every file is read to find damage.

    Raises
    ------
    ConfigError
        If the configuration is wrong, a method that it names does not exist included, or the
        study's folder has the results of another study.
    OlderVersion
        If an older version made that folder.
    RuntimeError
        If a language or program that methods need does not work.
    """
    study = Study.from_config(config)
    if not in_job:
        refuse_older(study.folder)
    methods = USUAL_METHODS
    faults: list[PluginFault] = []
    if not in_job:
        refuse_other(study)
    if not in_job and (study.kind.packages(study.config) or not _is_certain(study)):
        # Refuses unknown names before any job starts.
        chosen, faults = selection_of(study)
        methods = len(chosen)
    study.kind.runtimes(study.config)
    cost = study.kind.cost(study.config, methods)
    load = load_of(study, cost, methods)
    return WorkflowPlan(
        study=study,
        parallel=make_plan(load, room),
        cost=cost,
        load=load,
        on_cluster=room.cores is None,
        in_job=in_job,
        record=None if in_job or room.cores is None else WorkflowRecord(study.journal, room.cores),
        thorough=thorough,
        faults=tuple(faults),
    )


def _is_certain(study: Study) -> bool:
    """Whether the selection is valid whatever the catalogue holds, which takes seconds to read."""
    chosen = study.config[study.kind.selection]
    excluded = dict(chosen["exclude"])
    tags = set(excluded.pop("tag", ()))
    # Every tag there is may leave nobody.
    known = tags < set(study.kind.tags) or not tags
    return not chosen["include"] and known and not excluded
