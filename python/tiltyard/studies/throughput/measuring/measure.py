"""One launch measured: a command and all that it starts, from its first process to its last."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.machine.groups import kills_for_memory
from tiltyard.engine.machine.interpreter import python_command
from tiltyard.engine.outcome import Kill, Status
from tiltyard.engine.work.command_worker import end_marked
from tiltyard.engine.work.tree import LINUX
from tiltyard.engine.work.worker import WorkerError, describe_exit
from tiltyard.studies.throughput.launch import Launch
from tiltyard.studies.throughput.measuring.environment import MARK, environment_of, record_of
from tiltyard.studies.throughput.measuring.group import remove_group_of
from tiltyard.studies.throughput.measuring.staging import stages_of

if TYPE_CHECKING:
    from tiltyard.studies.throughput.measuring.watch import Watch

LAUNCHER = "tiltyard.studies.throughput.measuring.launcher"
#: CPU above wall x workers by which a command uses more threads than it says.
MORE_THREADS = 1.05
#: CPU [s] that is nothing: below it no difference is called one.
NOTHING = 0.02
#: Share by which two counts of the same CPU may differ.
SAME = 0.03
#: Lines, and characters, of the end of a command's errors that are shown.
LINES, LETTERS = 5, 500
#: Longest time that the launcher may take to end a tree [s].
END_SECONDS = 60.0


def measure(
    command: Sequence[str],
    *,
    workers: int,
    folder: Path,
    seconds: float,
    memory_mb: float,
    seed: int,
    environment: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    directory: Path | None = None,
) -> Launch:
    """Run `command` once in a fresh process tree, and say what it cost.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; paths are relative to `directory`.
    workers : int
        Threads or processes that it says to use, >= 1.
    folder : path
        Made if it is missing. It gets what the command prints, ``stdout`` and ``stderr``, the
        marks of its stages, and a folder for temporary files. One folder serves one launch.
    seconds, memory_mb : float
        Limits of wall time and of the tree's memory; at either all of it is killed.
    seed : int
        Decides the parts of the environment that are drawn anew for each launch.
    environment : mapping or None
        Further variables.
    watch : Watch or None
        Watch over the machine, which looks before and after the launch.
    directory : path or None
        Folder in which the command starts; None for `folder`.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the folder has had a launch.
    WorkerError
        If the launcher itself cannot do its work.
    """
    folder = _prepared(command, workers, folder, seconds, memory_mb)
    variables = environment_of(workers, seed, folder / "tmp", folder / "stages", environment)
    charge = {
        "command": [os.fspath(part) for part in command],
        "environment": variables,
        "folder": str(folder),
        "directory": str((directory or folder).absolute()),
        "stages": str(folder / "stages"),
        "seconds": seconds,
        "memory_mb": memory_mb,
    }
    killed = kills_for_memory()
    if watch is not None:
        watch.look()
    report = _launched(charge)
    if watch is not None:
        watch.look()
    by_kernel = killed is not None and (kills_for_memory() or 0) > killed
    return _launch_of(report, charge, workers, by_kernel)


def _prepared(
    command: Sequence[str], workers: int, folder: Path, seconds: float, memory_mb: float
) -> Path:
    if not LINUX:
        raise WorkerError("the process tree of a launch can be measured on Linux only")
    if not command:
        raise ValueError("the command to measure is empty: it needs a program at least")
    if workers < 1:
        raise ValueError(f"got {workers} workers: a command has at least 1")
    for name, limit in (("seconds", seconds), ("memory_mb", memory_mb)):
        if not limit > 0:
            raise ValueError(f"the limit {name} is {limit}: it has to be above 0")
    folder = folder.absolute()
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    if (folder / "stages").exists():
        raise ValueError(f"{folder}: it holds an earlier launch; take an empty folder for each")
    return folder


def _launched(charge: Mapping[str, Any]) -> dict[str, Any]:
    """What the launcher reports; if this process is interrupted, all is ended first."""
    life, theirs = socket.socketpair()
    with theirs:
        launcher = subprocess.Popen(
            python_command(LAUNCHER, "launch", str(theirs.fileno())),
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    try:
        with life, life.makefile("rw", encoding="utf-8") as line:
            line.write(json.dumps(charge) + "\n")
            line.flush()
            text = line.readline()
    except (BrokenPipeError, ConnectionResetError):
        text = ""
    finally:  # closing the socket has told it to end everything
        if _end_of(launcher) != 0:
            end_marked(f"{MARK}={charge['environment'][MARK]}")
            remove_group_of(launcher.pid)
    if not text:
        code = describe_exit(launcher.returncode)
        raise WorkerError(f"the process that measures a launch ended early: {code}")
    report: dict[str, Any] = json.loads(text)
    return report


def _end_of(launcher: subprocess.Popen[bytes]) -> int:
    try:
        return launcher.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        launcher.kill()
        return launcher.wait()


def _launch_of(
    report: Mapping[str, Any], charge: Mapping[str, Any], workers: int, by_kernel: bool
) -> Launch:
    status, message = _end(report, charge, by_kernel)
    user, system, source = _cpu(report)
    peak, anonymous, file = report["peak"]
    alarms = _alarms(report, user + system, workers, source)
    return Launch(
        status=status,
        message=message,
        wall_seconds=report["wall"],
        cpu_user=user,
        cpu_system=system,
        cpu_children=max(0.0, user + system - report["first"]),
        cpu_source=source,
        peak_memory_mb=max(peak, _most_of_one(report)),
        anonymous_mb=anonymous if report["samples"] else float("nan"),
        file_mb=file if report["samples"] else float("nan"),
        memory_source=report["memory_source"],
        memory_samples=report["samples"],
        processes=max(1, report["processes"]),
        threads=max(1, report["threads"]),
        bytes_read=report["read"],
        bytes_written=report["written"],
        stages=stages_of(report, user + system),
        alarms=alarms,
        environment=record_of(charge["environment"]),
    )


def _most_of_one(report: Mapping[str, Any]) -> float:
    """Highest resident memory of one process [MB], which samples may have missed.

    One that is no higher than what the process had before it became the command says nothing.
    """
    most: float = report["most_mb"]
    says_something = most > report["floor_mb"] * (1 + SAME) or not report["samples"]
    return most if says_something and report["memory_source"] == "pss" else 0.0


def _end(
    report: Mapping[str, Any], charge: Mapping[str, Any], by_kernel: bool
) -> tuple[Status, str]:
    """Status and reason."""
    code = report["code"]
    if report["ended_by"] == "seconds":
        return Status.TIMEOUT, f"not done within the time limit of {charge['seconds']:g} s"
    if report["ended_by"] == "memory":
        message = (
            f"killed at {report['peak'][0]:.0f} MB of memory, above the limit of "
            f"{charge['memory_mb']:g} MB"
        )
        return Status.CRASHED, message
    if report["fault"]:
        return Status.FAILED, f"{charge['command'][0]} cannot be started: {report['fault']}"
    if code == 0:
        return Status.OK, ""
    said = _last_lines(Path(charge["folder"]) / "stderr")
    how = describe_exit(code)
    if by_kernel and code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        how += f" {Kill.MEMORY}"
    status = Status.CRASHED if code < 0 or how.endswith(Kill.MEMORY) else Status.FAILED
    return status, f"{how}: {said}" if said else how


def _last_lines(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 4 * LETTERS))
        text = file.read().decode(errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-LINES:])[-LETTERS:]


def _cpu(report: Mapping[str, Any]) -> tuple[float, float, str]:
    """User and system CPU of the tree [s], and who counted it.

    The ends of all processes tell it (``wait4``), unless one ended that nobody waited for: then
    the control group knows more, or else what samples saw is a lower bound.
    """
    user, system = report["user"], report["system"]
    waited = user + system
    if report["group"] is not None:
        by_group = sum(report["group"])
        if by_group >= waited - max(NOTHING, SAME * waited):
            return *report["group"], "cgroup"
    elif report["seen"] > waited + NOTHING:
        return user + report["seen"] - waited, system, "samples"
    return user, system, "wait4"


def _alarms(report: Mapping[str, Any], cpu: float, workers: int, source: str) -> list[str]:
    alarms = []
    if report["escaped"]:
        number = len(report["escaped"])
        names = ", ".join(report["escaped"][:3])
        alarms.append(
            f"escaped: {number} process{'es' * (number > 1)} outlived it and had to be ended, with "
            f"the CPU until then counted ({names})"
        )
    if report["outside"] or (report["group"] is not None and source == "wait4"):
        names = ", ".join(report["outside"][:3]) or "no sample saw which"
        alarms.append(
            f"escaped: processes left the control group of the launch ({names}), and CPU is that "
            "of all processes whose ends were seen"
        )
    if source == "samples":
        alarms.append("nobody waited for the end of some processes: their CPU is a lower bound")
    if cpu > report["wall"] * workers * MORE_THREADS + NOTHING:
        alarms.append(
            f"uses more threads than it says: {cpu:.2f} s of CPU in {report['wall']:.2f} s, "
            f"with {workers} worker{'s' * (workers > 1)}"
        )
    if report["unshared"]:
        alarms.append("memory of some processes cannot be read by page: shared pages count fully")
    if report["faulty_marks"]:
        alarms.append(f"{report['faulty_marks']} lines of its file of stages are no marks")
    return alarms
