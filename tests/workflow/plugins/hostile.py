"""Test-only estimators that misbehave in every way; each declares a harmless one's facts."""

import ctypes
import mmap
import os

import numpy as np

from tiltyard.plugin import estimator

FACTS = {"family": "control", "exact_degree": -1, "min_samples": 2, "tags": ("hostile",)}


@estimator("raises", **FACTS)
def raises(t, y, t_eval, orders):
    raise ArithmeticError("on purpose")


@estimator("returns_nan", **FACTS)
def returns_nan(t, y, t_eval, orders):
    values = np.zeros((len(orders), len(t_eval)))
    values[1:, 3] = np.nan
    return values


@estimator("returns_wrong_shape", **FACTS)
def returns_wrong_shape(t, y, t_eval, orders):
    return np.zeros((len(t_eval), len(orders)))


@estimator("has_unwritable_settings", **FACTS)
def has_unwritable_settings(t, y, t_eval, orders):
    return np.zeros((len(orders), len(t_eval))), None, {"kernel": object()}


@estimator("hangs_in_python", **FACTS)
def hangs_in_python(t, y, t_eval, orders):
    while True:
        pass


@estimator("hangs_in_native_code", **FACTS)
def hangs_in_native_code(t, y, t_eval, orders):
    ctypes.PyDLL(None).sleep(1000)


@estimator("ends_the_process", **FACTS)
def ends_the_process(t, y, t_eval, orders):
    os._exit(3)


@estimator("allocates_without_end", **FACTS)
def allocates_without_end(t, y, t_eval, orders):
    """Maps the same 16 MB again and again, all of it resident.

    New memory would do too, but a virtual machine may take seconds to touch it for the first time.
    """
    file = os.memfd_create("grows")
    os.truncate(file, 16_000_000)
    kept = []
    while True:
        kept.append(np.frombuffer(mmap.mmap(file, 0), np.uint8))
        kept[-1][::4096] += 1


@estimator("changes_its_input", **FACTS)
def changes_its_input(t, y, t_eval, orders):
    t[:] = y[:] = t_eval[:] = 0.0
    return np.zeros((len(orders), len(t_eval)))


@estimator("needs_its_input", **FACTS)
def needs_its_input(t, y, t_eval, orders):
    """The samples at every order; here `t_eval` is `t`."""
    if not np.all(np.diff(t) > 0) or not np.array_equal(t, t_eval):
        raise ValueError("someone changed the times")
    return np.tile(y, (len(orders), 1))
