"""Cancelled, killed, cut off from power: on Slurm, too, nothing is lost and little is repeated."""

import os
import re
import signal
import subprocess
from collections import Counter
from contextlib import contextmanager

import pyarrow.parquet as pq
import pytest
from cluster import ON_SLURM
from workplace import TIMES, Workplace

pytestmark = [pytest.mark.slurm, pytest.mark.workflow]
ONE_EACH = ("--set-resources", "evaluate:configurations=1")
STUDY = {
    "study": "trial",
    "seed": 7,
    "julia": False,
    "signals": ["gaussian_peak"],
    "samples": [21],
    "noise_levels": [1.0e-3, 1.0e-2, 1.0e-1],
    "trials": 1,
    "orders": [0, 1],
    "estimators": {"include": {"tag": ["gated"]}},
}


def with_gate(workplace):
    workplace.install("gated")
    workplace.environment["TILTYARD_TEST_CALLS"] = str(workplace.folder / "calls")
    workplace.environment["TILTYARD_TEST_GATE"] = str(workplace.folder / "gate")
    return workplace


def open_gate(workplace):
    (workplace.folder / "gate").touch()


def calls(workplace):
    """How often each estimator was called on each configuration."""
    path = workplace.folder / "calls"
    return Counter(path.read_text().splitlines()) if path.exists() else Counter()


def at_gate(workplace):
    return sum(count for call, count in calls(workplace).items() if call.startswith("gated_2"))


