"""Trees of processes: all are seen, and what is ended is what was meant."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import planted_commands as planted
import pytest

from tiltyard.engine.work import tree

SLEEP = ["sleep", "1000"]


@pytest.fixture
def sleeper():
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


def test_process_is_known_by_more_than_its_id(sleeper, tmp_path):
    process = tree.look(sleeper.pid)
    assert (process.parent, process.threads, process.ended) == (os.getpid(), 1, False)
    assert tree.command_of(sleeper.pid).split(b"\0")[1] == b"1000"
    other = replace(process, started=process.started + 1)  # its id was used again
    assert not tree.send(other, signal.SIGKILL)
    time.sleep(0.05)
    assert sleeper.poll() is None
    assert tree.send(process, signal.SIGKILL)
    assert sleeper.wait() == -signal.SIGKILL
    assert tree.look(sleeper.pid) is None and tree.resident_mb(sleeper.pid) == 0
    assert not tree.send(process, signal.SIGKILL)


def test_name_of_a_process_may_hold_anything(tmp_path):
    program = tmp_path / ") S 1 (x"
    program.write_text("#!/bin/sh\nsleep 1000\n")
    program.chmod(0o700)
    with subprocess.Popen([program], start_new_session=True) as process:
        time.sleep(0.1)
        assert tree.look(process.pid).parent == os.getpid()
        os.killpg(process.pid, signal.SIGKILL)


def test_all_descendants_are_seen_whoever_started_them(monkeypatch):
    started = []
    nested = f"import subprocess; subprocess.run({SLEEP}, start_new_session=True)"

    def start():
        started.append(subprocess.Popen([*planted.PYTHON, nested]))
        over.wait()  # the thread that started it lives

    over = threading.Event()
    thread = threading.Thread(target=start)
    thread.start()
    deadline = time.monotonic() + 10
    while len(found := below(started)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(found) == 2 and found[1].parent == found[0].pid
    monkeypatch.setattr(tree, "HAS_LISTS", False)
    assert [one.key for one in below(started)] == [one.key for one in found]
    assert tree.without(found, frozenset({found[0].key})) == []
    assert tree.without(found, frozenset({found[1].key})) == found[:1]
    tree.end(found)
    started[0].wait()
    over.set()
    thread.join()


def below(started):
    every = tree.descendants(os.getpid())
    first = next((one for one in every if started and one.pid == started[0].pid), None)
    return [one for one in every if first and first.pid in (one.pid, one.parent)]


def test_cpu_of_a_living_process_has_that_of_its_ended_children():
    burn = f"import subprocess; subprocess.run({planted.burner(0.3)}); print(flush=True); input()"
    command = [*planted.PYTHON, burn]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert 0.28 <= tree.look(process.pid).cpu_seconds() < 0.4


#: Ends all below itself but its first child, and says how many that were.
ENDS_ALL = f"""
import os, subprocess, sys, time
from tiltyard.engine.work.tree import adopt_orphans, descendants, end_all_below, look
adopt_orphans()
spared = subprocess.Popen(["sh", "-c", "sleep 1000; :"])
subprocess.run(["sh", "-c", {planted.LEAVES_THE_GROUP!r} + " & (setsid sleep 1000 &) ; :"])
subprocess.Popen({planted.PYTHON} + [{{rest!r}}], start_new_session=True)
time.sleep(0.5)
print(end_all_below(frozenset([look(spared.pid).key])))
print(len(descendants(os.getpid())))
print(end_all_below(), len(descendants(os.getpid())))
"""
#: Each starts the next and ends at once: whoever looks sees only the dead.
CHAIN = """
import os, time
while True:
    time.sleep(0.0005)
    if os.fork():
        os._exit(0)
    os.setsid()
"""
STOPPED = "import os; os.kill(os.getpid(), 19)"


@pytest.mark.parametrize("rest", [STOPPED, CHAIN])
def test_all_below_is_ended_but_what_is_spared(rest):
    done = subprocess.run(
        [sys.executable, "-c", ENDS_ALL.format(rest=rest)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lived, spared, last = done.stdout.splitlines()
    assert int(lived) >= 4
    assert spared == "2"
    assert last == "2 0"


def test_nothing_else_is_ended(sleeper):
    """Its ids are known, and it is no descendant."""
    program = "from tiltyard.engine.work.tree import *; adopt_orphans(); print(end_all_below())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"0\n"
    assert sleeper.poll() is None


def test_process_is_found_by_its_environment():
    mark = f"TILTYARD_TEST_MARK=tree {os.getpid()}"
    command = ["setsid", "sleep", "1000"]
    with subprocess.Popen(command, env=dict([mark.split("=", 1)])) as process:
        deadline = time.monotonic() + 10
        while not (found := tree.marked(mark)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [one.pid for one in found] == [process.pid]
        tree.end(found)
