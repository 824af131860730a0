"""Test-only estimators that note every call, so that a test can count what was computed."""

import os
import time
from contextlib import suppress
from functools import partial

import numpy as np

from tiltyard.plugin import estimator


def counted(name, t, y, t_eval, orders):
    """Zero after a while; the call is noted first."""
    with open(os.environ["TILTYARD_TEST_CALLS"], "a") as calls:
        calls.write(f"{name} {y[1]!r}\n")  # the samples tell the configurations apart
    time.sleep(0.2)
    wait_while_held()
    if filler := os.environ.get("TILTYARD_TEST_FILL"):
        fill_the_disk(filler)
    return np.zeros((len(orders), len(t_eval)))


def wait_while_held():
    """Keep the third call of all and later ones in flight while a certain file is there."""
    hold = os.environ.get("TILTYARD_TEST_HOLD", "")
    while os.path.exists(hold) and count_calls() > 2:
        time.sleep(0.02)


def count_calls():
    with open(os.environ["TILTYARD_TEST_CALLS"]) as calls:
        return len(calls.readlines())


def fill_the_disk(filler):
    """Write to `filler` until there is no room, once: at the fifth call of all or a later one.

    Two calls at once may both find six.
    """
    if count_calls() < 5:
        return
    with suppress(FileExistsError):
        open(f"{os.environ['TILTYARD_TEST_CALLS']}.filled", "x").close()
        with open(filler, "wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass


for index in range(int(os.environ.get("TILTYARD_TEST_COUNTED", "6"))):
    name = f"counted_{index}"
    function = partial(counted, name)
    function.__code__ = counted.__code__
    estimator(name, family="control", exact_degree=-1, min_samples=2, tags=("counted",))(function)
