"""Signals: clean functions of time whose derivatives of order 0 to 7 are known.

Every module of this package is imported here, and a signal registers itself where it is written,
by the decorator `ode` or `analytic`: a new signal costs one function and no list to keep.
"""

from importlib import import_module
from pkgutil import iter_modules

from tiltyard.studies.derivatives.signals.base import SIGNALS, LongArray, Signal, find_signal

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["SIGNALS", "LongArray", "Signal", "find_signal"]
