"""Threads of numerical kernels, where a person's own process computes."""

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
    """One thread, unless the environment says otherwise; to be called before NumPy is imported.

    Matrices of a few hundred rows gain nothing from more, and where other programs run, threads
    that wait for each other take ten times the CPU time (measured: 21 s in place of 2).
    """
    for name in VARIABLES:
        os.environ.setdefault(name, "1")
