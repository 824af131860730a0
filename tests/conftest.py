"""Which tests share a worker of pytest, in which order, and what they wait for."""

import fcntl
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

# One thread for BLAS and OpenMP, before anything loads them: as in every worker of the study.
from tiltyard.engine.work.worker import pin_numerical_threads

pin_numerical_threads()

IMAGE_LOCK = Path(__file__).parents[1] / ".julia" / "image" / "lock"


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Sort the tests, and make a group of each file's: they share what its fixtures made.

    `--dist loadgroup` deals out one group after another, in this order. A test with a group of its
    own keeps it: the conformance tests of each estimator, and what shares a process of Julia.
    """
    items.sort(key=place_of)
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def place_of(item):
    """On Slurm tests wait, so they begin; small ones end, so that no core waits for the other.

    Between them: whole studies, the others, and what needs Julia, whose estimators are being
    compiled meanwhile.
    """
    slurm, workflow = ("slurm" in item.path.parts), ("workflow" in item.path.parts)
    if item.get_closest_marker("julia"):
        return 3 if slurm else 4 if workflow else 5
    if item.path.stem == "test_conformance":
        return 6
    return 0 if slurm else 1 if workflow else 2


def pytest_runtest_setup(item):
    if item.get_closest_marker("julia"):
        await_image()


@cache
def await_image():
    """Wait for who is compiling Julia's estimators, if anybody is: see `build_image`."""
    with suppress(FileNotFoundError), IMAGE_LOCK.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
