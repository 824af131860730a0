"""Sessions: what is made ready before the first launch, and which launches a round has."""

from types import MappingProxyType

import pyarrow as pa
import pytest
from planted_pipeline import STRATEGIES

from tiltyard.engine import datasets
from tiltyard.engine.files.parquet import read_table, write_table
from tiltyard.engine.kind import LeftOut
from tiltyard.engine.merge.rehearsal import rehearse
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.tabulating import row_schema
from tiltyard.studies.throughput.launching import keep
from tiltyard.studies.throughput.session import LaunchSession
from tiltyard.studies.throughput.strategies import methods_of

NAMES = {*(one.name for one in STRATEGIES), "serial-again"}


class Session(LaunchSession):
    """A session whose launches are written down, and not made."""

    def _aside(self, dataset, method, keep_at=""):
        self.launched.append((dataset.configuration, method.name, bool(keep_at)))
        if keep_at and not self.fails:
            output = self.study.folder / "output"
            output.write_text("right")
            keep(output, type(output)(keep_at), "digest")
        return Outcome(Status.TIMEOUT if self.fails else Status.OK, self.fails, {})


def session_of(study, fails="", machine="m"):
    session = Session(study, "job-1", machine, 2, 7.0)
    session.launched, session.fails = [], fails
    return session


@pytest.fixture
def study(bench):
    return bench.study(trials=4, rounds={"least": 2})


def begun(session, configuration="n3-t1"):
    dataset = datasets.load(session.study, configuration)
    methods = methods_of(session.study.config)
    turns = session.begin(dataset, methods)
    assert {one.name for one in turns} == NAMES
    return dataset, turns


def test_the_reference_is_launched_once_and_then_each_code_once(study):
    session = session_of(study)
    begun(session)
    # Not the limit, which compiles nothing, and only one of the two with the same code.
    assert session.launched == [("n3-t1", "plain", True), ("n3-t1", "serial", False)]
    begun(session, "n3-t2")
    assert len(session.launched) == 2
    begun(session, "n5-t1")
    assert [name for name, _, _ in session.launched[2:]] == ["n5-t1", "n5-t1"]


def test_tasks_have_their_position_and_are_compared_with_the_reference(study):
    session = session_of(study)
    dataset, turns = begun(session)
    tasks = [session.task(dataset, method) for method in turns]
    assert [task.known["position"] for task in tasks] == [1, 2, 3, 4, 5]
    charges = [task.payload for task in tasks]
    assert {charge.expected[1] for charge in charges} == {"digest"}
    assert {charge.known["queue_seconds"] for charge in charges} == {7.0}
    assert {(charge.known["job"], charge.known["machine"]) for charge in charges} == {
        ("job-1", "m")
    }
    assert len({charge.seed for charge in charges}) == 5
    assert all(task.own_costs for task in tasks)
    by_name = {charge.strategy["name"]: task for charge, task in zip(charges, tasks, strict=True)}
    assert by_name["threads-w2"].threads == 2
    # Another launch of the same has another environment.
    begun(session)
    assert {session.task(dataset, one).payload.seed for one in turns}.isdisjoint(
        {charge.seed for charge in charges}
    )


def test_without_the_references_output_nothing_is_launched_and_the_reason_is_a_row(study):
    session = session_of(study, "not done within the time limit of 9 s")
    with pytest.raises(LeftOut) as left:
        begun(session)
    outcome = left.value.outcome
    assert outcome.status is Status.FAILED
    assert outcome.message == (
        "the reference plain gives no output to compare with: not done within the time limit of 9 s"
    )
    assert [name for _, name, _ in session.launched] == ["plain"]


def test_files_that_are_others_now_are_refused(bench):
    own = bench.folder / "mine.bam"
    own.write_bytes(b"1234")
    bench.pipeline.own = own
    study = bench.study()
    session = session_of(study)
    begun(session)
    own.write_bytes(b"12345")
    with pytest.raises(LeftOut, match="are others than when the study began: put them back"):
        begun(session, "n3-t1")


def rows(study, trial, seconds, *, machine="m", job="j", counted=True, status="ok"):
    """What a round leaves of the baseline and of another, in its file."""
    point = study.kind.grid.configuration({"workload": "n3", "trial": trial})
    shared = {"configuration": point.id, "stage": "total", "machine": machine, "job": job}
    shared |= {"counted": counted, "status": status, "tags": "", "language": "python"}
    found = [
        {**shared, **point.values, "method": name, "workers": workers, "cpu_seconds": own}
        for name, workers, own in zip(("serial", "threads-w2"), (1, 2), seconds, strict=True)
    ]
    table = pa.Table.from_pylist(found, schema=row_schema(study.kind))
    write_table(table, {}, study.evaluation(point.id))


def spared(study, trial=4, machine="m"):
    try:
        begun(session_of(study, machine=machine), f"n3-t{trial}")
    except LeftOut as left:
        return left.outcome.message
    return ""


def test_rounds_that_agree_make_the_next_one_needless_on_the_same_machine_alone(study):
    for trial in (1, 2, 3):
        rows(study, trial, (2.0 * trial, 1.0 * trial))
    assert spared(study) == (
        "not needed: after 3 rounds the main ratio is known to ± 0.0%, as asked (± 5.0%)"
    )
    assert "after 2 rounds" in spared(study, 3)
    assert not spared(study, 2)
    assert not spared(study, machine="another")


@pytest.mark.parametrize("facts", [{"counted": False}, {"machine": "o"}, {"status": "failed"}])
def test_rounds_without_a_time_that_counts_are_not_enough(study, facts):
    for trial in (1, 2, 3):
        rows(study, trial, (2.0, 1.0), **(facts if trial > 1 else {}))
    assert not spared(study)


def test_rounds_that_differ_are_not_enough(study):
    for trial, ratio in ((1, 2.0), (2, 1.0), (3, 3.0)):
        rows(study, trial, (ratio, 1.0))
    assert not spared(study)


@pytest.mark.parametrize(("most", "share", "again"), [(0.1, 0.11, True), (0.1, 0.09, False)])
def test_a_disturbed_round_is_repeated(bench, most, share, again, capsys):
    session = session_of(bench.study(disturbance=most))
    dataset, turns = begun(session)
    facts = {"watched_seconds": 1.0, "steal_share": 0.0, "foreign_share": share, "warnings": []}
    outcomes = {one.key: Outcome(Status.OK, "", facts) for one in turns}
    assert session.again(dataset, outcomes) is again
    assert ("the round is repeated once" in capsys.readouterr().err) is again


def test_a_rehearsal_makes_rows_of_every_strategy_and_stage(study):
    methods = methods_of(study.config)
    assert rehearse(study, methods) == 8
    table, _ = read_table(study.evaluation("n3-t2"))
    stages = {*table["stage"].to_pylist()}
    assert stages == {"total", "start", "read", "compute"}
    assert {*table["method"].to_pylist()} == NAMES and len(table) == 4 * len(NAMES)
    assert {*table["status"].to_pylist()} == {"ok"}
    assert isinstance(methods[0].options, MappingProxyType)
