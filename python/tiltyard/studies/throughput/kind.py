"""The study of throughput as a kind: what the engine asks it for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from tiltyard.engine.files.digests import digest
from tiltyard.engine.grid.axes import Axis, Configuration, Grid, count_axis
from tiltyard.engine.kind import Cost, PlainKind
from tiltyard.engine.methods.method import Method
from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE
from tiltyard.studies.throughput import settings
from tiltyard.studies.throughput.meanings import MEASURES, WORDS
from tiltyard.studies.throughput.roles import AGAIN, TOTAL
from tiltyard.studies.throughput.scoring import NOT_NEEDED, PART, TOO_SHORT, WRONG_OUTPUT
from tiltyard.studies.throughput.statistics.needed import COLUMNS
from tiltyard.studies.throughput.strategies import LaunchedMethod

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from tiltyard.engine.kind import Figure, Panel, Session, Table
    from tiltyard.engine.outcome import Outcome
    from tiltyard.engine.statistics.alarms import Alarm
    from tiltyard.engine.study import Study
    from tiltyard.studies.throughput.dataset import Round

#: CPU seconds that a launch usually takes, with what is done around it; CPU seconds of a job
#: before its first launch.
LAUNCH_SECONDS, START_SECONDS = 2.0, 3.0
#: Memory of a job and of a worker with one launch [MB].
JOB_MEMORY_MB, WORKER_MEMORY_MB = 600, 300


class Throughput(PlainKind):
    """The study that asks how parallel a pipeline should be run."""

    name = "throughput"
    grid = Grid([Axis("workload", "", "[a-z][a-z0-9_-]*", str, str), count_axis("trial", "t")])
    words, measures = WORDS, MEASURES
    method: type[Method] = LaunchedMethod
    subject, replicate, within = "workload", "trial", ("stage",)
    decides = ("pipeline",)
    extent = ("precision", "rounds", "disturbance")
    tags = (REFERENCE, LIMIT, PEER, AGAIN)
    # What nobody is advised to take: no work, the same again, programs of others.
    unranked = frozenset({LIMIT, AGAIN, PEER, PART})
    statuses = (WRONG_OUTPUT, TOO_SHORT, NOT_NEEDED)
    commands = ("tiltyard.studies.throughput.commands:tune",)
    line_figures = ("seconds_by_workload", "seconds_by_stage")
    # A launch as a whole.
    opening: Mapping[str, Any] = MappingProxyType({"stage": TOTAL})
    captions = Path(__file__).with_name("captions")
    alarmed_by = COLUMNS

    @property
    def columns(self) -> pa.Schema:
        from tiltyard.studies.throughput.columns import COLUMNS

        return COLUMNS

    @property
    def schema(self) -> Mapping[str, Any]:
        return _schema()

    def check(self, config: Mapping[str, Any]) -> None:
        """Refuse a pipeline that there is not, or that lacks packages, and what it refuses."""
        settings.check(config)

    def points(self, config: Mapping[str, Any]) -> Mapping[str, Sequence[Any]]:
        """Workloads and rounds; those that turn out not to be needed are told, not launched."""
        rounds = range(1, settings.most_rounds(config) + 1)
        return {"workload": list(settings.workloads_of(config)), "trial": rounds}

    def methods(self, config: Mapping[str, Any]) -> Sequence[LaunchedMethod]:
        from tiltyard.studies.throughput.strategies import methods_of

        return methods_of(config)

    def code(self, config: Mapping[str, Any]) -> str:
        """Digest of the versions of all strategies."""
        return digest(f"{one} {one.version}" for one in self.methods(config))

    def sources(self, config: Mapping[str, Any]) -> str:
        """Digest of all strategies: others take part in a study with other settings."""
        facts = [one.to_dict() for one in self.methods(config)]
        return digest([json.dumps(facts, sort_keys=True)])

    def runtimes(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """Versions of the programs of others that strategies start."""
        from tiltyard.studies.throughput.strategies import programs_of

        pipeline = settings.pipeline_of(config)
        return programs_of(pipeline, pipeline.strategies(settings.complete(config)))

    def cost(self, config: Mapping[str, Any], methods: int) -> Cost:
        return Cost(methods * LAUNCH_SECONDS, START_SECONDS, JOB_MEMORY_MB, WORKER_MEMORY_MB)

    def make(self, study: Study, point: Configuration, rng: np.random.Generator) -> Round:
        """The round's dataset; its files are those of all rounds of its workload."""
        from tiltyard.studies.throughput.dataset import Round
        from tiltyard.studies.throughput.workloads import ready_files

        files = ready_files(study, point.values["workload"])
        own = files.workload
        return Round(point.id, own.name, dict(own.axes), dict(files.units), tuple(files.listed))

    def restore(self, table: pa.Table, facts: Mapping[str, Any], configuration: str) -> Round:
        from tiltyard.studies.throughput.dataset import restore

        return restore(table, facts, configuration)

    def dataset_code(self) -> Mapping[str, str]:
        """Digests of the pipelines and of the files here that decide a dataset."""
        from tiltyard.studies.throughput.finding import pipeline_code

        here = Path(__file__).parent
        own = digest((here / name).read_bytes() for name in ("dataset.py", "workloads.py"))
        return {"code": own, **pipeline_code()}

    def session(self, study: Study, threads: int) -> AbstractContextManager[Session]:
        """One launch at a time, whatever `threads`: a strategy has workers of its own."""
        from tiltyard.studies.throughput.session import launch_session

        return launch_session(study)

    def together(
        self, outcomes: Mapping[Any, Outcome], config: Mapping[str, Any]
    ) -> Mapping[Any, Outcome]:
        from tiltyard.studies.throughput.scoring import together

        return together(outcomes)

    def rows(
        self, method: LaunchedMethod, dataset: Round, outcome: Outcome, config: Mapping[str, Any]
    ) -> Iterable[Mapping[str, Any]]:
        from tiltyard.studies.throughput.scoring import rows_of

        return rows_of(method, dataset, outcome)

    def scoring_code(self) -> str:
        """Digest of the files here that make rows, and say how many rounds are enough."""
        here = Path(__file__).parent
        return digest((here / name).read_bytes() for name in ("scoring.py", "rounds.py"))

    def notes(self, config: Mapping[str, Any]) -> Sequence[str]:
        """What a figure of times is of."""
        pipeline = settings.pipeline_of(config)
        baseline = pipeline.baseline(settings.complete(config))
        return [
            f"times of {pipeline.title}; ratios are to {baseline}, within rounds of one job",
            f"{settings.again_name(baseline)} is {baseline} once more: their ratio is noise",
        ]

    def facts(self, methods: Sequence[LaunchedMethod]) -> Sequence[Mapping[str, Any]]:
        """Name, implementation, backend, workers, block and tags."""
        names = {"name": "name", "implementation": "family"}
        names |= {name: name for name in ("backend", "workers", "block", "tags")}
        return [
            {name: getattr(method, field) for name, field in names.items()} for method in methods
        ]

    def made_up(
        self,
        method: LaunchedMethod,
        dataset: Round,
        config: Mapping[str, Any],
        rng: np.random.Generator,
    ) -> Outcome:
        from tiltyard.studies.throughput.made_up import made_up

        return made_up(method, dataset, settings.pipeline_of(config), rng)

    def alarms(self, study: Study, summary: pd.DataFrame, *rows: pd.DataFrame) -> Iterable[Alarm]:
        """Wrong outputs, alarms of launches, strategies that take less than a limit."""
        from tiltyard.studies.throughput.outputs import alarms_of

        return alarms_of(*rows)

    def page_facts(self, study: Study) -> Mapping[str, Any]:
        from tiltyard.studies.throughput.outputs import page_facts

        return page_facts(study)

    @property
    def tables(self) -> Sequence[Table]:  # type: ignore[override]
        from tiltyard.studies.throughput.outputs import TABLES

        return TABLES

    @property
    def figures(self) -> Sequence[Figure]:  # type: ignore[override]
        from tiltyard.studies.throughput.outputs import FIGURES

        return FIGURES

    @property
    def panels(self) -> Sequence[Panel]:  # type: ignore[override]
        from tiltyard.studies.throughput.outputs import PANELS

        return PANELS


@cache
def _schema() -> Mapping[str, Any]:
    path = Path(__file__).with_name("schema.yaml")
    schema: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema
