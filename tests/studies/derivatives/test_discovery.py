"""The estimators as methods of their kind: found, remembered, and their files looked at."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tiltyard.engine import catalogue
from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.methods.versions import closure, imported_modules
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives import discovery, importing
from tiltyard.studies.derivatives.contract import Estimator
from tiltyard.studies.derivatives.kind import Derivatives

REGISTERED = """
import importlib, json, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
from tiltyard.studies.derivatives.contract import ESTIMATORS
print(json.dumps([entry.name for entry in ESTIMATORS]))
"""


KIND, CONFIG = Derivatives(), {"julia": False}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A project that remembers nothing yet."""
    monkeypatch.setattr(catalogue, "project_root", lambda: tmp_path)


def test_what_is_remembered_is_what_was_read(monkeypatch):
    fresh = catalogue.all_methods(KIND, CONFIG)
    monkeypatch.setattr(discovery, "load", lambda julia: pytest.fail("read again"))
    known = catalogue.all_methods(KIND, CONFIG)
    assert [entry.to_dict() for entry in known] == [entry.to_dict() for entry in fresh]
    assert {type(entry) for entry in known} == {Estimator}
    assert all(entry.version for entry in known)


@pytest.mark.parametrize(
    ("config", "languages"),
    [
        ({"julia": False}, {"python"}),
        ({"estimators": {"exclude": {"language": ["julia"]}}}, {"python"}),
        ({"estimators": {"include": {"language": ["python"]}}}, {"python"}),
        ({}, {"python", "julia"}),
    ],
)
def test_julia_is_not_asked_where_it_takes_no_part(monkeypatch, config, languages):
    julian = Estimator(
        name="x", language="julia", family="spectral", max_order=1, exact_degree=0, min_samples=5
    )
    monkeypatch.setattr(discovery, "find_julia", lambda root: None)
    monkeypatch.setattr(discovery, "load_julia", lambda runtime: (julian,))
    assert {entry.language for entry in KIND.methods(config)} == languages


def test_controls_and_whoever_knows_more_are_not_ranked():
    assert KIND.unranked == {"control", "oracle", "model"}
    for entry in importing.load_python():
        knows_more = entry.is_control or bool({"oracle", "model"} & {*entry.tags})
        assert bool(KIND.unranked & {*entry.tags}) == knows_more, entry.name


@pytest.mark.parametrize("name", ["", "gaussian_process_se"])
def test_modules_of_estimators_register_them(name):
    entries = [entry for entry in importing.load_python() if name in ("", entry.name)]
    modules = importing.modules_of(entries)
    said = subprocess.run(
        [sys.executable, "-c", REGISTERED, *modules], capture_output=True, text=True, check=True
    )
    assert {entry.name for entry in entries} <= set(json.loads(said.stdout))
    assert (len(modules) == 1) == bool(name)


def test_every_file_that_a_version_follows_is_looked_at_for_changes():
    package = Path(discovery.__file__).parent
    seen = set(discovery.python_files())
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
    config = {"study": "x", "seed": 1, **CONFIG, "signals": ["runge"], "samples": [20]}
    study = Study.from_config({**config, "noise_levels": [0.1], "trials": 1}, tmp_path)
    entries = importing.load_python()[:1]
    catalogue.write_catalogue(KIND, study.config, entries, study.catalogue)
    catalogue.refuse_edited(study)
    with monkeypatch.context() as changed:
        changed.setattr(discovery, "julia_files", lambda: [Path(__file__)])
        catalogue.refuse_edited(study)  # it has none of Julia's
    monkeypatch.setattr(discovery, "plugin_files", lambda: [Path(__file__)])
    with pytest.raises(ConfigError, match=r"estimators were edited, added or removed since"):
        catalogue.refuse_edited(study)


def test_edited_estimators_of_julia_are_not_evaluated(tmp_path, monkeypatch):
    config = {"study": "x", "seed": 1, "signals": ["runge"], "samples": [20]}
    study = Study.from_config({**config, "noise_levels": [0.1], "trials": 1}, tmp_path)
    catalogue.write_catalogue(KIND, study.config, importing.load_python()[:1], study.catalogue)
    catalogue.refuse_edited(study)
    monkeypatch.setattr(discovery, "julia_files", lambda: [Path(__file__)])
    with pytest.raises(ConfigError, match="edited"):
        catalogue.refuse_edited(study)
