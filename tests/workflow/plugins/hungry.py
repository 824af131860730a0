"""A test-only estimator that takes so much memory that a small container has too little."""

import numpy as np

from tiltyard.plugin import estimator


@estimator("hungry", family="control", exact_degree=-1, min_samples=2, tags=("hungry",))
def hungry(t, y, t_eval, orders):
    return np.zeros((len(orders), len(t_eval))) + len(b"1" * 700_000_000) * 0.0
