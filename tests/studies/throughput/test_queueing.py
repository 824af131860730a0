"""Time in a queue is told apart, from the controller that knows it."""

import math
import time

import pytest

from tiltyard.studies.throughput.queueing import Waiting, queued_seconds


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """Plants a command `squeue` that prints something, inside of a job."""

    def plant(said, code=0):
        path = tmp_path / "squeue"
        path.write_text(f"#!/bin/sh\necho '{said}'\necho \"$@\" > {tmp_path}/asked\nexit {code}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        monkeypatch.setenv("SLURM_JOB_ID", "41")
        return tmp_path / "asked"

    return plant


def test_outside_of_a_cluster_nothing_was_waited_for(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert queued_seconds() == 0.0


def test_a_job_waited_from_its_submission_to_its_start(squeue):
    asked = squeue("2026-11-29T23:59:30 2026-11-30T00:00:30")
    assert queued_seconds() == 60.0
    assert "--jobs=41" in asked.read_text()


@pytest.mark.parametrize(("said", "code"), [("", 0), ("N/A N/A", 0), ("2026-11-29", 0), ("x", 1)])
def test_without_an_answer_it_is_unknown(squeue, said, code):
    squeue(said, code)
    assert math.isnan(queued_seconds())


def test_waiting_for_the_machine_is_added(squeue):
    squeue("2026-11-29T23:59:30 2026-11-30T00:00:30")
    waiting = Waiting()
    time.sleep(0.2)
    waiting.over()
    assert 60.2 <= waiting.seconds < 70
