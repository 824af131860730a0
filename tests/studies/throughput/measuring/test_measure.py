"""A launch's account: the CPU, memory and bytes of a whole tree, and how it ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import planted_trees as planted
import pytest

from tiltyard.engine.outcome import Status
from tiltyard.engine.work.tree import descendants
from tiltyard.engine.work.worker import WorkerError
from tiltyard.studies.throughput.measuring import group, measure
from tiltyard.studies.throughput.measuring.measure import MORE_THREADS

#: CPU of starting a few interpreters, and of the pauses in which one watches another [s].
STARTS = 0.15


def alarmed(launch, words):
    return any(words in alarm for alarm in launch.alarms)


@pytest.mark.parametrize(
    ("command", "children"),
    [
        (planted.burner(1.0), 0.0),
        (planted.python(f"import subprocess\nsubprocess.run({planted.burner(1.0)})"), 1.0),
        (planted.double_fork(1.0), 1.0),
    ],
    ids=["itself", "a child that ends", "a grandchild that has left"],
)
def test_cpu_of_one_second_is_one_second(launched, command, children):
    launch = launched(command)
    assert launch.status is Status.OK, launch.message
    starts = launched([arg if arg != command[-1] else "import subprocess" for arg in command])
    assert launch.cpu_seconds == pytest.approx(1.0 + starts.cpu_seconds * (children > 0), rel=0.03)
    assert launch.cpu_children == pytest.approx(children, rel=0.03, abs=0.005)
    assert launch.alarms == []


def test_four_burns_that_end_early_are_four(launched):
    launch = launched(planted.four_at_once(1.0))
    assert launch.cpu_children == pytest.approx(4.0, rel=0.03)
    assert launch.processes == 5 and launch.threads == 5


def test_a_child_nobody_waits_for_is_counted_by_group_or_said_to_be_missing(launched):
    launch = launched(planted.ignored(0.5))
    if launch.cpu_source == "cgroup":
        assert launch.cpu_children == pytest.approx(0.5, rel=0.05)
    else:
        assert launch.cpu_source == "samples" and alarmed(launch, "lower bound")
        assert launch.cpu_children > 0.3


def test_group_is_used_where_one_can_be_made(launched):
    made = group.Group.make()
    launch = launched(planted.burner(0.2))
    assert launch.cpu_source == ("wait4" if made is None else "cgroup")
    if made is not None:
        assert made.pids() == frozenset() and sum(made.usage()) < 0.01
        made.remove()
        assert not os.path.exists(made.folder)


def test_a_process_that_outlives_the_command_is_named_ended_and_counted(launched):
    launch = launched(planted.outlived(0.5))
    assert launch.status is Status.OK
    assert alarmed(launch, "escaped: 1 process outlived it") and alarmed(launch, "while True")
    assert launch.cpu_children >= 0.5
    assert not running(planted.OUTLIVES)


def running(words):
    """Commands of all processes of the machine with these words, but not of this test's."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if words in line and " ps " not in line]


def test_a_process_that_leaves_the_group_is_an_alarm(launched):
    home = group.own_folder()
    if (made := group.Group.make()) is None:
        pytest.skip("no control group can be made here")
    made.remove()
    leave = f"open('{home}/cgroup.procs', 'w').write('0')\n"
    launch = launched(planted.python(leave + planted.BURN.format(seconds=0.4)))
    assert launch.cpu_source == "wait4" and alarmed(launch, "left the control group")
    assert launch.cpu_seconds == pytest.approx(0.4, rel=0.05)


def test_memory_of_the_last_moment_is_seen(launched):
    assert launched(planted.holder_at_the_end(200)).peak_memory_mb >= 200


def test_pages_that_two_share_count_once(launched, tmp_path):
    file = tmp_path / "shared"
    file.write_bytes(bytes(200 * planted.MB))
    launch = launched(planted.shared_by_two(file))
    assert 200 <= launch.peak_memory_mb < 300
    assert launch.file_mb >= 200 > 50 > launch.anonymous_mb
    assert launch.memory_source == "pss" and launch.memory_samples >= 1


def test_a_file_read_in_pieces_is_no_memory(launched, tmp_path):
    file = tmp_path / "gigabyte"
    with file.open("wb") as sparse:
        sparse.truncate(1024 * planted.MB)
    launch = launched(planted.reader(file))
    assert launch.anonymous_mb < 50 and launch.peak_memory_mb < 50
    assert 1024 * planted.MB <= launch.bytes_read < 1040 * planted.MB
    written = launched(["sh", "-c", "head -c 5000000 /dev/zero"]).bytes_written
    assert 5_000_000 <= written < 5_100_000


