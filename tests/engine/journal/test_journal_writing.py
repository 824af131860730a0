"""Journals tell how far each job came, whenever and however it ended."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiltyard.engine.journal import writing as journal
from tiltyard.engine.journal.reading import (
    SILENCE_SECONDS,
    Journals,
    State,
    damaged_lines,
    latest_runs,
    read_line,
    read_runs,
)
from tiltyard.engine.journal.writing import (
    checked_line,
    cost_by_language,
    cpu_of_tree,
    record_job,
    slowest_of,
)
from tiltyard.engine.outcome import Limits, Outcome, Status
from tiltyard.engine.work.evaluator import Outcomes


def outcome(seconds, warm_up=0.0):
    return Outcome(Status.OK, "", None, seconds / 2, seconds, warm_up)


OUTCOMES = Outcomes(
    by_method={
        ("fast", "python"): outcome(1.0, 0.25),
        ("slow", "julia"): outcome(4.0, 0.5),
        ("known", "python"): outcome(100.0),
        ("hangs", "python"): Outcome(Status.TIMEOUT, limits=Limits(30.0, 4096)),
        ("dies", "julia"): Outcome(Status.CRASHED),
    },
    computed=[("fast", "python"), ("slow", "julia"), ("hangs", "python"), ("dies", "julia")],
    recalled=[("known", "python")],
)


def work(folder, configurations=("a", "b")):
    """A job of two configurations that goes well."""
    with record_job(folder, "batch", "evaluate", threads=2, configurations=configurations) as job:
        for name in configurations:
            job.begin(name)
            job.phase("python")
            rows = folder / "rows"
            rows.write_bytes(b"12345")
            job.finish(name, OUTCOMES, {"ok": 3, "timeout": 1}, rows)


def only_run(folder):
    (run,) = read_runs(folder)
    return run


def test_finished_job_is_known_in_full(tmp_path):
    before = time.time()
    work(tmp_path)
    run = only_run(tmp_path)
    assert (run.job, run.rule, run.threads, run.pid) == ("batch", "evaluate", 2, os.getpid())
    assert run.configurations == ("a", "b") and run.state(time.time()) is State.DONE
    assert [name for _, name in run.phases] == ["starting", *["reading", "python"] * 2]
    assert run.started < before - 0.01 and before - 0.01 <= run.opened <= run.ended
    first, second = run.evaluated
    assert (first.configuration, first.computed, first.recalled, first.bytes) == ("a", 4, 1, 5)
    assert first.rows == {"ok": 3, "timeout": 1}
    assert run.opened <= first.begun <= first.ended <= second.begun <= second.ended <= run.ended


def test_cost_and_slowest_are_of_what_was_computed_and_count_a_time_limit():
    assert cost_by_language(OUTCOMES) == {
        "python": {"cpu": 0.5, "wall": 31.0, "warm_up": 0.25},
        "julia": {"cpu": 2.0, "wall": 4.0, "warm_up": 0.5},
    }
    assert slowest_of(OUTCOMES) == [
        ["hangs", "python", 30.0],
        ["slow", "julia", 4.0],
        ["fast", "python", 1.0],
    ]


def test_exception_is_noted_and_passes_on(tmp_path):
    with pytest.raises(OSError, match="disk"), record_job(tmp_path, "batch", "evaluate"):
        raise OSError("no space left\non this disk")
    run = only_run(tmp_path)
    assert run.state(time.time()) is State.FAILED
    assert run.error == "OSError: no space left on this disk"


KILLED = """
import sys, time
from pathlib import Path
from tiltyard.engine.journal.writing import record_job

with record_job(Path(sys.argv[1]), "batch", "evaluate", configurations=["a"]) as job:
    job.begin("a")
    print("begun", flush=True)
    time.sleep(60)
