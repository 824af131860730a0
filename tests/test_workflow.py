"""What the Snakefile is given: the catalogue is read only where the selection needs it."""

from types import SimpleNamespace

import pyarrow as pa
import pytest
from snakemake.cli import parse_args
from workplace import ROOT, TINY

from tiltyard import workflow
from tiltyard.engine.catalogue import Found
from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.files.receipts import write_receipt
from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.plan.faults import find_faults
from tiltyard.engine.plan.plan import Resources
from tiltyard.engine.plan.snakemake import room_for
from tiltyard.engine.study import Study


@pytest.mark.parametrize(
    ("estimators", "read"),
    [
        ({}, False),
        ({"exclude": {"tag": ["slow", "peer"]}}, False),
        ({"exclude": {"tag": ["slow"], "family": ["spline"]}}, True),
        ({"exclude": {"tag": ["of_a_plugin"]}}, True),
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


def test_cores_and_jobs_together_are_refused_but_where_nothing_is_run():
    """Snakemake gives a dry run one core; a cluster's profile has jobs."""
    settings = SimpleNamespace(
        cores=64, nodes=20, resources={}, overwrite_resources={}, overwrite_threads={}
    )
    with pytest.raises(ConfigError, match="--cores 64 and --jobs 20"):
        room_for(settings, in_job=False)
    settings.cores = 1
    with pytest.raises(ConfigError, match="--cores alone on one machine"):
        room_for(settings, in_job=False)
    assert room_for(settings, in_job=False, pretended=True).cores == 1
    settings.cores = None
    room = room_for(settings, in_job=False)
    assert (room.cores, room.nodes, room.memory_mb) == (None, 20, None)


def test_plain_snakemake_finds_the_profile_that_belongs_to_it():
    """Snakemake looks beside the Snakefile only, in profiles/default."""
    _, arguments = parse_args(["--snakefile", str(ROOT / "Snakefile"), "--dry-run"])
    assert (arguments.scheduler, arguments.rerun_incomplete) == ("greedy", True)


def test_evaluation_that_answers_another_request_than_its_receipt_is_a_fault(tmp_path):
    """A job of a run before, which its killed Snakemake left behind, may write at any time."""
    study = Study.from_config(TINY, tmp_path)
    point = study.configurations[0].id
    note = {"kind": "derivatives", "study": study.name, "seed": study.seed}
    note |= {"configuration": point, "request": "new"}
    file = study.evaluation(point)
    table = pa.table({"x": [1.0]})
    write_table(table, note, file)
    write_receipt(study.batches / "evaluations_1-1.json", [file], {"request": "new"})
    assert find_faults(study) == []
    write_table(table, {**note, "seconds": 1}, file)  # the same again, at another time
    assert find_faults(study) == []
    write_table(table, {**note, "request": "old"}, file)
    (fault,) = find_faults(study)
    assert fault.unreadable == ()  # the receipt goes; which of the two is old, its job finds out
    assert "answers another request" in fault.reasons[0]
