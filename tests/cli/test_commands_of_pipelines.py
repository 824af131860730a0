"""Commands that pipelines of other packages bring: found when asked for, named when they fail."""

import os
import subprocess
import sys

import pytest
from packages import install
from workplace import PLUGINS

from tiltyard.pipelines.pipeline import GROUP

COMMANDS = '''
from typing import Annotated

from tiltyard.pipelines.declaring import argument, option

HELP = "Squares of numbers."


def square(
    number: Annotated[int, argument(metavar="NUMBER", help="To be squared.")],
    times: Annotated[int, option("--times", help="How often.", least=1)] = 1,
) -> None:
    """Square a number."""
    for _ in range(times):
        print(number * number)


COMMANDS = (square,)
'''
BURNING = (PLUGINS / "burning.py").read_text()
WITH_COMMANDS = BURNING.replace('"""Squares of made numbers."""', 'commands = "burning.typed"')


@pytest.fixture
def call(tmp_path):
    """Call of the command line in a folder, with packages that are installed in another."""
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "work").mkdir()

    def calling(*words):
        known = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "200"}
        command = [sys.executable, "-m", "tiltyard", *words]
        return subprocess.run(
            command, cwd=tmp_path / "work", env=known, capture_output=True, text=True, check=False
        )

    calling.site = site
    return calling


def bring(site, text, name="burning"):
    module = install(site, name, text, f"[{GROUP}]\n{name} = {name}:Burning\n")
    (module.parent / "typed.py").write_text(COMMANDS)


def test_command_of_another_package_runs_and_is_listed(call):
    assert WITH_COMMANDS != BURNING
    bring(call.site, WITH_COMMANDS)
    done = call("burning", "square", "7", "--times", "2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "49\n49\n", "")
    assert "Squares of numbers." in call("--help").stdout
    assert "To be squared." in call("burning", "square", "--help").stdout
    wrong = call("burning", "square", "7", "--times", "0")
    assert wrong.returncode == 2 and "--times" in wrong.stderr


def test_pipeline_without_commands_has_no_group(call):
    bring(call.site, BURNING)
    done = call("burning", "square", "7")
    assert done.returncode == 2 and "No such command 'burning'" in done.stderr


def test_commands_that_fail_are_named_and_leave_the_others(call):
    bring(call.site, WITH_COMMANDS)
    (call.site / "burning" / "typed.py").write_text("raise OSError('on purpose')")
    done = call("burning", "square", "7")
    assert done.returncode == 1 and "pipeline burning: on purpose" in done.stderr
    assert "Traceback" not in done.stderr
    listed = call("--help")
    assert "warning: without the commands of the pipeline burning: on purpose" in listed.stderr
    assert listed.returncode == 0 and "differentiate" in listed.stdout


def test_no_package_takes_a_command_that_there_is(call):
    bring(call.site, WITH_COMMANDS.replace('"burning"', '"tune"'), "tune")
    assert "Try a sample of your own files" in call("tune", "--help").stdout
    listed = call("--help")
    assert "Try a sample" in listed.stdout and "Squares" not in listed.stdout
