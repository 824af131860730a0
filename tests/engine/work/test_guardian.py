"""However a job ends, nothing of its workers is left: no process, no folder."""

import os
import subprocess
import sys
import time
from pathlib import Path

import planted_commands as planted
import pytest

from tiltyard.engine.work.guardian import remove_folder
from tiltyard.engine.work.tree import command_of, marked

JOB = """
import sys
import planted_commands as planted
from pathlib import Path
from tiltyard.engine.outcome import Limits
from tiltyard.engine.work.command_worker import CommandWorker
from tiltyard.engine.work.ending import end_cleanly_on_signals
from tiltyard.engine.work.supervisor import Supervisor
from tiltyard.engine.work.worker import Task

end_cleanly_on_signals()
supervisor = Supervisor(lambda: CommandWorker(Path(sys.argv[1])), Limits(100.0, 1000))
list(supervisor.evaluate([Task("task", sys.argv[2], planted.hangs)]))
"""
#: Leaves session and parent, as a daemon does, and does not listen.
DAEMON = "trap '' TERM HUP INT; (setsid sh -c 'sleep 1000; :' &) ; touch begun; sleep 1000"


@pytest.mark.parametrize("command", [planted.LEAVES_THE_GROUP, DAEMON])
@pytest.mark.parametrize("sign", ["SIGTERM", "SIGKILL"])
def test_nothing_is_left_of_a_job(sign, command, tmp_path):
    mark = f"TILTYARD_TEST_MARK={tmp_path}"
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    job = subprocess.Popen(
        [sys.executable, "-c", JOB, str(tmp_path), command],
        env={**os.environ, "PYTHONPATH": paths, **dict([mark.split("=", 1)])},
    )
    wait_until(lambda: sum(b"sleep\0" in command_of(one.pid) for one in marked(mark)) >= 2)
    assert len(list(tmp_path.iterdir())) == 1  # the worker's folder
    subprocess.run(["kill", f"-{sign}", str(job.pid)], check=True)
    job.wait()
    wait_until(lambda: not marked(mark) and not list(tmp_path.iterdir()))


def wait_until(fact, seconds=10.0):
    """The job's guardian takes some tens of milliseconds; a loaded machine takes longer."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_folder_goes_with_what_may_not_be_written_and_links_stay_harmless(tmp_path):
    kept, folder = tmp_path / "kept", tmp_path / "folder"
    kept.mkdir()
    (kept / "file").touch()
    (folder / "inner" / "deeper").mkdir(parents=True)
    (folder / "link").symlink_to(kept)
    (folder / "inner" / "deeper").chmod(0o000)
    (folder / "inner").chmod(0o500)
    remove_folder(str(folder))
    assert not folder.exists()
    assert (kept / "file").exists()
    remove_folder(str(folder))  # there is none any more
