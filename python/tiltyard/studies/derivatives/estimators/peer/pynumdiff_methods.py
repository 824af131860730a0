"""PyNumDiff's methods with the settings of its own test-suite.

The package documents ranges of settings and few defaults; its tests (``test_diff_methods.py``)
give every method one set, for samples of order 1 at steps of 0.1. Defaults of a function are kept.
The package estimates the signal and its first derivative at the sample times; at other times its
values are interpolated by a cubic spline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiltyard.studies.derivatives.contract import ESTIMATORS, Array, estimator
from tiltyard.studies.derivatives.estimators.peer.samples_only import (
    at_times,
    silence,
    step_or_times,
)

CITES = ("komarov2026pynumdiff",)
TIME_UNITS = "a parameter is fixed in absolute units of time"
BIAS = "its fixed smoothing has a bias that hides the noise"
BACKWARD = "its backward pass keeps the process covariance of the forward one"


def _register(
    name: str,
    function: str,
    parameters: Mapping[str, Any],
    *,
    family: str,
    exact_degree: int,
    min_samples: int = 3,
    uneven: bool = False,
    exempt: Mapping[str, str] | None = None,
) -> None:
    """Register ``pynumdiff.<function>`` with these parameters as ``pynumdiff_<name>``."""

    @estimator(
        f"pynumdiff_{name}",
        family=family,
        max_order=1,
        exact_degree=exact_degree,
        min_samples=min_samples,
        uneven=uneven,
        tags=("peer",),
        cites=CITES,
        exempt=exempt,
    )
    def adapter(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Array:
        import pynumdiff  # not above: it takes most of a second, and preload/peers.py imports it

        with silence():
            estimates = getattr(pynumdiff, function)(y, step_or_times(t), **parameters)
            return at_times(t, t_eval, orders, estimates)


_register("finitediff", "finitediff", {}, family="finite difference", exact_degree=2)
_register(
    "finitediff_fourth_order",
    "finitediff",
    {"order": 4},
    family="finite difference",
    exact_degree=4,
    min_samples=5,
)
_register(
    "finitediff_iterated",
    "finitediff",
    {"num_iterations": 5},
    family="finite difference",
    exact_degree=1,
    exempt={"falls_with_noise": BIAS},
)
_register(
    "kerneldiff_uniform",
    "kerneldiff",
    {"kernel": "uniform", "window_size": 3, "num_iterations": 2},
    family="finite difference",
    exact_degree=0,
)
_register(
    "kerneldiff_median",
    "kerneldiff",
    {"kernel": "median", "window_size": 3, "num_iterations": 2},
    family="finite difference",
    exact_degree=0,
    exempt={"y_shift": "its median filter takes samples beyond the ends as 0"},
)
_register(
    "kerneldiff_gaussian",
    "kerneldiff",
    {"kernel": "gaussian", "window_size": 5},
    family="finite difference",
    exact_degree=0,
)
_register("kerneldiff_friedrichs", "kerneldiff", {}, family="finite difference", exact_degree=0)
_register(
    "butterdiff",
    "butterdiff",
    {"filter_order": 3, "cutoff_freq": 0.7},
    family="finite difference",
    exact_degree=0,
    exempt={"time_reversal": "its filter runs forwards and then backwards"},
)
_register(
    "polydiff",
    "polydiff",
    {"degree": 5, "window_size": 15},
    family="local polynomial",
    exact_degree=5,
    min_samples=6,
    uneven=True,
)
_register(
    "savgoldiff",
    "savgoldiff",
    {"degree": 2, "window_size": 5, "smoothing_win": 5},
    family="local polynomial",
    exact_degree=1,
    exempt={"falls_with_noise": BIAS},
)
_register(
    "splinediff",
    "splinediff",
    {},
    family="spline",
    exact_degree=3,
    min_samples=4,
    uneven=True,
    exempt={"time_reversal": "where FITPACK puts knots depends on the direction of time"},
)
_register(
    "spectraldiff",
    "spectraldiff",
    {"cutoff_freq": 0.2, "pad_to_flat": True},
    family="spectral",
    exact_degree=0,
    exempt={"time_reversal": "its padding and odd extension treat the two ends differently"},
)
_register(
    "rbfdiff",
    "rbfdiff",
    {"sigma": 0.5, "lmbd": 0.001},
    family="gaussian process",
    exact_degree=-1,
    uneven=True,
    exempt={
        "y_shift": "its mean is 0, whatever that of the samples",
        "t_stretch": TIME_UNITS,
    },
)
_register(
    "waveletdiff",
    "waveletdiff",
    {"wavelet": "db4", "threshold": 2.0},
    family="spectral",
    exact_degree=1,
    min_samples=21,
    exempt={"time_reversal": "its wavelets are not symmetric"},
)
for _order, _name in ((1, "velocity"), (2, "acceleration"), (3, "jerk")):
    _register(
        f"rtsdiff_{_name}",
        "rtsdiff",
        {"order": _order, "log_qr_ratio": 7, "forwardbackward": True},
        family="kalman",
        exact_degree=0,
        uneven=True,
        exempt={"t_stretch": TIME_UNITS, "time_reversal": BACKWARD},
    )
_register(
    "iterative_velocity",
    "iterative_velocity",
    {"num_iterations": 5, "gamma": 0.05},
    family="regularisation",
    exact_degree=0,
    exempt={
        "y_scale": "its penalty is fixed in absolute units",
        "t_stretch": TIME_UNITS,
        "time_reversal": "its integral takes the first sample as exact",
        "falls_with_noise": BIAS,
    },
)

ESTIMATORS.declare_same("pynumdiff_finitediff", "central_difference")
