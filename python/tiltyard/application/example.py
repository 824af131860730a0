"""A file to try `tiltyard differentiate` on: noisy samples of a motion whose formula is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tiltyard.engine.files.atomic import write_text
from tiltyard.studies.derivatives.contract import Array

SAMPLES = 101
#: End of the record [s], and standard deviation of the noise [m].
SECONDS, NOISE = 10.0, 0.01
SEED = 1
#: Decay [1/s] and angular frequency [rad/s] of the motion.
DECAY, FREQUENCY = 0.3, 2.0

WORDS = f"""\
# An example for `tiltyard differentiate`: no measurement, made by `tiltyard example`.
# The height x [m] of a buoy that comes to rest, at {SAMPLES} times t [s]:
# x = exp(-{DECAY} t) cos({FREQUENCY:g} t) + noise, normal, standard deviation {NOISE} m.
"""


def height(t: Array, order: int = 0) -> Array:
    """The exact derivative of this order, 0 to 7, at the times `t` [m / s**order]."""
    rate = complex(-DECAY, FREQUENCY)
    return np.asarray((rate**order * np.exp(rate * t)).real)


def example_text() -> str:
    """The example as CSV, the same each time; what it is stands in its first lines."""
    t = np.linspace(0.0, SECONDS, SAMPLES)
    x = height(t) + NOISE * np.random.default_rng(SEED).standard_normal(SAMPLES)
    rows = (f"{time:.1f},{value:.4f}" for time, value in zip(t, x, strict=True))
    return WORDS + "\n".join(["t,x", *rows]) + "\n"


def write_example(path: Path) -> None:
    """Write the example to `path`; an example that is there already stays.

    Raises
    ------
    FileExistsError
        If `path` is something else.
    """
    text = example_text()
    if path.exists() and (not path.is_file() or path.read_bytes() != text.encode()):
        raise FileExistsError(
            f"{path} is there already, and no example: name another file, as in "
            "`tiltyard example other.csv`"
        )
    write_text(path, text)
