"""What the Snakefile is given: the catalogue is read only where the selection needs it."""

from types import SimpleNamespace

import pytest
from snakemake.cli import parse_args
from workplace import ROOT, TINY

from tiltyard import workflow
from tiltyard.engine.catalogue import Found
from tiltyard.engine.files.receipts import write_receipt
from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.plan.plan import Resources
from tiltyard.engine.plan.snakemake import refuse_cores_and_jobs, room_for
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.contract import TAGS


@pytest.mark.parametrize(
    ("estimators", "read"),
    [
        ({}, False),
        ({"exclude": {"tag": ["slow", "peer"]}}, False),
        ({"exclude": {"tag": ["slow"], "family": ["spline"]}}, True),
        ({"exclude": {"tag": ["of_a_plugin"]}}, True),
        ({"exclude": {"tag": list(TAGS)}}, True),  # may leave nobody
        ({"include": {"tag": ["peer"]}}, True),
        ({"include": {"name": ["zero"]}}, True),
    ],
)
def test_the_catalogue_is_read_where_a_selection_may_be_wrong(estimators, read, monkeypatch):
    readings = []
    monkeypatch.setattr(
        workflow, "selection_of", lambda study: readings.append(study) or Found([study], [])
    )
    plan = workflow.plan_workflow({**TINY, "estimators": estimators}, Resources(cores=2))
    assert bool(readings) == read
    assert plan.size == 2


def test_an_unknown_tag_is_refused():
    wrong = {**TINY, "estimators": {"exclude": {"tag": ["sloow"]}}}
    with pytest.raises(ConfigError, match="'sloow' is unknown"):
        workflow.plan_workflow(wrong, Resources(cores=1))


def test_a_folder_with_the_results_of_another_seed_is_refused_but_in_a_job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "tiny"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(Study.from_config({**TINY, "seed": 5}).to_json())
    with pytest.raises(ConfigError, match="results/tiny has the results of seed 5"):
        workflow.plan_workflow(TINY, Resources(cores=1))
    workflow.plan_workflow({**TINY, "seed": 5, "trials": 9}, Resources(cores=1))
    workflow.plan_workflow(TINY, Resources(cores=None, nodes=2), in_job=True)


def test_a_clusters_job_has_room_for_every_worker_at_its_limit_and_asks_for_more_memory_each_time():
    config = {**TINY, "evaluation": {"memory_limit": 2000}}
    plan = workflow.plan_workflow(config, Resources(cores=None, nodes=8, threads=3))
    memory = [plan.memory_mb(attempt) for attempt in (1, 2, 3)]
    assert memory[0] > 3 * 2000
    assert memory == sorted(set(memory))


def test_a_clusters_job_is_given_three_times_the_minutes_it_should_take_and_more_each_time():
    config = {**TINY, "samples": [101], "trials": 540}
    plan = workflow.plan_workflow(config, Resources(cores=None, nodes=8, threads=3))
    assert plan.load.seconds_each == pytest.approx(20.0)  # 200 evaluations of 0.1 s
    # 540 configurations of 20 s in three threads are an hour, and a start is 5 s.
    assert [plan.minutes("1-540", attempt) for attempt in (1, 2, 3)] == [181, 362, 543]


def test_the_shortest_job_of_a_cluster_is_given_a_quarter_of_an_hour():
    plan = workflow.plan_workflow(TINY, Resources(cores=None, nodes=8, threads=3))
    assert [plan.minutes("1-2", attempt) for attempt in (1, 2, 3)] == [15, 30, 45]


def test_a_clusters_job_plans_for_its_allocation_and_not_for_its_node():
    settings = SimpleNamespace(
        cores=64, nodes=1, resources={}, overwrite_resources={}, overwrite_threads={}
    )
    plan = workflow.plan_workflow(TINY, room_for(settings, in_job=True), in_job=True)
    assert plan.parallel.threads == 1
    assert plan.evaluation_receipts == []  # those of the process that submitted it may be others
    settings.nodes = None
    alone = workflow.plan_workflow(TINY, room_for(settings, in_job=False))
    assert alone.parallel.threads == 32  # 64 cores, two configurations


def test_cores_and_jobs_together_are_refused_when_a_run_begins():
    """Before that they cannot be: Snakemake gives one core to whatever runs nothing."""
    settings = SimpleNamespace(
        cores=64, nodes=20, resources={}, overwrite_resources={}, overwrite_threads={}
    )
    with pytest.raises(ConfigError, match="--cores 64 and --jobs 20"):
        refuse_cores_and_jobs(settings)
    for cores in (1, None):  # a dry run, and a run, with a cluster's profile
        settings.cores = cores
        room = room_for(settings, in_job=False)
        assert (room.cores, room.nodes, room.memory_mb) == (None, 20, None)
    refuse_cores_and_jobs(settings)


def test_plain_snakemake_finds_the_profile_that_belongs_to_it():
    """Snakemake looks beside the Snakefile only, in profiles/default."""
    _, arguments = parse_args(["--snakefile", str(ROOT / "Snakefile"), "--dry-run"])
    assert (arguments.scheduler, arguments.rerun_incomplete) == ("greedy", True)


def test_a_damaged_receipt_keeps_its_batch_and_is_forced(tmp_path, monkeypatch):
    """With another plan, its job would never run again, and the receipt would stay for ever."""
    monkeypatch.chdir(tmp_path)
    study = Study.from_config(TINY)
    for point in study.configurations:
        study.evaluation(point.id).parent.mkdir(parents=True, exist_ok=True)
        study.evaluation(point.id).write_text("rows")
    files = [study.evaluation(point.id) for point in study.configurations]
    write_receipt(study.receipt("evaluations_1-2"), files)
    plan = workflow.plan_workflow(TINY, Resources(cores=2))
    assert plan.evaluation_receipts == [str(study.receipt("evaluations_1-2"))]
    assert plan.broken == []
    study.receipt("evaluations_1-2").write_text("{")
    plan = workflow.plan_workflow(TINY, Resources(cores=2))
    assert plan.evaluation_receipts == [str(study.receipt("evaluations_1-2"))] == plan.forced


def test_nothing_is_written_before_a_run_begins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = workflow.plan_workflow(TINY, Resources(cores=2))
    assert plan.wanted == plan.everything
    assert list(tmp_path.iterdir()) == []
    plan.begin({"evaluate"})
    plan.record.finish()
    assert [path.name for path in tmp_path.rglob("*.jsonl")]