def test_time_limit_kills_what_hangs_in_a_grandchild(launched, tmp_path):
    file = tmp_path / "ids"
    launch = launched(planted.hang_in_a_grandchild(file), seconds=0.5)
    assert launch.status is Status.TIMEOUT and "0.5 s" in launch.message
    ids = file.read_text().split()
    assert len(ids) == 2 and not any(os.path.exists(f"/proc/{one}") for one in ids)


def test_memory_limit_kills(launched):
    hold = planted.python("import time\nx = b'1' * (300 * 2**20)\ntime.sleep(60)\n")
    launch = launched(hold, memory_mb=200)
    assert launch.status is Status.CRASHED and "above the limit of 200 MB" in launch.message
    assert launch.wall_seconds < 30


@pytest.mark.parametrize(
    ("program", "status", "message"),
    [
        (
            "import sys; sys.exit('no such\\ncontig')",
            Status.FAILED,
            "exit code 1: no such | contig",
        ),
        ("import os; os.kill(os.getpid(), 11)", Status.CRASHED, "killed by SIGSEGV"),
    ],
)
def test_ends_are_told(launched, program, status, message):
    launch = launched(planted.python(program))
    assert (launch.status, launch.message) == (status, message)


def test_a_program_that_is_not_there_is_a_failure(launched):
    launch = launched(["/nowhere/samtools", "view"])
    assert launch.status is Status.FAILED
    assert launch.message.startswith("/nowhere/samtools cannot be started: No such file")


def test_threads_are_judged_by_cpu_wall_and_workers():
    report = {
        **dict.fromkeys(("escaped", "outside", "group", "unshared", "faulty_marks")),
        "wall": 10.0,
    }
    said = [measure._alarms(report, cpu, 2, "wait4") for cpu in (20 * MORE_THREADS, 21.5)]
    assert said[0] == [] and "21.50 s of CPU in 10.00 s, with 2 workers" in said[1][0]


def test_nothing_is_left_when_study_or_launcher_is_killed(tmp_path):
    study = (
        "from pathlib import Path\n"
        "from tiltyard.studies.throughput.measuring.measure import measure\n"
        "measure({command}, workers=1, folder=Path({folder!r}), seconds=99, memory_mb=999, seed=1)"
    )
    for number, whom in enumerate(("study", "launcher")):
        file, groups = tmp_path / f"ids-{whom}", launch_groups()
        command = planted.hang_in_a_grandchild(file)
        program = study.format(command=command, folder=str(tmp_path / f"launch{number}"))
        with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL) as one:
            ids = wait_for_ids(file)
            if whom == "study":
                one.kill()
            else:
                [launcher] = [each for each in descendants(one.pid) if each.parent == one.pid]
                os.kill(launcher.pid, signal.SIGKILL)
            one.wait(20)
        deadline = time.monotonic() + 20
        while any(os.path.exists(f"/proc/{each}") for each in ids):
            assert time.monotonic() < deadline, f"alive after the {whom} was killed: {ids}"
            time.sleep(0.05)
        wait_until_groups_are(groups)


def launch_groups():
    home = group.own_folder()
    return {path.name for path in Path(home).glob("tiltyard-*")} if home else set()


def wait_until_groups_are(expected):
    deadline = time.monotonic() + 20
    while not launch_groups() <= expected:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_for_ids(file):
    for _ in range(600):
        if file.exists() and len(found := file.read_text().split()) == 2:
            return found
        time.sleep(0.05)
    raise AssertionError("the command did not start")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"workers": 0}, "got 0 workers"),
        ({"seconds": 0}, "the limit seconds is 0"),
        ({"memory_mb": float("nan")}, "the limit memory_mb is nan"),
    ],
)
def test_limits_that_are_none_are_refused(launched, changes, message):
    with pytest.raises(ValueError, match=message):
        launched(["true"], **changes)


def test_an_empty_command_and_a_used_folder_are_refused(tmp_path):
    limits = {"workers": 1, "seconds": 9, "memory_mb": 99, "seed": 1}
    with pytest.raises(ValueError, match="command to measure is empty"):
        measure.measure([], folder=tmp_path, **limits)
    measure.measure(["true"], folder=tmp_path, **limits)
    with pytest.raises(ValueError, match="holds an earlier launch"):
        measure.measure(["true"], folder=tmp_path, **limits)


def test_a_launcher_that_cannot_start_is_no_row(tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "LAUNCHER", "tiltyard.nowhere")
    limits = {"workers": 1, "seconds": 9, "memory_mb": 99, "seed": 1}
    with pytest.raises(WorkerError, match="ended early: exit code 1"):
        measure.measure(["true"], folder=tmp_path, **limits)
