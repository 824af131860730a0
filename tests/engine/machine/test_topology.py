"""Physical cores are counted once, and a core that is shared with others is known."""

import os

import pytest

from tiltyard.engine.machine.topology import topology


@pytest.fixture
def eight_threads(tmp_path):
    """Four cores with two threads each: 0 and 4, 1 and 5, …; the last two are odd."""
    for number in range(8):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        text = f"{number % 4},{number % 4 + 4}" if number % 4 < 3 else "3-3"
        (folder / "thread_siblings_list").write_text(text + "\n")
    return tmp_path


@pytest.mark.parametrize(
    ("allowed", "physical", "shared"),
    [({0, 1}, 2, [0, 1]), ({0, 4}, 1, []), ({0, 1, 4}, 2, [1]), ({0, 1, 2, 4, 5, 6}, 3, [])],
)
def test_threads_of_one_core(eight_threads, allowed, physical, shared):
    found = topology(eight_threads, frozenset(allowed))
    assert (found.physical, found.shared) == (physical, shared)


def test_without_facts_each_is_a_core(tmp_path):
    found = topology(tmp_path, frozenset({2, 3}))
    assert (found.physical, found.shared) == (2, [])


def test_this_machine():
    found = topology()
    assert 1 <= found.physical <= len(found.logical) == len(os.sched_getaffinity(0))
