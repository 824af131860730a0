"""The state of a study is what its files say, with and without journals, during and after runs."""

import json
import os
import shutil
import time
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiltyard.engine.files.json import json_text
from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.journal import progress
from tiltyard.engine.journal import writing as journal
from tiltyard.engine.journal.progress import (
    SLOWEST,
    ProgressReader,
    slowest_methods,
)
from tiltyard.engine.journal.reading import SILENCE_SECONDS, Evaluated, read_line
from tiltyard.engine.journal.writing import checked_line, record_job, slowest_of
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.evaluator import Outcomes

NAMES = [f"c{i}" for i in range(6)]


class Place:
    """The folder of a study of six configurations."""

    def __init__(self, folder):
        self.folder = folder
        self.observer = self.new_observer()

    def new_observer(self):
        return ProgressReader(
            "trial",
            NAMES,
            evaluations=self.folder / "evaluations",
            journals=self.folder / "journal",
            catalogue=self.folder / "catalogue.json",
        )

    def write(self, name, failed=1):
        """The evaluation of one configuration: its tally, rows by status and file."""
        rows = {"ok": 5, "failed": failed}
        outcomes = {("fit", "python"): Outcome(Status.OK, "", None, 1.0, 2.0, 0.0)}
        tally = Outcomes(outcomes, computed=[("fit", "python")])
        path = self.folder / "evaluations" / f"{name}.parquet"
        note = {"configuration": name, "computed": 1, "recalled": 0, "rows": rows}
        write_table(pa.table({"x": [1.0]}), note, path)
        return tally, rows, path

    def evaluate(self, job, names, fails_at=None):
        with record_job(self.folder / "journal", job, "evaluate", configurations=names) as journal:
            for position, name in enumerate(names):
                journal.begin(name)
                if name == fails_at:
                    raise RuntimeError("no memory")
                journal.finish(name, *self.write(name, failed=position))

    def journal(self, job, *lines, **first):
        """A journal whose lines are given, on a machine that is not this one."""
        facts = {"event": "job", "job": job, "rule": "evaluate", "host": "another", "pid": 1}
        facts |= {"threads": 1, "configurations": NAMES, **first}
        path = self.folder / "journal" / f"{job}.run.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(checked_line(line) + "\n" for line in (facts, *lines)))
        return path


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_study_that_has_not_begun(place):
    state = place.observer.observe()
    assert (state.configurations, state.done, state.rows) == (6, 0, Counter())
    assert state.job_seconds_left is None and not state.is_complete


def test_journals_say_the_same_as_the_files(place):
    place.evaluate("first", NAMES[:3])
    place.evaluate("second", NAMES[3:5])
    told = place.new_observer().observe()
    shutil.rmtree(place.folder / "journal")
    read = place.new_observer().observe()
    assert told.done == read.done == 5 and told.computed == read.computed == 5
    assert told.rows == read.rows == Counter({"ok": 25, "failed": 0 + 1 + 2 + 0 + 1})
    assert json.loads(json_text(told.to_dict()))["rows"] == told.rows


def test_finished_study_is_complete(place):
    place.evaluate("all", NAMES)
    state = place.observer.observe()
    assert state.is_complete and state.seconds_left == 0.0 and not state.failed


def test_file_is_read_only_where_no_journal_tells_of_it_and_only_once(place, monkeypatch):
    place.evaluate("first", NAMES[:3])
    place.write(NAMES[3])
    reads = []
    read_note = progress.read_note
    monkeypatch.setattr(progress, "read_note", lambda p: reads.append(p.stem) or read_note(p))
    assert [place.observer.observe().done for _ in range(3)] == [4, 4, 4]
    assert reads == [NAMES[3]]


def test_truncated_file_is_named_and_not_done(place):
    place.evaluate("all", NAMES)
    path = place.folder / "evaluations" / "c2.parquet"
    path.write_bytes(path.read_bytes()[:-5])
    state = place.observer.observe()
    assert state.done == 5 and not state.is_complete
    assert len(state.unreadable) == 1 and "c2.parquet" in state.unreadable[0]


def test_what_is_older_than_the_catalogue_counts_again_when_it_was_looked_at(place):
    place.evaluate("old", NAMES)
    catalogue = place.folder / "catalogue.json"
    catalogue.touch()
    later = time.time() + 100
    os.utime(catalogue, (later, later))
    state = place.observer.observe()
    assert (state.done, state.outdated) == (0, 6)
    # The job found that one file still answers, and left it as it is.
    size = (place.folder / "evaluations" / "c0.parquet").stat().st_size
    line = {"event": "evaluated", "time": later + 1, "configuration": "c0", "computed": 0}
    line |= {"recalled": 0, "rows": {"ok": 6}, "cost": {}, "slowest": [], "bytes": size}
    place.journal("new", line, started=later, time=later)
    state = place.observer.observe(later + 1)
    assert (state.done, state.outdated, state.rows) == (1, 5, {"ok": 6})


