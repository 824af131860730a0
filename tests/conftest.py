"""Which tests share a worker of pytest, in which order, and what they wait for."""

import fcntl
import os
import re
from contextlib import suppress
from functools import cache

import pytest
import yaml

# One thread for BLAS and OpenMP, before anything loads them: as in every worker of the study.
from tiltyard.engine.work.worker import pin_numerical_threads

pin_numerical_threads()

from workplace import ROOT, Workplace  # noqa: E402

IMAGE_LOCK = ROOT / ".julia" / "image" / "lock"
#: Files whose tests share the finished pilot.
PILOT = ("/test_slurm_pilot.py", "/test_pilot.py")
#: Cases of the conformance suite: an estimator, and its language.
CASE = re.compile(r"/test_conformance\.py::.*\[(\w+)-(python|julia)\]$")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Deal out one group of tests after another, in their order, to whichever worker is free.

    `--dist loadgroup` would do it, were it not that pytest 9.2 hides the groups' names from it.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group_of(nodeid)

    return ByGroup(config, log)


def group_of(nodeid):
    """What one worker takes: a file, whose tests share fixtures; or the cases of an estimator.

    What evaluates in a process of Julia that stays is together, too, and what shares a study.
    """
    file = nodeid.partition("::")[0]
    if case := CASE.search(nodeid):
        name, language = case.groups()
        return "julia" if language == "julia" else f"conformance of {name}"
    if file.endswith(PILOT):
        return "pilot"
    return "julia" if file.endswith("/test_languages_agree.py") else file


def pytest_collection_modifyitems(items):
    """Sort the groups: each has the place of the last of its tests."""
    places = {}
    for item in items:
        group = group_of(item.nodeid)
        places[group] = max(places.get(group, 0), place_of(item))
    items.sort(key=lambda item: places[group_of(item.nodeid)])


def place_of(item):
    """On Slurm tests wait, so they begin; small ones end, so that no core waits for the other.

    Between them: whole studies, the others, and what needs Julia, whose estimators are being
    compiled meanwhile.
    """
    if item.get_closest_marker("julia"):
        return 3 if {"slurm", "workflow"} & set(item.path.parts) else 4
    if item.path.stem == "test_conformance":
        return 5
    return 0 if "slurm" in item.path.parts else 1 if "workflow" in item.path.parts else 2


@pytest.fixture(scope="session", autouse=True)
def machine_lock(tmp_path_factory):
    """Studies of these tests wait for each other, not for those of others on this machine."""
    os.environ["TILTYARD_MACHINE_LOCK"] = str(tmp_path_factory.mktemp("machine") / "lock")


@pytest.fixture(scope="session")
def pilot(tmp_path_factory):
    """The pilot study as it is shipped, finished on this machine; nobody may change it."""
    config = yaml.safe_load((ROOT / "config" / "pilot.yaml").read_text())
    workplace = Workplace(tmp_path_factory.mktemp("pilot"), config)
    workplace.said = workplace.run()
    return workplace


def pytest_runtest_setup(item):
    if item.get_closest_marker("julia"):
        await_image()


@cache
def await_image():
    """Wait for who is compiling Julia's estimators, if anybody is: see `build_image`."""
    with suppress(FileNotFoundError), IMAGE_LOCK.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
