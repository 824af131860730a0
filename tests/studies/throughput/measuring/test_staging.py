"""Stages add up to the launch, in wall time and in CPU of the whole tree."""

import planted_trees as planted
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.pipelines.stages import OTHER, STAGES
from tiltyard.studies.throughput.measuring.staging import stages_of

CHILD = f"subprocess.run({planted.burner(0.4)})"


def by_name(launch):
    return {stage.name: stage for stage in launch.stages}


def test_cpu_of_stages_is_where_it_was_burnt(launched):
    launch = launched(
        planted.staged(
            ("import", ""),
            ("read", "burn(0.3)"),
            ("compute", CHILD),
            ("write", "time.sleep(0.2)"),
            ("close", ""),
        )
    )
    stages = by_name(launch)
    assert list(stages) == ["start", "import", "read", "compute", "write", "close"]
    assert sum(one.wall_seconds for one in launch.stages) == pytest.approx(launch.wall_seconds)
    assert sum(one.cpu_seconds for one in launch.stages) == pytest.approx(launch.cpu_seconds)
    assert stages["read"].cpu_seconds == pytest.approx(0.3, rel=0.05)
    assert stages["compute"].cpu_seconds == pytest.approx(0.4, rel=0.08)  # a child's
    assert stages["write"].cpu_seconds < 0.03 and stages["write"].wall_seconds >= 0.2


def test_cpu_of_children_that_burn_on_is_divided_at_the_mark(launched):
    burner = planted.python(planted.BURN.format(seconds=1.0))
    watch = "while time.clock_gettime((~one.pid << 3) | 2) < {}: time.sleep(0.001)"
    launch = launched(
        planted.staged(
            ("read", f"one = subprocess.Popen({burner})\n{watch.format(0.5)}"),
            ("compute", "one.wait()"),
        )
    )
    stages = by_name(launch)
    burnt = stages["compute"].cpu_seconds
    assert burnt == pytest.approx(0.5, rel=0.1)
    assert stages["read"].cpu_seconds + burnt <= launch.cpu_seconds


def test_a_command_without_marks_is_one_stage(launched):
    launch = launched(planted.burner(0.1))
    [stage] = launch.stages
    assert (stage.name, stage.wall_seconds, stage.cpu_seconds) == (
        *("compute", launch.wall_seconds),
        launch.cpu_seconds,
    )


def test_what_comes_after_the_marking_process_is_another_stage(launched):
    program = planted.staged(("compute", "burn(0.05)"))
    launch = launched(["sh", "-c", '"$0" -c "$1"; sleep 0.3', program[0], program[2]])
    stages = by_name(launch)
    assert list(stages) == ["start", "compute", OTHER]
    assert stages[OTHER].wall_seconds >= 0.29
    assert sum(one.wall_seconds for one in launch.stages) == pytest.approx(launch.wall_seconds)


def test_marks_of_other_processes_are_no_stages(launched):
    child = planted.staged(("write", "burn(0.05)"))
    launch = launched(planted.staged(("compute", f"subprocess.run({child}, check=True)")))
    assert list(by_name(launch)) == ["start", "compute"]


def test_lines_that_are_no_marks_are_an_alarm(launched):
    launch = launched(["sh", "-c", 'echo "{}" >> "$TILTYARD_STAGES"'])
    assert launch.alarms == ["1 lines of its file of stages are no marks"]


def mark(stage, clock, used):
    return {"stage": stage, "clock": clock, "pid": 1, "cpu_user": used, "cpu_system": 0.0}


def test_others_cpu_at_a_mark_lies_between_two_looks():
    report = {
        "started": 100.0,
        "wall": 10.0,
        "marker_ended": None,
        "marks": [mark("read", 101.0, 0.5), mark("compute", 104.0, 1.0), mark("odd", 108.0, 2.0)],
        "points": [(101.0, 0.0), (103.0, 2.0), (105.0, 4.0), (108.0, 4.0)],
    }
    found = {one.name: (one.wall_seconds, one.cpu_seconds) for one in stages_of(report, 9.0)}
    assert found == {
        "start": (1.0, pytest.approx(0.5)),
        "read": (3.0, pytest.approx(3.5)),
        "compute": (4.0, pytest.approx(2.0)),
        OTHER: (2.0, pytest.approx(3.0)),
    }


def test_stages_told_afterwards_keep_their_names_and_have_the_whole_tree_s_cpu():
    told = [
        {"stage": name, "clock": clock, "pid": 7, "cpu_seconds": used}
        for name, clock, used in [("python", 101.0, 0.5), ("julia", 104.0, 4.0)]
    ]
    report = {
        "started": 100.0,
        "wall": 10.0,
        "marker_ended": None,
        "marks": told,
        "points": [(110.0, 8.0)],
    }
    found = {one.name: (one.wall_seconds, one.cpu_seconds) for one in stages_of(report, 9.0)}
    assert found == {"start": (1.0, 0.5), "python": (3.0, 3.5), "julia": (6.0, 5.0)}


numbers = st.floats(0, 10)


@given(st.lists(st.tuples(st.sampled_from([*STAGES, "odd"]), numbers, numbers)), numbers, numbers)
def test_stages_always_add_up(marks, wall, used):
    report = {
        "started": 0.0,
        "wall": wall,
        "marker_ended": None,
        "marks": [mark(*one) for one in marks],
        "points": [(one[1], one[2]) for one in sorted(marks, key=lambda one: one[1])],
    }
    stages = stages_of(report, used)
    assert sum(one.wall_seconds for one in stages) == pytest.approx(wall, abs=1e-9)
    assert sum(one.cpu_seconds for one in stages) == pytest.approx(used, abs=1e-9)
    assert all(one.wall_seconds >= 0 and one.cpu_seconds >= 0 for one in stages)
    assert len({one.name for one in stages}) == len(stages)
