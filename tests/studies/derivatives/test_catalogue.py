"""The catalogue is remembered for as long as no source changes, and never past that."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.methods.versions import closure, imported_modules
from tiltyard.studies.derivatives import catalogue, importing

REGISTERED = """
import importlib, json, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
from tiltyard.studies.derivatives.contract import ESTIMATORS
print(json.dumps([entry.name for entry in ESTIMATORS]))
"""


@pytest.fixture
def loads(tmp_path, monkeypatch):
    """Every reading of the estimators themselves, of a project that remembers nothing yet."""
    seen = []

    def load(julia):
        seen.append(julia)
        return list(importing.load_python())

    monkeypatch.setattr(catalogue, "project_root", lambda: tmp_path)
    monkeypatch.setattr(catalogue, "load", load)
    return seen


def test_what_is_remembered_is_what_was_read(loads):
    fresh, known = catalogue.facts(julia=False), catalogue.facts(julia=False)
    assert loads == [False]
    assert [catalogue.to_dict(entry) | {"source": ""} for entry in known] == [
        catalogue.to_dict(entry) | {"source": ""} for entry in fresh
    ]
    assert all(entry.version for entry in known)


def test_changed_sources_are_read_again_and_the_old_ones_stay_known(loads, monkeypatch):
    catalogue.facts(julia=False)
    with monkeypatch.context() as changed:
        changed.setattr(catalogue, "source_digest", lambda runtime: "other")
        catalogue.facts(julia=False)
    catalogue.facts(julia=False)
    assert len(loads) == 2


@pytest.mark.parametrize("content", [b"", b"[{}]", b"\xff", b"3"])
def test_a_damaged_memory_is_replaced(loads, tmp_path, content):
    catalogue.facts(julia=False)
    (path,) = tmp_path.glob(".cache/catalogue/*.json")
    path.write_bytes(content)
    catalogue.facts(julia=False)
    catalogue.facts(julia=False)
    assert len(loads) == 2


def test_without_a_place_to_remember_the_estimators_are_read_each_time(loads, tmp_path):
    (tmp_path / ".cache").write_text("")
    assert len(catalogue.facts(julia=False)) == len(catalogue.facts(julia=False))
    assert len(loads) == 2


def test_only_the_newest_are_kept(loads, tmp_path, monkeypatch):
    for number in range(catalogue.REMEMBERED + 3):
        monkeypatch.setattr(catalogue, "source_digest", lambda runtime, n=number: str(n))
        catalogue.facts(julia=False)
    assert len(list(tmp_path.glob(".cache/catalogue/*"))) == catalogue.REMEMBERED


@pytest.mark.parametrize("name", ["", "gaussian_process_se"])
def test_modules_of_estimators_register_them(name):
    entries = [entry for entry in catalogue.facts(julia=False) if name in ("", entry.name)]
    modules = importing.modules_of(entries)
    said = subprocess.run(
        [sys.executable, "-c", REGISTERED, *modules], capture_output=True, text=True, check=True
    )
    assert {entry.name for entry in entries} <= set(json.loads(said.stdout))
    assert (len(modules) == 1) == bool(name)


def test_every_file_that_a_version_follows_is_looked_at_for_changes():
    package = Path(catalogue.__file__).parent
    seen = set(catalogue.python_files())
    for entry in importing.load_python():
        for name in imports_of(Path(entry.source), package):
            assert name in seen, f"{entry.name} follows {name}"


def imports_of(source, package):
    """Files of the package that `source` imports, directly or not, and itself."""

    def local(file):
        names = [n for n in imported_modules(file) if n.startswith(f"{importing.PACKAGE}.")]
        files = [package.joinpath(*n.split(".")[3:]).with_suffix(".py") for n in names]
        return [file for file in files if file.is_file()]

    return [file for file in closure(source, local) if file.is_relative_to(package)]


def test_estimators_that_were_edited_since_are_not_evaluated(tmp_path, monkeypatch):
    path = tmp_path / "catalogue.json"
    catalogue.write_catalogue(importing.load_python()[:1], path)
    catalogue.refuse_edited(path)
    with monkeypatch.context() as changed:
        changed.setattr(catalogue, "julia_files", lambda: [Path(__file__)])
        catalogue.refuse_edited(path)  # it has none of Julia's
    monkeypatch.setattr(catalogue, "_plugin_files", lambda: [Path(__file__)])
    with pytest.raises(ConfigError, match=r"edited, added or removed since .* run snakemake again"):
        catalogue.refuse_edited(path)
