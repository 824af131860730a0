"""Test-only estimators that note every call; the third waits until a test opens its gate."""

import os
import time
from functools import partial
from pathlib import Path

import numpy as np

from tiltyard.plugin import estimator


def gated(name, t, y, t_eval, orders):
    """Zero; the call is noted first."""
    with open(os.environ["TILTYARD_TEST_CALLS"], "a") as calls:
        calls.write(f"{name} {y[1]!r}\n")  # the samples tell the configurations apart
    while name == "gated_2" and not Path(os.environ["TILTYARD_TEST_GATE"]).exists():
        time.sleep(0.05)
    return np.zeros((len(orders), len(t_eval)))


for index in range(4):
    name = f"gated_{index}"
    function = partial(gated, name)
    function.__code__ = gated.__code__
    estimator(name, family="control", exact_degree=-1, min_samples=2, tags=("gated",))(function)
