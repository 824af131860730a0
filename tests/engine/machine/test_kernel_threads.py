"""BLAS has one thread inside a public call, and afterwards what it had."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import scipy.linalg  # noqa: F401  # brings a BLAS of its own
from threadpoolctl import threadpool_info, threadpool_limits

from tiltyard.engine.machine.threads import VARIABLES, on_one_thread


def threads():
    """Threads of each BLAS of this process."""
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


@pytest.fixture(autouse=True)
def two():
    """BLAS may take two threads, whatever the environment of the tests says."""
    with threadpool_limits(2, user_api="blas"):
        if set(threads()) != {2}:
            pytest.skip("this BLAS has no second thread")
        yield


def test_one_thread_inside_and_two_afterwards_nested_and_after_errors():
    with on_one_thread():
        assert set(threads()) == {1}
        with on_one_thread():
            assert set(threads()) == {1}
        assert set(threads()) == {1}
    assert set(threads()) == {2}
    with pytest.raises(KeyError), on_one_thread():
        raise KeyError
    assert set(threads()) == {2}


def test_a_call_that_ends_first_leaves_the_limit_to_one_that_goes_on():
    inside, done = threading.Event(), threading.Event()

    def other():
        with on_one_thread():
            inside.set()
            done.wait(10)

    worker = threading.Thread(target=other)
    with on_one_thread():
        worker.start()
        assert inside.wait(10)
    assert set(threads()) == {1}
    done.set()
    worker.join()
    assert set(threads()) == {2}


def test_a_decorated_function_is_limited_each_time_and_says_what_it_is():
    @on_one_thread()
    def matrix(size):
        """A matrix."""
        return threads(), np.eye(size)

    for size in (1, 2):
        found, eye = matrix(size)
        assert set(found) == {1} and eye.shape == (size, size)
    assert matrix.__doc__ == "A matrix." and set(threads()) == {2}


@pytest.mark.parametrize("given", [None, "2"])
def test_differentiating_takes_one_thread_whatever_the_environment_says(given):
    """In a process of its own, where the estimator is imported inside the first call."""
    code = (
        "import numpy as np, scipy.linalg, tiltyard\n"
        "from threadpoolctl import threadpool_info\n"
        "def threads(): return [i['num_threads'] for i in threadpool_info()]\n"
        "def look(*_): inside.extend(threads())\n"
        "inside, before, t = [], threads(), np.linspace(0, 6, 24)\n"
        "tiltyard.differentiate(t, np.sin(t), draws=1, progress=look)\n"
        "print(set(inside), set(threads()) == set(before))"
    )
    environment = {name: text for name, text in os.environ.items() if name not in VARIABLES}
    if given:
        environment["OPENBLAS_NUM_THREADS"] = given
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{1} True"


def test_libraries_are_looked_for_once_unless_modules_were_imported(monkeypatch):
    import threadpoolctl

    scans = []

    class Counted(threadpoolctl.ThreadpoolController):
        def __init__(self):
            scans.append(1)
            super().__init__()

    with on_one_thread():
        pass
    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", Counted)
    for _ in range(3):
        with on_one_thread():
            pass
    assert len(scans) == 0
    monkeypatch.setitem(sys.modules, "a_module_that_brings_a_library", threadpoolctl)
    with on_one_thread():
        pass
    assert len(scans) == 1
