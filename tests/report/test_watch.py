"""A study is watched until it is complete, in a terminal and in a file alike."""

import io
import json
from collections import Counter

import pytest
from rich.console import Console

from tiltyard.engine.files.json import json_text
from tiltyard.engine.journal.progress import LostJob, Progress, RunningJob, SlowEvaluation
from tiltyard.engine.methods.plugins import PluginFault
from tiltyard.report.watch import ROWS, describe, watch


def state(done, running=0, **facts):
    jobs = [
        RunningJob(f"batch-{i}", "node", 12.0, 2, f"lorenz-t{i}", "python", 1, 4)
        for i in range(running)
    ]
    return Progress("trial", 8, done=done, running=jobs, **facts)


BUSY = state(
    3,
    running=2,
    failed=[LostJob("batch-9", "node", "lorenz-t9", "OSError: [Errno 28] no space")],
    rows=Counter(ok=30, timeout=2),
    slowest=[SlowEvaluation("gp", "julia", 31.5, "lorenz-t2")],
    unreadable=["evaluations/x.parquet: truncated"],
    failed_packages=[PluginFault("broken", "2.1", "SystemExit: 3")],
    job_seconds_left=240.0,
    seconds_left=120.0,
)


def shown(states, terminal):
    """What is printed while one state follows the other; the last one ends it, or Ctrl-C."""
    coming = iter(states)

    def observe():
        try:
            return next(coming)
        except StopIteration:
            raise KeyboardInterrupt from None

    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=200, height=60)
    watch(observe, console, interval=0.0)
    assert next(coming, None) is None, "it ended before the study was complete"
    return file.getvalue()


def test_text_says_everything():
    text = describe(BUSY)
    for words in (
        "3 of 8 configurations done (38%), 2 jobs running, 1 failed",
        "30 ok, 2 timeout",
        "batch-1 on node for 12 s: 1 of 4 done, lorenz-t1, python",
        "batch-9 on node at lorenz-t9: OSError: [Errno 28] no space",
        "gp (julia) took 31.5 s on lorenz-t2",
        "evaluations/x.parquet: truncated",
        "takes no part: broken 2.1: SystemExit: 3",
        "time left at the pace so far: 2 min",
    ):
        assert words in text


def test_all_of_it_is_json():
    found = json.loads(json_text(BUSY.to_dict()))
    assert found["rows"] == {"ok": 30, "timeout": 2}
    assert found["failed_packages"] == [
        {"package": "broken", "version": "2.1", "reason": "SystemExit: 3", "methods": []}
    ]


def test_text_of_a_study_that_stopped_says_that_nothing_runs():
    text = describe(state(3, job_seconds_left=7200.0))
    assert "no job is running" in text and "2.0 h" in text
    assert "left" not in describe(state(8, job_seconds_left=0.0, seconds_left=0.0))


@pytest.mark.parametrize("terminal", [True, False])
def test_watching_ends_with_the_study_and_not_with_its_last_configuration(terminal):
    text = shown([state(3, 2), state(8, 1), state(8)], terminal)
    assert "8 of 8 configurations done (100%), 0 jobs running" in text


@pytest.mark.parametrize("terminal", [True, False])
def test_watching_ends_quietly_on_ctrl_c(terminal):
    assert "3 of 8" in shown([BUSY], terminal)


def test_file_gets_a_line_a_change():
    lines = shown([state(3, 2), state(3, 2), state(4, 2), state(8)], terminal=False).splitlines()
    assert len(lines) == 3 and all("study trial" in line for line in lines)


def test_terminal_shows_jobs_failures_and_slow_estimators_and_never_more_than_fit():
    text = shown([BUSY, state(3, running=ROWS + 5)], terminal=True)
    for words in (
        "batch-1",
        "batch-9",
        "31.5",
        "OSError: [Errno 28]",
        "30 ok, 2 timeout",
        "and 5 more",
    ):
        assert words in text
    assert f"batch-{ROWS}" not in text


def test_terminal_calls_a_method_what_the_study_calls_it():
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=200, height=60)
    done = state(8, slowest=[SlowEvaluation("quick", "python", 1.5, "random-t1")])
    watch(lambda: done, console, interval=0.0, method_word="sorter")
    assert "slowest sorters so far" in file.getvalue()
