"""PyNumDiff's methods that solve convex problems, with the settings of its own test-suite.

See `pynumdiff_methods` for the settings; these methods also need CVXPY with two solvers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiltyard.studies.derivatives.contract import Array, estimator
from tiltyard.studies.derivatives.estimators.peer.samples_only import (
    at_times,
    silence,
    step_or_times,
)

CITES = ("komarov2026pynumdiff",)
TIME_UNITS = "a parameter is fixed in absolute units of time"
BIAS = "its fixed smoothing has a bias that hides the noise"


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
        # PyNumDiff imports these itself. Here they enter the method's version and must be there.
        import clarabel  # noqa: F401
        import cvxpy  # noqa: F401
        import osqp  # noqa: F401
        import pynumdiff

        with silence():
            estimates = getattr(pynumdiff, function)(y, step_or_times(t), **parameters)
            return at_times(t, t_eval, orders, estimates)


_register(
    "tvrdiff_velocity",
    "tvrdiff",
    {"order": 1, "gamma": 0.5},
    family="regularisation",
    exact_degree=1,
)
_register(
    "tvrdiff_acceleration",
    "tvrdiff",
    {"order": 2, "gamma": 1},
    family="regularisation",
    exact_degree=2,
)
_register(
    "tvrdiff_jerk",
    "tvrdiff",
    {"order": 3, "gamma": 10},
    family="regularisation",
    exact_degree=0,  # 2, but for the solver's tolerance
    exempt={
        "time_reversal": "sums stand for integrals, and its last value is extrapolated",
        "falls_with_noise": BIAS,
    },
)
_register(
    "smooth_acceleration",
    "smooth_acceleration",
    {"gamma": 2, "window_size": 5},
    family="regularisation",
    exact_degree=1,
    exempt={"falls_with_noise": BIAS},
)
_register(
    "robustdiff",
    "robustdiff",
    {"order": 3, "log_q": 9, "log_r": 0},
    family="kalman",
    exact_degree=3,
    uneven=True,
    exempt={"t_stretch": TIME_UNITS},
)
_register(
    "lineardiff",
    "lineardiff",
    {"order": 3, "gamma": 0.003, "window_size": 11},
    family="local polynomial",
    exact_degree=0,
    min_samples=6,
    uneven=True,
    exempt={"time_reversal": "its constants of integration belong to each window's first sample"},
)
