"""Packages with estimators: whatever one does when it is imported costs its own estimators only."""

import os
import shutil
import signal
import warnings
from importlib import metadata

import numpy as np
import pytest
from hostile_packages import FAILING, MOVING, registering
from packages import install, install_estimators
from workplace import TINY

from tiltyard.engine import catalogue
from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.methods import versions
from tiltyard.engine.methods.plugins import LIMIT_VARIABLE
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.contract import ESTIMATORS
from tiltyard.studies.derivatives.importing import load_python
from tiltyard.studies.derivatives.kind import Derivatives

KIND, CONFIG = Derivatives(), {"julia": False}


def state():
    """What an import might change of this process."""
    mask = os.umask(0)
    os.umask(mask)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    return os.getcwd(), mask, np.geterr(), np.mean, list(warnings.filters), handlers


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages, in a project that remembers nothing yet."""
    monkeypatch.setattr(catalogue, "project_root", lambda: tmp_path / "project")
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Methods and faults, with all of the packages at once."""
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "project_root", lambda: folder)
        patch.syspath_prepend(folder)
        patch.setenv(LIMIT_VARIABLE, "5")
        for name, (code, _) in FAILING.items():
            install_estimators(folder, name, code)
        for name, code in MOVING.items():
            install_estimators(folder, name, code)
        for name, reference in (
            ("no_module", "nowhere_at_all"),
            ("no_attribute", "prints:nothing"),
            ("no_reference", "!?"),
        ):
            install(folder, name, "", f"[tiltyard.estimators]\nany = {reference}\n")
        load_python()
        before = state(), len(ESTIMATORS)
        found = catalogue.find_methods(KIND, CONFIG)
        assert (state(), len(ESTIMATORS)) == before
    return found


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_package_is_named_with_version_and_reason(found, name):
    faults = {fault.package: fault for fault in found.faults}
    words = FAILING[name][1]
    assert f"{name} 1.0" in str(faults[name]) and words in str(faults[name])
    assert not [method for method in found.methods if method.package == name]


@pytest.mark.parametrize("name", ["no_module", "no_attribute", "no_reference"])
def test_an_entry_point_that_leads_nowhere_is_named(found, name):
    (fault,) = (fault for fault in found.faults if fault.package == name)
    assert fault.reason


def test_our_own_estimators_are_all_there_with_the_versions_that_they_have_alone(found):
    own = [method.to_dict() for method in found.methods if not method.package]
    assert sorted(own, key=lambda one: one["name"]) == sorted(
        (entry.to_dict() for entry in load_python()), key=lambda one: one["name"]
    )


def test_packages_that_change_their_process_bring_their_estimators(found):
    brought = {method.package: method.name for method in found.methods if method.package}
    assert set(brought) == set(MOVING)
    assert {fault.package for fault in found.faults}.isdisjoint(MOVING)


def test_what_fails_is_tried_again_and_what_works_is_remembered(site, tmp_path):
    flag = tmp_path / "connected"
    text = f"import os\nif not os.path.exists({str(flag)!r}): raise OSError('no network')\n"
    module = install_estimators(site, "moody", text + registering("moody"))
    (fault,) = catalogue.find_methods(KIND, CONFIG).faults
    assert fault.reason.startswith("OSError: no network")
    flag.touch()
    names = {method.name for method in catalogue.all_methods(KIND, CONFIG)}
    assert "moody" in names
    flag.unlink()  # remembered: it is not imported again
    assert not catalogue.find_methods(KIND, CONFIG).faults
    module.write_text(module.read_text() + "# edited\n")
    assert catalogue.find_methods(KIND, CONFIG).faults


def study(include=None, exclude=None):
    chosen = {"include": include or {}, "exclude": exclude or {}}
    return Study.from_config({**TINY, "estimators": chosen})


def test_a_study_goes_on_unless_it_names_what_is_missing(site):
    install_estimators(site, "broken", registering("mine", tags=("of_mine",)) + "1 / 0\n", "2.1")
    for chosen in ({}, {"exclude": {"name": ["mine"]}}, {"exclude": {"tag": ["of_mine"]}}):
        methods, faults = catalogue.selection_of(study(**chosen))
        assert methods and [fault.package for fault in faults] == ["broken"]
    for include in ({"name": ["mine", "zero"]}, {"tag": ["of_mine"]}):
        with pytest.raises(ConfigError, match=r"broken 2\.1: ZeroDivisionError.*; mend that"):
            catalogue.selection_of(study(include))
    with pytest.raises(ConfigError, match=r"'other' is unknown; .*\n.*not listed: broken 2\.1"):
        catalogue.selection_of(study({"name": ["other"]}))


def test_one_in_a_namespace_is_found_and_seen_to_change(site):
    module = install(
        site, "spaced", "", "[tiltyard.estimators]\nany = space.inner.spaced:flat [extra]\n"
    )
    file = site / "space" / "inner" / "spaced.py"
    file.parent.mkdir(parents=True)
    file.write_text(registering("spaced"))
    module.unlink()
    (plugin,) = KIND.packages(CONFIG)
    assert plugin.files == [file] and plugin.modules == ["space.inner.spaced"]
    before = KIND.sources(CONFIG), KIND.code(CONFIG)
    found = catalogue.find_methods(KIND, CONFIG)
    assert not found.faults and "spaced" in {method.package for method in found.methods}
    file.write_text(registering("spaced") + "# edited\n")
    assert KIND.sources(CONFIG) != before[0] and KIND.code(CONFIG) != before[1]


def test_an_update_of_what_it_imports_lists_it_again(site, monkeypatch):
    install(site, "helper", "x = 1\n", "[other]\nany = helper\n")
    install_estimators(site, "leaning", "import helper\n" + registering("leaning"))
    monkeypatch.setattr(versions, "_providers", metadata.packages_distributions)
    monkeypatch.setattr(versions, "_version", metadata.version)
    (before,) = (plugin.digest for plugin in KIND.packages(CONFIG))
    shutil.rmtree(site / "helper-1.0.dist-info")
    install(site, "helper", "x = 1\n", "[other]\nany = helper\n", "2.0")
    (after,) = (plugin.digest for plugin in KIND.packages(CONFIG))
    assert after != before
