"""Kinds of studies of other packages: one that fails breaks no other, and moves nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import tiltyard
from packages import install
from workplace import PLUGINS, TINY

from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.kind import finding
from tiltyard.engine.methods.plugins import LIMIT_VARIABLE, find_bringers
from tiltyard.engine.study import Study

#: Name -> code at the reference ``NAME:kind``, and words of the reason that is said.
FAILING = {
    "raises": ("raise ValueError('on purpose')", "ValueError: on purpose (__init__.py, line 1)"),
    "exits": ("raise SystemExit(3)", "SystemExit: 3"),
    "ends": ("import os\nos._exit(0)", "ended the process that imported it: exit code 0"),
    "segfaults": ("import ctypes\nctypes.string_at(0)", "killed by SIGSEGV"),
    "sleeps": ("import time\ntime.sleep(600)", "not imported within 3 s"),
    "lacks_it": ("", "has no attribute 'kind'"),
    "number": ("kind = 3", "is no kind of study: it lacks"),
    "empty": ("class kind: pass", "is no kind of study: it lacks"),
    "misnamed": (
        "from tiltyard.engine.grid.axes import Grid, count_axis\n"
        "from tiltyard.plugin import PlainKind\n"
        "class kind(PlainKind): name = 'other'",
        "is no kind of study",
    ),
    "fails_when_made": ("class kind:\n    def __init__(self): 1 / 0", "ZeroDivisionError"),
}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages; what is known of others is forgotten before and after."""
    monkeypatch.setattr(finding, "project_root", lambda: tmp_path / "project")
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv(LIMIT_VARIABLE, "3")
    yield folder
    forget()
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


def forget():
    """Forget the kinds that were found in this process."""
    finding.find_kind.cache_clear()
    finding._loaded.cache_clear()


def install_kind(site, name, text, called=""):
    """A package `name` whose kind is called the same, or `called`."""
    return install(site, name, text, f"[tiltyard.studies]\n{called or name} = {name}:kind\n")


def install_sorting(site, prefix=""):
    """The whole kind of the workflow's tests."""
    text = prefix + (PLUGINS / "sorting.py").read_text() + "\nkind = Sorting\n"
    shutil.copy(PLUGINS / "sorting_figures.py", site)
    return install_kind(site, "sorting", text)


def test_failing_kinds_are_named_and_the_others_are_there(site):
    for name, (code, _) in FAILING.items():
        install_kind(site, name, code)
    install_kind(site, "takes_ours", "raise SystemExit('never imported')", "derivatives")
    kinds, faults = finding.installed_kinds()
    assert [kind.name for kind in kinds] == ["derivatives", "throughput"]
    reasons = {fault.package: str(fault) for fault in faults}
    assert set(reasons) == {*FAILING, "takes_ours"}
    for name, (_, words) in FAILING.items():
        assert reasons[name].startswith(f"{name} 1.0, of which {name}: ") and words in reasons[name]
    assert "another kind of study has this name" in reasons["takes_ours"]
    assert type(finding.find_kind("derivatives")).__module__.startswith("tiltyard.")
    with pytest.raises(ConfigError, match=r"'raises' of raises 1\.0 cannot be used: ValueError"):
        Study.from_config({**TINY, "kind": "raises"})


def test_a_kind_that_moves_its_process_moves_no_study(site, tmp_path, monkeypatch, capsys):
    prefix = (
        "import os, sys\nos.chdir('/')\nos.umask(0o777)\nsys.setrecursionlimit(900)\nprint('{')\n"
    )
    install_sorting(site, prefix)
    monkeypatch.chdir(tmp_path)
    mask, limit = os.umask(0o22), sys.getrecursionlimit()
    assert finding.find_kind("sorting").name == "sorting"
    assert (Path.cwd(), sys.getrecursionlimit()) == (tmp_path, limit)
    assert os.umask(mask) == 0o22
    assert not capsys.readouterr().out


def test_a_kind_is_tried_once_until_its_files_change(site, tmp_path):
    flag = tmp_path / "tried"
    note = f"open({str(flag)!r}, 'a').write('x')\n"
    module = install_sorting(site, note)
    finding.find_kind("sorting")
    tried = len(flag.read_text())
    forget()
    finding.find_kind("sorting")
    assert len(flag.read_text()) == tried  # this process has imported it already
    module.write_text(module.read_text() + "# edited\n")
    forget()
    finding.find_kind("sorting")
    assert len(flag.read_text()) == tried + 1


def test_two_packages_of_one_kind_are_refused_by_their_names(site):
    for name in ("first", "second"):
        install_kind(site, name, "", "same")
    with pytest.raises(ValueError, match=r"'same' is brought by first 1\.0 and second 1\.0"):
        finding.find_kind("same")


def test_help_and_commands_of_others_survive_a_kind_that_fails(site, tmp_path):
    install_kind(site, "ends", FAILING["ends"][0])
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = Path(sys.executable).with_name("tiltyard")
    for arguments in (["--help"], ["signals", "--format", "json"]):
        done = subprocess.run(
            [command, *arguments], env=environment, capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        assert "warning: without the kind of study of ends 1.0" in done.stderr
    assert tiltyard("methods", "--kind", "ends", check=False).returncode


def test_a_damaged_list_of_entry_points_is_named(site):
    install(site, "damaged", "", "[tiltyard.studies]\nno equals sign\n")
    (found,) = (one for one in find_bringers("tiltyard.studies") if one.package == "damaged")
    assert found.points[0].value.startswith("entry_points.txt cannot be read: [tiltyard.studies]")
