"""Rows of launches: equality first, no time where there is none, repeated rounds kept apart."""

from dataclasses import replace

import pytest

from tiltyard.engine.outcome import Outcome, Status
from tiltyard.studies.throughput.dataset import Round
from tiltyard.studies.throughput.scoring import (
    SPARED,
    disturbance,
    rows_of,
    shares_of,
    strongest,
    together,
    work_seconds,
)
from tiltyard.studies.throughput.strategies import LaunchedMethod

METHOD = LaunchedMethod(
    name="serial", family="quick", strategy="serial", tags=("own",), workers=1, block="9"
)
DATASET = Round("n3-t1", "n3", {"lines": 3}, {"lines": 3}, (("lines.txt", 7, "a"),))


def stages(*seconds, names=("start", "import", "compute", "other")):
    return [
        {"name": name, "wall_seconds": wall, "cpu_seconds": wall}
        for name, wall in zip(names, seconds, strict=False)
    ]


def outcome(status=Status.OK, message="", *, steal=0.0, foreign=0.0, seconds=2.0, **facts):
    result = {
        "digest": "f",
        "position": 2,
        "units": 1000,
        "unit": "lines",
        "stages": stages(0.1, 0.2, 1.0, 0.1),
        "cpu_user": 1.3,
        "bytes_read": 5,
        "alarms": ["escaped: one", "and more"],
        "output_digest": "d",
        "difference": "",
        "watched_seconds": seconds,
        "steal_share": steal,
        "foreign_share": foreign,
        "warnings": [],
        **facts,
    }
    return Outcome(status, message, result, 1.4, 1.4, float("nan"), 50.0)


def rows(one, method=METHOD):
    known = together({method.key: one})
    return list(rows_of(method, DATASET, known[method.key]))


def test_a_launch_has_a_row_for_the_whole_first_and_one_for_each_stage():
    whole, *parts = rows(outcome())
    assert [row["stage"] for row in parts] == ["start", "import", "compute", "other"]
    assert (whole["stage"], whole["status"], whole["cpu_seconds"]) == ("total", "ok", 1.4)
    assert (whole["peak_memory"], whole["bytes_read"], whole["workers"]) == (50.0, 5, 1)
    assert whole["alarms"] == "escaped: one; and more" and whole["counted"]
    for row, wall in zip(parts, (0.1, 0.2, 1.0, 0.1), strict=True):
        assert (row["wall_seconds"], row["cpu_seconds"]) == (wall, wall)
        assert row["peak_memory"] is None and "bytes_read" not in row
        assert row["tags"] == "own,part" and row["position"] == 2


def test_what_an_alarm_quotes_splits_it_into_no_two():
    quoted = 'escaped: 1 process (python -c "import os; os.fork(); 1")'
    (whole, *_) = rows(outcome(alarms=[quoted, "and more"], warnings=["load; 3", "swap"]))
    assert whole["alarms"].split("; ") == [quoted.replace("; ", ", "), "and more"]
    assert whole["warnings"].split("; ") == ["load, 3", "swap"]


def test_a_wrong_output_comes_before_all_else_and_has_no_stages():
    (row,) = rows(outcome(difference="record 3", stages=stages(0.1, 0.1, 0.001)))
    assert (row["status"], row["message"]) == ("wrong_output", "record 3")
    assert "bytes_read" not in row


def test_a_limit_has_no_output_to_compare():
    limit = replace(METHOD, tags=("limit",))
    assert rows(outcome(difference="none"), limit)[0]["status"] == "ok"


@pytest.mark.parametrize(
    ("seconds", "units", "words"),
    [
        (0.003, 1000, "took 3.0 ms of work for 1,000 lines: about 330,000 lines would take 1 s"),
        (0.0099, 7, "took 9.9 ms of work for 7 lines: about 710 lines would take 1 s"),
        (0.0, 1000, "took 0.0 ms of work for 1,000 lines: about 10,000,000 lines would take 1 s"),
    ],
)
def test_too_short_names_the_size_that_would_take_a_second(seconds, units, words):
    (row,) = rows(outcome(stages=stages(3.0, 2.0, seconds), units=units))
    assert (row["status"], row["message"]) == ("too_short", words)


