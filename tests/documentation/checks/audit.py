"""Audit the signal that a file defines: the error of each order, relative to its spread."""

import json
import runpy
import sys

import numpy as np

from tiltyard.studies.derivatives.signals import find_signal

file, name = sys.argv[1:]
runpy.run_path(file)
signal = find_signal(name)
t = signal.times(51)
assert np.ptp(signal.derivatives(t), axis=1).min() > 0, "a derivative is constant"
assert all(f"{parameter} = " in signal.description for parameter in signal.parameters)
print(json.dumps(signal.audit(t).tolist()))