"""


def test_killed_job_runs_until_it_is_killed_and_its_next_run_replaces_it(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert only_run(tmp_path).state(time.time()) is State.RUNNING
        assert only_run(tmp_path).current == "a"
        process.send_signal(signal.SIGKILL)
        process.wait()
    killed = only_run(tmp_path)
    assert killed.state(time.time()) is State.KILLED and not killed.evaluated
    work(tmp_path)
    runs = read_runs(tmp_path)
    (latest,) = latest_runs(runs)
    assert len(runs) == 2 and latest.state(time.time()) is State.DONE


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 400), max_size=20))
def test_journal_read_in_any_pieces_is_the_journal_read_whole(tmp_path_factory, sizes):
    folder = tmp_path_factory.mktemp("journals")
    work(folder)
    (path,) = folder.glob("*.jsonl")
    content, whole = path.read_bytes(), only_run(folder)
    path.write_bytes(b"")
    journals, start = Journals(folder), 0
    for size in [*sizes, len(content)]:
        with path.open("ab") as file:
            file.write(content[start : start + size])
        start += size
        journals.refresh()
        # What is known so far is never more, nor other, than what the whole says.
        for run in journals.runs:
            assert run.evaluated == whole.evaluated[: len(run.evaluated)]
            assert run.phases == whole.phases[: len(run.phases)]
            assert (run.ended is None) == (start < len(content))
    (run,) = journals.runs
    assert asdict(replace(run, touched=0.0)) == asdict(replace(whole, touched=0.0))


def test_line_that_was_cut_short_costs_itself_only(tmp_path):
    work(tmp_path)
    (path,) = tmp_path.glob("*.jsonl")
    lines = path.read_text().splitlines()
    position = next(i for i, line in enumerate(lines) if '"evaluated"' in line)
    lines[position] = lines[position][:40]
    path.write_text("\n".join(lines) + "\n")
    run = only_run(tmp_path)
    assert [done.configuration for done in run.evaluated] == ["b"] and run.ended is not None


def test_a_line_with_a_flipped_bit_is_passed_over_and_found(tmp_path):
    """Its number would be another, and still a number."""
    with record_job(tmp_path, "batch", "evaluate", threads=2):
        pass
    (path,) = tmp_path.glob("*.jsonl")
    assert damaged_lines(path) == [] and only_run(tmp_path).threads == 2
    path.write_text(path.read_text().replace('"threads": 2', '"threads": 3'))
    assert damaged_lines(path) == [1] and read_runs(tmp_path) == []


def test_foreign_files_in_the_folder_are_no_runs(tmp_path):
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "other.jsonl").write_text('[1]\n"text"\n{"event": "evaluated", "time": 1}\n')
    (tmp_path / "binary.jsonl").write_bytes(bytes(range(256)))
    assert read_runs(tmp_path) == []
    assert read_runs(tmp_path / "missing") == []


def open_journal(folder, **changes):
    """The journal of a job that has begun, with `changes` in its first line."""
    with record_job(folder, "batch", "evaluate"):
        (path,) = folder.glob("*.jsonl")
    first = read_line(path.read_bytes().splitlines()[0])
    path.write_text(checked_line({**first, **changes}) + "\n")
    return path


def test_job_on_another_machine_runs_while_its_journal_is_touched(tmp_path):
    open_journal(tmp_path, host="another")
    run, now = only_run(tmp_path), time.time()
    assert run.state(now) is State.RUNNING
    assert run.state(now + SILENCE_SECONDS + 1) is State.KILLED


def test_journal_is_touched_at_every_heartbeat_until_the_job_ends(tmp_path, monkeypatch):
    assert 12 * journal.HEARTBEAT_SECONDS <= SILENCE_SECONDS
    monkeypatch.setattr(journal, "HEARTBEAT_SECONDS", 0.1)
    threads = threading.active_count()
    with record_job(tmp_path, "batch", "evaluate"):
        # Even where no line can be written, as on a full disk.
        monkeypatch.setattr(journal.JournalFile, "write", lambda self, event, **facts: None)
        (path,) = tmp_path.glob("*.jsonl")
        content, stamps = path.read_bytes(), [path.stat().st_mtime]
        deadline = time.monotonic() + 30
        while len(stamps) < 4:
            assert time.monotonic() < deadline, f"the journal was touched at {stamps} only"
            if (stamp := path.stat().st_mtime) != stamps[-1]:
                stamps.append(stamp)
            time.sleep(0.01)
        assert path.read_bytes() == content
    # A time stamp may be some milliseconds old when it is given.
    assert all(later - sooner > 0.08 for sooner, later in pairwise(stamps))
    while threading.active_count() > threads:
        assert time.monotonic() < deadline, "the heart of the ended job still beats"
        time.sleep(0.01)


def test_process_with_the_same_id_that_started_later_is_another_one(tmp_path):
    open_journal(tmp_path)
    run = only_run(tmp_path)
    assert run.state(time.time()) is State.RUNNING
    assert replace(run, started=run.started - 3600).state(time.time()) is State.KILLED


def test_journal_that_cannot_be_written_does_not_end_the_job(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    reached = False
    with record_job(tmp_path / "file", "batch", "evaluate") as job:
        job.phase("python")
        reached = True
    assert reached and capsys.readouterr().err.count("the journal is incomplete") == 1


def test_cpu_of_ended_grandchildren_counts():
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    before = cpu_of_tree()
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    subprocess.run([sys.executable, "-c", nested], check=True)
    assert cpu_of_tree() - before >= 0.19  # the kernel counts in steps of 0.01 s