def test_ten_milliseconds_are_enough_and_starting_does_not_count():
    assert rows(outcome(stages=stages(0.0, 0.0, 0.0101)))[0]["status"] == "ok"
    assert work_seconds(stages(1.0, 1.0, 0.5, 2.0)) == 0.5
    # A command that names no stage of work is work as a whole.
    assert work_seconds(stages(1.0, names=("other",))) == 1.0
    # A wait is no work: CPU is less than wall. Workers share it: wall is less than CPU.
    waits = [{"name": "read", "wall_seconds": 3.0, "cpu_seconds": 0.001}]
    shares = [{"name": "compute", "wall_seconds": 0.005, "cpu_seconds": 0.02}]
    assert (work_seconds(waits), work_seconds(shares)) == (0.001, 0.005)


@pytest.mark.parametrize("status", [Status.TIMEOUT, Status.CRASHED, Status.FAILED])
def test_a_failure_says_what_was_known_and_has_no_stages(status):
    known = {"digest": "f", "position": 4, "job": "j", "machine": "m"}
    (row,) = rows(Outcome(status, "why", known))
    assert (row["status"], row["message"], row["position"]) == (str(status), "why", 4)
    assert (row["job"], row["cpu_seconds"], row["counted"]) == ("j", None, True)


def test_a_round_that_was_not_needed_is_a_row_that_does_not_count():
    (row,) = rows(Outcome(Status.UNSUPPORTED, "not needed: known", SPARED))
    assert (row["status"], row["counted"], row["digest"]) == (
        *("not_needed", False),
        DATASET.files_digest,
    )


def test_shares_are_those_of_the_rounds_whole_time():
    found = shares_of(
        [
            outcome(steal=0.1, foreign=0.0, seconds=1.0, warnings=["hot", "slow"]),
            outcome(steal=0.3, foreign=0.4, seconds=3.0, warnings=["slow"]),
            Outcome(Status.TIMEOUT, "", {"position": 1}),
        ]
    )
    assert found == {
        "steal_share": pytest.approx(0.25),
        "foreign_share": pytest.approx(0.3),
        "warnings": "hot; slow",
    }
    assert disturbance(found) == pytest.approx(0.3)
    assert disturbance(shares_of([])) == 0.0


@pytest.mark.parametrize(
    ("first", "second", "counts"), [(0.3, 0.1, 1), (0.3, 0.3, 1), (0.2, 0.5, 0)]
)
def test_of_a_repeated_round_the_repetition_counts_unless_it_was_more_disturbed(
    first, second, counts
):
    again = replace(outcome(steal=second), earlier=outcome(steal=first))
    found = rows(again)
    totals = [row for row in found if row["stage"] == "total"]
    assert [row["counted"] for row in totals] == [bool(counts), not counts]
    assert [row["steal_share"] for row in totals] == [second, first]
    assert len(found) == 10 and {row["counted"] for row in found} == {True, False}


def test_a_repetition_that_was_not_finished_leaves_the_first_launch_as_it_counts():
    """Killed in between and then not needed any more: some have two launches, some one."""
    other = replace(METHOD, name="other")
    known = together(
        {
            METHOD.key: replace(outcome(steal=0.1), earlier=outcome(steal=0.4)),
            other.key: outcome(steal=0.4),
        }
    )
    (row, *_) = rows_of(other, DATASET, known[other.key])
    assert not row["counted"] and row["steal_share"] == pytest.approx(0.4)


def test_of_warnings_that_differ_in_numbers_the_strongest_stands_whatever_their_sequence():
    own = [
        "other programs took 84% of the cores' time: python (3) 28% of a core",
        "other programs took 9% of the cores' time: sh (7) 90% of a core",
        "the frequency's governor is powersave, not performance",
        "the frequency's governor is powersave, not performance",
        "12 MB went to or from swap",
    ]
    expected = [own[4], own[0], own[2]]
    assert strongest(own) == strongest(own[::-1]) == expected
    rounds = [outcome(warnings=own[:2]), outcome(warnings=own[2:])]
    assert shares_of(rounds) == shares_of(rounds[::-1])
    assert strongest([]) == []
