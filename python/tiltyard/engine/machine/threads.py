"""Threads of numerical kernels in a process that is no worker, such as `tiltyard differentiate`."""

from __future__ import annotations

import os

#: Native libraries read these when they are first loaded.
VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def prefer_one_thread() -> None:
    """Ask for one thread where the environment asks for no number; call it before NumPy loads.

    Matrices of a few hundred rows gain nothing from more, and where other programs run, threads
    that wait for each other take ten times the CPU time (measured: 21 s in place of 2).
    """
    for name in VARIABLES:
        os.environ.setdefault(name, "1")