@contextmanager
def snakemake(workplace):
    """Snakemake in the background, evaluating on the cluster; killed if it is still there."""
    with (workplace.folder / "said").open("a") as said:
        process = subprocess.Popen(
            workplace.command(*ON_SLURM, *ONE_EACH, "--until", "evaluate"),
            env=workplace.environ(),
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def finish(workplace, process):
    """Open the gate, wait for Snakemake, and require success."""
    open_gate(workplace)
    status = process.wait(timeout=240)
    assert status == 0, (workplace.folder / "said").read_text() + workplace.logs()


def scores(workplace):
    """Every evaluated configuration's rows without times and memory."""
    tables = {}
    for file in sorted((workplace.results / "evaluations").glob("*.parquet")):
        table = pq.read_table(file)
        kept = [name for name in table.column_names if name not in TIMES]
        tables[file.stem] = repr(table.select(kept).to_pylist())
    return tables


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    workplace = with_gate(Workplace(tmp_path_factory.mktemp("undisturbed"), STUDY))
    open_gate(workplace)
    workplace.run("--until", "evaluate")
    return scores(workplace)


def evaluations(cluster, state="", **facts):
    found = [job for job in cluster.jobs("rule_evaluate") if job["JobState"].startswith(state)]
    return [job for job in found if facts.items() <= job.items()]


def requested(job):
    """Memory [MB] and time [min] that Slurm was asked for."""
    memory = re.search(r"mem=([\d.]+)([MG])", job["TRES"])
    hours, minutes, _ = map(int, job["TimeLimit"].split(":"))
    return float(memory[1]) * {"M": 1, "G": 1024}[memory[2]], 60 * hours + minutes


@pytest.fixture(scope="module")
def disturbed(cluster, make_workplace, tmp_path_factory):
    """Three jobs on two nodes: one is cancelled, one loses its node, one loses its slurmd."""
    workplace = with_gate(make_workplace(tmp_path_factory.mktemp("disturbed"), STUDY))
    with snakemake(workplace) as process:
        cluster.wait_for(lambda: at_gate(workplace) == 3, "jobs at the gate")
        jobs = evaluations(cluster, "RUNNING")
        by_node = {node: [j for j in jobs if j["NodeList"] == node] for node in cluster.nodes}
        (lonely, (lost,)), (shared, (cancelled, spared)) = sorted(
            by_node.items(), key=lambda item: len(item[1])
        )
        cluster.run("scancel", cancelled["JobId"])
        cluster.wait_for(
            lambda: evaluations(cluster, "CANCELLED", JobId=cancelled["JobId"]), "cancelled job"
        )
        cluster.kill_daemon(shared)
        cluster.start_node(shared)
        cluster.kill_node(lonely)
        cluster.run("scontrol", "update", f"nodename={lonely}", "state=down", "reason=test")
        cluster.recover_node(lonely)
        finish(workplace, process)
    return workplace, {"cancelled": cancelled, "lost": lost, "spared": spared}


def test_cancelled_job_is_tried_again_with_more_memory_and_time(cluster, disturbed):
    first = disturbed[1]["cancelled"]
    attempts = evaluations(cluster, Comment=first["Comment"], WorkDir=first["WorkDir"])
    assert [job["JobState"] for job in attempts] == ["CANCELLED", "COMPLETED"]
    before, after = map(requested, attempts)
    assert after[0] > before[0] and after[1] > before[1]


@pytest.mark.parametrize(("name", "restarts"), [("lost", "1"), ("spared", "0")])
def test_job_of_a_lost_node_starts_again_and_that_of_a_lost_slurmd_goes_on(
    cluster, disturbed, name, restarts
):
    (job,) = evaluations(cluster, JobId=disturbed[1][name]["JobId"])
    assert (job["JobState"], job["Restarts"]) == ("COMPLETED", restarts)


def test_scores_are_those_of_an_undisturbed_run_and_only_what_was_in_flight_is_repeated(
    disturbed, undisturbed
):
    workplace, _ = disturbed
    assert scores(workplace) == undisturbed
    assert len(calls(workplace)) == 4 * 3
    repeated = calls(workplace) - Counter(calls(workplace).keys())
    assert all(call.startswith("gated_2 ") for call in repeated)
    assert repeated.total() == 2  # of the cancelled job, and of the lost node's


def test_killed_snakemake_is_resumed_while_its_jobs_still_run(
    cluster, make_workplace, undisturbed, tmp_path
):
    workplace = with_gate(make_workplace(tmp_path, {**STUDY, "noise_levels": [1.0e-2]}))
    with snakemake(workplace) as process:
        cluster.wait_for(lambda: at_gate(workplace) == 1, "job at the gate")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    (orphan,) = evaluations(cluster, "RUNNING", WorkDir=str(tmp_path))
    with snakemake(workplace) as process:
        assert process.wait(timeout=60) != 0
    assert "--unlock" in (tmp_path / "said").read_text()
    assert workplace.snakemake("--unlock").returncode == 0
    with snakemake(workplace) as process:
        cluster.wait_for(
            lambda: len(evaluations(cluster, "RUNNING", WorkDir=str(tmp_path))) == 2,
            "second job for the same configuration",
        )
        finish(workplace, process)
    cluster.wait_for(
        lambda: evaluations(cluster, "COMPLETED", JobId=orphan["JobId"]), "end of the first job"
    )
    (configuration,) = scores(workplace)
    assert scores(workplace)[configuration] == undisturbed[configuration]
    assert calls(workplace).total() == 4  # the second job waited for the first, and found it done


@pytest.mark.slow
def test_job_that_ran_out_of_time_is_given_more(cluster, make_workplace, tmp_path):
    workplace = with_gate(make_workplace(tmp_path, {**STUDY, "noise_levels": [1.0e-2]}))
    with snakemake(workplace) as process:
        cluster.wait_for(lambda: at_gate(workplace) == 1, "job at the gate")
        (job,) = evaluations(cluster, "RUNNING", WorkDir=str(tmp_path))
        given = requested(job)
        cluster.run("scontrol", "update", f"jobid={job['JobId']}", "EndTime=now")
        cluster.wait_for(lambda: evaluations(cluster, "TIMEOUT", JobId=job["JobId"]), "time-out")
        finish(workplace, process)
    (second,) = evaluations(cluster, "COMPLETED", WorkDir=str(tmp_path))
    assert requested(second)[1] > given[1]
    assert calls(workplace).total() == 4 + 1  # the one in flight again
