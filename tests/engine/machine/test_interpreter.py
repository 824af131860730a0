"""How this process and those that it starts find modules; what code of others may not change."""

import json
import os
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest
from workplace import ROOT

from tiltyard.engine.machine.interpreter import (
    python_command,
    refuse_optimisation,
    spare_working_folder,
    unmoved,
)
from tiltyard.engine.work.worker import start_process

BIN = Path(sys.executable).parent
ASK = """
import json, os, sys
from tiltyard.engine.machine.interpreter import spare_working_folder
if len(sys.argv) > 1:
    spare_working_folder()
print(json.dumps([sys.path, os.environ.get("PYTHONPATH")]))
"""


def asked(folder, *arguments, python_path=None):
    """Search path and PYTHONPATH of a process in `folder`, as ``python -c`` starts it."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONSAFEPATH"}
    environment.pop("PYTHONPATH", None)
    if python_path is not None:
        environment["PYTHONPATH"] = python_path
    done = subprocess.run(
        [sys.executable, "-c", ASK, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("python_path", [None, "", ":/elsewhere", "/elsewhere::", "."])
def test_the_working_folder_is_searched_last(tmp_path, python_path):
    assert asked(tmp_path, python_path=python_path)[0][0] in ("", str(tmp_path), "/elsewhere")
    paths, variable = asked(tmp_path, "spare", python_path=python_path)
    places = [place for place, path in enumerate(paths) if path in ("", str(tmp_path))]
    if python_path != ".":  # which names it
        assert places and places[0] > paths.index(os.path.dirname(os.__file__))
        assert "" not in (variable or "x").split(":")


def note_paths(path):
    Path(path).write_text(json.dumps(sys.path))


def test_workers_do_not_search_the_working_folder_first(tmp_path, monkeypatch):
    """Of the fork server, its workers, and a Python that a guardian starts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setattr(sys, "path", [*sys.path, ""])
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    (tmp_path / "queue.py").write_text("raise RuntimeError('taken')")
    process = start_process(note_paths, str(tmp_path / "said"), apart=["queue"])
    process.join(30)
    assert process.exitcode == 0
    paths = json.loads((tmp_path / "said").read_text())
    assert str(tmp_path) not in paths[:-1] and "" not in paths
    command = python_command("platform", "node", "x")
    assert command[1] == "-P"


@pytest.mark.parametrize("level", ["1", "2"])
def test_python_without_assertions_is_refused_at_every_door(tmp_path, level):
    environment = {**os.environ, "PYTHONOPTIMIZE": level, "PYTHONDONTWRITEBYTECODE": "1"}
    snakemake = ["snakemake", "--snakefile", str(ROOT / "Snakefile"), "--dry-run"]
    for name, *arguments in (["tiltyard", "methods"], snakemake):
        command = [str(BIN / name), *arguments]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode and f"PYTHONOPTIMIZE={level}, which removes assertions" in said
        assert "unset PYTHONOPTIMIZE" in said and "Traceback" not in said
        if level == "2":
            break  # bytecode of a third level takes seconds to compile


def test_python_with_assertions_is_not_refused():
    refuse_optimisation()


def test_what_others_change_is_undone(tmp_path, capsys):
    spare_working_folder()
    before = os.getcwd(), sys.getrecursionlimit(), os.umask(0o22)
    with suppress(ZeroDivisionError), unmoved():
        os.chdir(tmp_path)
        os.umask(0)
        sys.setrecursionlimit(5000)
        print("said")
        raise ZeroDivisionError
    assert (os.getcwd(), sys.getrecursionlimit(), os.umask(before[2])) == (*before[:2], 0o22)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "said\n")


@pytest.mark.parametrize("given", [None, "2"])
def test_a_process_that_ends_soon_starts_no_threads_and_seldom_collects(given):
    """What a person asks of BLAS is left alone."""
    ask = """
        import gc, json, os
        from tiltyard.engine.machine.interpreter import end_soon
        before = gc.get_threshold()
        end_soon()
        import numpy
        threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
        said = os.environ["OPENBLAS_NUM_THREADS"]
        print(json.dumps([gc.isenabled(), before, gc.get_threshold(), said, threads]))
    """
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    if given:
        environment["OPENBLAS_NUM_THREADS"] = given
    command = [sys.executable, "-c", textwrap.dedent(ask)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    enabled, before, after, said, threads = json.loads(done.stdout)
    assert enabled and after[0] >= 1000 * before[0] and after[1:] == before[1:]
    assert said == (given or "1")
    assert given or threads == 1
