"""Two studies of times at once: the second waits, and says for whom."""

import os
import subprocess
import sys
import time

import pytest

from tiltyard.studies.throughput.measuring.alone import (
    NAME,
    VARIABLE,
    holder_of,
    lock_path,
    machine_alone,
)

HOLD = (
    "import sys\nfrom pathlib import Path\n"
    "from tiltyard.studies.throughput.measuring.alone import machine_alone\n"
    "with machine_alone(sys.argv[2], Path(sys.argv[1])):\n"
    "    print('mine', flush=True)\n    sys.stdin.read()\n"
)


@pytest.fixture
def other_study(tmp_path):
    """A study of another process that has the machine; its path."""
    path = tmp_path / NAME
    command = [sys.executable, "-c", HOLD, str(path), "study slow in /data"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "mine\n"
    yield process, path
    process.kill()
    process.wait()


def test_second_study_waits_says_for_whom_and_goes_on_when_the_first_is_killed(other_study):
    process, path = other_study
    said = []

    def say(sentence):
        said.append(sentence)
        process.kill()  # its holder dies

    with machine_alone("study quick", path, say):
        assert holder_of(path).purpose == "study quick" and holder_of(path).pid == os.getpid()
    assert said[0].startswith("waiting until the machine is free: it is used by study slow in ")
    assert f"(process {process.pid} of " in said[0] and time.strftime("%Y-") in said[0]
    assert said[1:] == ["the machine is free"]


def test_one_study_after_another_waits_for_nobody(tmp_path):
    said = []
    for name in ("first", "second"):
        with machine_alone(name, tmp_path / NAME, said.append):
            assert holder_of(tmp_path / NAME).purpose == name
    assert said == []


def test_children_of_the_holder_do_not_keep_the_machine(tmp_path):
    path = tmp_path / NAME
    with machine_alone("first", path):
        child = subprocess.Popen(["sleep", "1000"], close_fds=False)
    said = []
    try:
        with machine_alone("second", path, said.append):
            assert said == []
    finally:
        child.kill()
        child.wait()


def test_file_is_everybodys_and_in_a_folder_of_everybody(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    mask = os.umask(0o077)
    try:
        with machine_alone("first", tmp_path / NAME):
            pass
    finally:
        os.umask(mask)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o666
    closed, opened = tmp_path / "closed", tmp_path / "opened"
    closed.mkdir(0o755)
    opened.mkdir()
    opened.chmod(0o1777)
    assert lock_path([tmp_path / "missing", closed, opened]) == opened / NAME
    assert lock_path().parent.stat().st_mode & 0o002


def test_containers_may_name_a_file_that_they_share(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "shared"))
    with machine_alone("first"):
        assert holder_of(tmp_path / "shared").purpose == "first"


def test_a_link_in_the_files_place_is_not_followed(tmp_path):
    (tmp_path / "target").touch()
    (tmp_path / NAME).symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match=NAME), machine_alone("first", tmp_path / NAME):
        pass
    assert (tmp_path / "target").read_text() == ""
