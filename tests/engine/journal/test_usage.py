"""Counters of cores and of process trees: what a run is measured by."""

import os
import subprocess
import sys
import time

import pytest
from planted_run import cost, run

from tiltyard.engine.journal import usage, writing
from tiltyard.engine.journal.accounting import make_account
from tiltyard.engine.journal.reading import Journals, read_runs
from tiltyard.engine.journal.usage import core_times
from tiltyard.engine.journal.workflow_record import WorkflowRecord
from tiltyard.engine.journal.writing import record_job

linux = pytest.mark.skipif(sys.platform != "linux", reason="others have no /proc/stat")

TEXT = """cpu  400 20 60 8000 40 2 8 50 30 0
cpu0 100 10 20 4000 30 1 4 20 30 0
cpu2 300 10 40 4000 10 1 4 30 0 0
intr 1 2 3
"""


def test_counters_are_those_of_the_cores_that_may_be_used(tmp_path, monkeypatch):
    file = tmp_path / "stat"
    file.write_text(TEXT)
    monkeypatch.setattr(usage, "STAT", file)
    second = os.sysconf("SC_CLK_TCK")
    for cores, name, busy, steal, idle in (
        ({2}, "2", 355, 30, 4010),
        ({0, 2}, "0,2", 490, 50, 8040),
    ):
        monkeypatch.setattr(usage.os, "sched_getaffinity", lambda pid, cores=cores: cores)
        found = core_times()
        assert found.cores == name
        assert (found.busy, found.steal, found.idle) == pytest.approx(
            (busy / second, steal / second, idle / second)
        )


@pytest.mark.parametrize("text", [None, "", "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n"])
def test_machine_that_counts_nothing_is_known_as_such(tmp_path, monkeypatch, text):
    monkeypatch.setattr(usage, "STAT", tmp_path / "stat")
    if text is not None:
        (tmp_path / "stat").write_text(text)
    assert core_times() is None
    with record_job(tmp_path / "journal", "job", "evaluate"):
        pass
    (job,) = read_runs(tmp_path / "journal")
    assert [sample.machine for sample in job.samples] == [None, None]
    job.evaluated = run(0, 1, costs={"one": cost(0.0, 0.0)}).evaluated
    assert not make_account([job]).known


@linux
def test_cores_are_busy_stolen_or_idle_all_the_time():
    before, began = core_times(), time.monotonic()
    time.sleep(0.3)
    after, passed = core_times(), time.monotonic() - began
    counted = sum(getattr(after, n) - getattr(before, n) for n in ("busy", "steal", "idle"))
    cores = len(before.cores.split(","))
    assert counted == pytest.approx(cores * passed, abs=0.05 * cores)  # in steps of 0.01 s


def test_job_is_measured_at_its_beginning_at_every_heartbeat_and_at_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "HEARTBEAT_SECONDS", 0.02)
    with record_job(tmp_path, "job", "evaluate"):
        deadline = time.monotonic() + 10
        while not read_runs(tmp_path)[0].samples[3:] and time.monotonic() < deadline:
            time.sleep(0.02)
    (job,) = read_runs(tmp_path)
    assert len(job.samples) >= 5 and job.ended is not None
    times = [sample.time for sample in job.samples]
    assert times == sorted(times) and job.cpu[-1][1] >= job.samples[0].cpu > 0


ORPHAN = """
import os, subprocess, sys, time
from pathlib import Path
from tiltyard.engine.journal import writing
from tiltyard.engine.journal.workflow_record import WorkflowRecord

writing.HEARTBEAT_SECONDS = 0.05
record = WorkflowRecord(Path(sys.argv[1]), 2)
record.start()
burn = "import time\\nwhile time.process_time() < 0.6: pass"
# The child ends at once; what it started goes on alone.
child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {burn!r}])"
subprocess.run([sys.executable, "-c", child], check=True)
deadline = time.monotonic() + 30
while time.monotonic() < deadline:
    found = writing.cpu_of_tree() - time.process_time()
    if found > 0.5:  # this process goes on using CPU between its last sample and the print
        break
    time.sleep(0.2)
run = record.finish()
print(run.samples[-1].cpu - time.process_time())
"""


def journals_in(folder):
    journals = Journals(folder)
    journals.refresh()
    return journals


@linux
def test_workflow_counts_processes_whose_parent_has_ended(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN, str(tmp_path)], check=True, capture_output=True, text=True
    )
    assert float(done.stdout) > 0.39
    journals = journals_in(tmp_path)
    (run,) = journals.workflows
    assert run.ended and run.cores == 2 and len(run.samples) >= 3
    assert journals.runs == []  # it is no job


def test_workflow_that_is_only_looked_at_leaves_no_file(tmp_path):
    WorkflowRecord(tmp_path, 2)
    assert not list(tmp_path.iterdir())
    record = WorkflowRecord(None, 2)
    assert record.finish().ended and not list(tmp_path.iterdir())


def test_workflow_is_measured_once_more_at_its_end_and_never_after(tmp_path):
    record = WorkflowRecord(tmp_path, 3)
    first, second = record.finish(), record.finish()
    assert first == second and len(first.samples) == 2
    assert journals_in(tmp_path).workflows == [first]
