"""Evaluate the estimator that a file defines: exact on polynomials, and its errors on a dataset."""

import json
import runpy
import sys

import numpy as np

from tiltyard.engine.grid.seeds import generator
from tiltyard.studies.derivatives.contract import ESTIMATORS
from tiltyard.studies.derivatives.dataset import make_dataset
from tiltyard.studies.derivatives.metrics import errors_of
from tiltyard.studies.derivatives.running import PythonCall, prepare

file, name = sys.argv[1:]
runpy.run_path(file)
entry = ESTIMATORS[name, "python"]
orders = tuple(range(entry.max_order + 1))


def estimate(t, y):
    """What the estimator gives at the sample times, called and checked as in a study."""
    run, conclude = prepare(PythonCall(name, t, y, t, orders, 0, "example", exact=None))
    return conclude(run()).values


t = np.linspace(3, 5, 20)
p = np.polynomial.Polynomial(np.arange(1, entry.exact_degree + 2))
exact = np.stack([p.deriv(order)(t) for order in orders])
# Each order amplifies rounding by the degree over half the interval, 1: 5! * 2**-52 at most.
np.testing.assert_allclose(estimate(t, p(t)), exact, rtol=1e-9)

dataset = make_dataset(
    *("example", "exponential_decay", 51, "gaussian", 1e-3),
    rng=generator(1, "example"),
    seed=1,
)
values = estimate(dataset.t, dataset.y)
print(json.dumps([errors_of(values[order], dataset.exact[order]) for order in orders]))
