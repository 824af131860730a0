"""A program that evaluates estimators of one language, for tests that need a process of its own.

It reads a file of `numpy.savez` (``t``, ``y``, and ``calls``: name and highest order of each) and
writes one with the values of each estimator, and with the kernel that BLAS has there.
"""

from __future__ import annotations

import sys

import numpy as np
from conformance import Array, run_in_julia, stop_julia

from tiltyard.derivatives.catalogue import import_python
from tiltyard.derivatives.estimator import ESTIMATORS, Estimate
from tiltyard.derivatives.evaluation import as_estimate
from tiltyard.derivatives.julia.runtime import find_julia
from tiltyard.derivatives.julia.session import JuliaCall
from tiltyard.study.files import project_root
from tiltyard.study.machine import python_kernels


def in_python(name: str, t: Array, y: Array, orders: tuple[int, ...]) -> Array:
    function = ESTIMATORS[name, "python"].function
    assert function is not None
    return as_estimate(function(t, y, t, orders), (len(orders), len(t))).values


def main(language: str, source: str, target: str) -> None:
    """Evaluate what `source` asks for in `language`."""
    given = np.load(source)
    t, y = given["t"], given["y"]
    calls = {str(name): tuple(range(int(highest) + 1)) for name, highest in given["calls"]}
    if language == "julia":
        kernels = [find_julia(project_root()).kernel]
        found = run_in_julia(JuliaCall(name, t, y, t, orders) for name, orders in calls.items())
        stop_julia()
        values = {name: each.values for name, each in found.items() if isinstance(each, Estimate)}
    else:
        import_python()
        kernels = [words.split()[-1] for words in python_kernels()]
        values = {name: in_python(name, t, y, orders) for name, orders in calls.items()}
    np.savez(target, kernels=kernels, **values)


if __name__ == "__main__":
    main(*sys.argv[1:])
