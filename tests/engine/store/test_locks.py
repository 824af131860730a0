"""A name has one owner; a process that dies gives it up."""

import errno
import os
import signal
import subprocess
import sys
import time

from tiltyard.engine.store.locks import Ownership

HOLD = """
import sys, time
from pathlib import Path
from tiltyard.engine.store.locks import Ownership
with Ownership(Path(sys.argv[1])).of(sys.argv[2]):
    print("mine", flush=True)
    time.sleep(60)
"""


def hold(path, name):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), name], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "mine\n"
    return process


def test_a_name_is_waited_for_until_its_owner_dies(tmp_path, capfd):
    path = tmp_path / "folder" / "lock"
    path.parent.mkdir()
    other = hold(path, "a")
    own = Ownership(path)
    with own.of("b"):  # another name is free
        assert "waiting" not in capfd.readouterr().err
    waiting = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), "a"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr.readline() == "a: waiting for another job that has it\n"
    time.sleep(0.1)
    assert waiting.poll() is None
    os.kill(other.pid, signal.SIGKILL)
    assert waiting.stdout.readline() == "mine\n"
    for process in (other, waiting):
        process.kill()
        process.wait()
    with own.of("a"):
        assert "waiting" not in capfd.readouterr().err
    own.close()


def test_a_file_system_without_locks_is_said_and_ends_nothing(tmp_path, monkeypatch, capfd):
    def refuse(*arguments):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("tiltyard.engine.store.locks.fcntl.lockf", refuse)
    done = []
    with Ownership(tmp_path / "lock").of("a"):
        done.append("a")
    assert done == ["a"] and "without locks" in capfd.readouterr().err