def test_time_left_is_that_of_the_present_catalogue(place):
    """An added estimator takes less than all did before it."""
    now = time.time()

    def told(job, name, began, ended):
        size = place.write(name)[2].stat().st_size
        lines = [
            {"event": "configuration", "time": now - began, "configuration": name},
            {"event": "evaluated", "time": now - ended, "configuration": name, "computed": 1}
            | {"recalled": 0, "rows": {}, "cost": {}, "slowest": [], "bytes": size},
        ]
        place.journal(job, *lines, started=now - began, time=now - began)

    for place_in_time, name in enumerate(("c0", "c1", "c2")):
        told(f"old {name}", name, 1000 - place_in_time, 900 - place_in_time)
    assert place.observer.observe(now).job_seconds_left == pytest.approx(300)
    catalogue = place.folder / "catalogue.json"
    catalogue.touch()
    os.utime(catalogue, (now - 100, now - 100))
    told("new c3", "c3", 12, 10)
    for name in ("c0", "c1", "c2"):
        os.utime(place.folder / "evaluations" / f"{name}.parquet", (now - 900, now - 900))
    state = place.observer.observe(now)
    assert state.done == 1 and state.job_seconds_left == pytest.approx(5 * 2)


def test_failed_job_is_listed_until_another_has_done_its_work(place):
    with pytest.raises(RuntimeError):
        place.evaluate("first", NAMES[:3], fails_at="c1")
    (lost,) = place.observer.observe().failed
    assert (lost.job, lost.configuration, lost.reason) == ("first", "c1", "RuntimeError: no memory")
    place.evaluate("another plan", NAMES[1:4])
    assert place.observer.observe().failed == []


def test_long_job_of_another_machine_counts_as_running_while_its_heart_beats(place, monkeypatch):
    monkeypatch.setattr(journal, "HEARTBEAT_SECONDS", 0.05)
    folder = place.folder / "journal"
    with record_job(folder, "long", "evaluate", configurations=NAMES):
        (path,) = folder.glob("*.jsonl")
        first = read_line(path.read_bytes()) | {"host": "another"}
        path.write_text(checked_line(first) + "\n")
        begun = path.stat().st_mtime
        deadline = time.monotonic() + 30
        while path.stat().st_mtime < begun + 0.1:
            assert time.monotonic() < deadline, "its heart does not beat"
            time.sleep(0.01)
        # So long after its beginning a job that had not touched its journal again would be lost.
        (job,) = place.observer.observe(begun + SILENCE_SECONDS + 0.05).running
        assert (job.job, job.host) == ("long", "another")
        assert place.observer.observe(time.time() + 2 * SILENCE_SECONDS).running == []


def test_lost_job_of_configurations_that_left_the_study_is_not_listed(place):
    place.journal("former", started=0.0, time=0.0, configurations=["gone"])
    assert place.observer.observe().failed == []
    place.journal("present", started=0.0, time=0.0, configurations=["gone", "c5"])
    assert [lost.job for lost in place.observer.observe(time.time() + 1000).failed] == ["present"]


def test_time_left_is_work_left_over_jobs_that_run(place):
    now = time.time()

    def line(event, when, name, **facts):
        return {"event": event, "time": now - when, "configuration": name, **facts}

    facts = {"recalled": 0, "rows": {}, "cost": {}, "slowest": []}
    bytes_of = {name: place.write(name)[2].stat().st_size for name in ("c0", "c3")}
    for job, name, computed, began, ended in (("x", "c0", 1, 25, 5), ("y", "c3", 0, 5, 4)):
        place.journal(
            job,
            line("configuration", began, name),
            line("evaluated", ended, name, computed=computed, bytes=bytes_of[name], **facts),
            line("configuration", ended, "c1" if job == "x" else "c4"),
            started=now - 30,
            time=now - 28,
        )
    state = place.observer.observe(now)
    # Four are missing, 20 s each: what was recalled at once says nothing about what is computed.
    # Five and four seconds of those that are under way have passed.
    assert [job.configuration for job in state.running] == ["c1", "c4"]
    assert state.job_seconds_left == pytest.approx(4 * 20 - 5 - 4, abs=1e-3)  # files hold ms
    assert state.seconds_left == pytest.approx(state.job_seconds_left / 2)
    stopped = place.observer.observe(now + 1000)
    assert stopped.job_seconds_left == pytest.approx(80, abs=1e-3)
    assert stopped.seconds_left is None and len(stopped.failed) == 2


seconds = st.floats(0.0, 1e3, allow_nan=False).map(lambda value: round(value, 3))
evaluations = st.dictionaries(
    st.tuples(st.sampled_from("abcdefghijklmnopqrstuvw"), st.sampled_from(["python", "julia"])),
    seconds,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(evaluations, max_size=8))
def test_slowest_methods_are_exact_although_journals_keep_the_slowest_only(study):
    lines, longest = [], {}
    for name, taken in enumerate(study):
        outcomes = {key: Outcome(Status.OK, "", None, s, s, 0.0) for key, s in taken.items()}
        slowest = slowest_of(Outcomes(outcomes, computed=list(taken)))
        lines.append(
            Evaluated(str(name), 0.0, 1.0, 1, 0, {}, {}, [(*s[:2], s[2]) for s in slowest], 1)
        )
        for key, value in taken.items():
            longest[key] = max(value, longest.get(key, 0.0))
    found = slowest_methods(lines)
    assert [slow.seconds for slow in found] == sorted(longest.values(), reverse=True)[:SLOWEST]
    for slow in found:
        key = (slow.method, slow.language)
        assert longest[key] == slow.seconds == study[int(slow.configuration)][key]
