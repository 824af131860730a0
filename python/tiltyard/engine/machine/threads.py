"""Threads of numerical kernels in a process that is no worker, such as `tiltyard differentiate`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Native libraries read these when they are first loaded.
VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def start_one_thread() -> None:
    """Let native libraries start no further threads; call it before NumPy loads.

    For a process that ends with one command, and for those that it starts. It saves what
    `on_one_thread` cannot: threads that are never used.
    """
    for name in VARIABLES:
        os.environ[name] = "1"


class _Limit:
    """The limit that all calls of this process share: set by the first, lifted by the last.

    Threads of most libraries belong to the process. Were each call to restore what it found, one
    that begins while another computes would find that one's limit, and leave it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._here = threading.local()
        self._inside = 0
        self._modules = 0
        self._libraries: list[Any] = []
        self._before: list[int] = []

    def enter(self) -> None:
        depth = getattr(self._here, "depth", 0)
        if not depth:
            self._set()
        self._here.depth = depth + 1

    def leave(self) -> None:
        self._here.depth -= 1
        if not self._here.depth:
            self._lift()

    def _set(self) -> None:
        with self._lock:
            if not self._inside:
                self._libraries = self._found()
                self._before = [library.num_threads for library in self._libraries]
            self._inside += 1
            for library in self._libraries:
                library.set_num_threads(1)

    def _lift(self) -> None:
        from threadpoolctl import OpenBLASController

        with self._lock:
            self._inside -= 1
            for library, threads in zip(self._libraries, self._before, strict=True):
                if not self._inside or _of_each_thread(library):
                    library.set_num_threads(threads)
            # The thread that sets OpenBLAS' number keeps others from it: here, from lifting it.
            OpenBLASController.clear_controlling_thread()

    def _found(self) -> list[Any]:
        """BLAS libraries of this process; looked for again only where modules were imported."""
        import scipy.linalg  # noqa: F401  # brings a BLAS of its own
        from threadpoolctl import ThreadpoolController

        if len(sys.modules) != self._modules:
            self._libraries = ThreadpoolController().select(user_api="blas").lib_controllers
            self._modules = len(sys.modules)
        return self._libraries


def _of_each_thread(library: Any) -> bool:
    """Whether the number that a thread sets holds for that thread alone."""
    return library.internal_api == "mkl" or getattr(library, "threading_layer", "") == "openmp"


_LIMIT = _Limit()


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Give BLAS one thread, whatever the environment says, and afterwards what it had.

    It may be nested, and entered by several threads at once. As a decorator it is for a function.
    Matrices of a few hundred rows gain nothing from more, and where other programs run, threads
    that wait for each other take up to forty times the time.
    """
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()
