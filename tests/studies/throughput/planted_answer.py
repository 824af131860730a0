"""A whole study of planted launches, with its tables and its page: nothing is launched."""

from types import SimpleNamespace

import pyarrow as pa
from planted_launches import BASE, LIMIT, REFERENCE, TWICE, launched, threads
from planted_launches import Planted as Costs
from planted_pipeline import Planted

from tiltyard.engine.catalogue import write_catalogue
from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.jobs import merge_results
from tiltyard.engine.methods.method import Method
from tiltyard.engine.statistics.writing import write_statistics
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluator import Outcomes
from tiltyard.engine.work.tabulating import note_for, row_schema
from tiltyard.pipelines.pipeline import Axis, Claim, Strategy, Workload
from tiltyard.report.page.building import write_page
from tiltyard.studies.throughput import settings
from tiltyard.studies.throughput.dataset import Round

SIZES = {"n1": 1.0, "n2": 2.0, "n4": 4.0}
WRONG = Costs("wrong-b7", block="7", status="wrong_output", message="record 3, depth: 4, not 5")
STRATEGIES = [
    *(BASE, TWICE, REFERENCE, LIMIT, WRONG, threads(2, 0.08), threads(4, 0.08)),
    Costs("serial-b100", 1.1, block="100"),
    Costs("threads-w2-b100", 1.1, workers=2, serial=0.15, backend="threads", block="100"),
    Costs(
        "processes-w2-b2000", 1.05, workers=2, serial=0.1, backend="processes", start=0.45,
        memory=440.0, memory_slope=60.0, alarms="uses more threads than it says: 5",
    ),
]  # fmt: skip
CLAIMS = (
    Claim(
        number="1", source="a guide", sentence="two workers are 1.2 times as fast",
        measure="speed_up", least=1.2, most=2.0, workers=(2,), workload={"lines": {"least": 2}},
    ),
    Claim(
        number="2", source="a guide", sentence="two workers are 1.99 times as fast",
        measure="speed_up", least=1.99, workers=(2,), workload={"lines": [4]},
    ),
    Claim(
        number="3", source="a guide", sentence="16 workers are 12 times as fast",
        measure="speed_up", least=12.0, most=24.0, workers=(16, 32), workload={"lines": [4]},
    ),
)  # fmt: skip


class Pipeline(Planted):
    """The planted pipeline with workloads, strategies and promises of the planted launches."""

    title, unit, claims = "lines of made letters", "reads", CLAIMS
    axes = (Axis(name="lines", symbol="n", meaning="lines"),)

    def workloads(self, config):
        return [Workload(name, {"lines": int(size)}) for name, size in SIZES.items()]

    def strategies(self, config):
        return [strategy_of(one) for one in STRATEGIES if one is not TWICE]

    def baseline(self, config):
        return BASE.name


def strategy_of(costs):
    tags = tuple(filter(None, costs.tags.split(",")))
    facts = {name: getattr(costs, name) for name in ("implementation", "backend", "workers")}
    return Strategy(name=costs.name, block=costs.block, tags=tags, **facts)


def plant(folder, monkeypatch, *, rounds=8, cores=2, noise=0.02, only=STRATEGIES, **changes):
    """The study in `folder` with its merged rows, tables and page."""
    monkeypatch.setattr(settings, "find_pipeline", lambda name: Pipeline())
    config = {
        "kind": "throughput",
        "study": "planted",
        "seed": 3,
        "pipeline": "planted",
        "workload": {},
        "strategies": {},
        "trials": rounds,
    }
    study = Study.from_config(config, folder / "planted")
    rows = launched(only, sizes=SIZES, rounds=rounds, cores=cores, noise=noise, **changes)
    rows.loc[rows["workload"].eq("n2") & rows["trial"].eq(1), "foreign_share"] = 0.3
    write_rows(study, rows)
    methods = [Method(name=one.name, family=one.implementation, version="1") for one in only]
    write_catalogue(study.kind, study.config, methods, study.catalogue)
    merge_results(study, complete=True)
    write_statistics(study)
    return SimpleNamespace(study=study, folder=study.folder, rows=rows, page=write_page(study))


def write_rows(study, rows):
    """Evaluation files with `rows`, one for each workload and round."""
    schema = row_schema(study.kind)
    known = rows.assign(family=rows["implementation"], language="python", study=study.name)
    stages = ~known["stage"].eq("total")
    known.loc[stages, "tags"] = [
        ",".join(filter(None, [tags, "part"])) for tags in known["tags"][stages]
    ]
    for point in study.configurations:
        own = known[known["workload"].eq(point.values["workload"])]
        own = own[own["trial"].eq(point.values["trial"])].assign(configuration=point.id)
        names = [name for name in schema.names if name in own]
        part = pa.Table.from_pandas(
            own[names], pa.schema([schema.field(name) for name in names]), preserve_index=False
        )
        table = pa.table(
            {
                name: part[name] if name in names else pa.nulls(len(part), schema.field(name).type)
                for name in schema.names
            },
            schema,
        )
        dataset = Round(point.id, point.values["workload"])
        write_table(
            table,
            note_for(study, dataset, Outcomes({}), table, "planted"),
            study.evaluation(point.id),
        )
