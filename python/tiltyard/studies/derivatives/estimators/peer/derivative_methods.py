"""All kinds of the package ``derivative``, each with the settings of its own documentation.

The settings are those of the package's front page, whose example has 50 samples of a sine over one
period of 2 pi. The package estimates the first derivative at the sample times, and a smoothed
signal if the kind has one, otherwise the samples; at other times its values are interpolated by a
cubic spline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import derivative

from tiltyard.studies.derivatives.contract import ESTIMATORS, NOT_FALLING, Array, estimator
from tiltyard.studies.derivatives.estimators.peer.samples_only import at_times, silence

TIME_UNITS = "a parameter is fixed in absolute units of time"


def _register(
    kind: str,
    parameters: Mapping[str, Any],
    *,
    family: str,
    exact_degree: int,
    min_samples: int = 3,
    uneven: bool = False,
    exempt: Mapping[str, str] | None = None,
) -> None:
    """Register this kind with these parameters as ``derivative_<kind>``."""

    @estimator(
        f"derivative_{kind}",
        family=family,
        max_order=1,
        exact_degree=exact_degree,
        min_samples=min_samples,
        uneven=uneven,
        tags=("peer",),
        cites=("kaptanoglu2022pysindy",),
        exempt=exempt,
    )
    def adapter(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Array:
        with silence():
            calls = (derivative.smooth_x, derivative.dxdt)[: orders[-1] + 1]
            rows = [call(y, t, kind=kind, axis=0, **parameters) for call in calls]
            return at_times(t, t_eval, orders, rows)


_register("finite_difference", {"k": 1}, family="finite difference", exact_degree=1)
_register(
    "savitzky_golay",
    {"left": 0.5, "right": 0.5, "order": 3},
    family="local polynomial",
    exact_degree=0,  # at the ends a window can hold fewer samples than a cubic has coefficients
    uneven=True,
    exempt={"t_stretch": TIME_UNITS},
)
_register("spectral", {}, family="spectral", exact_degree=0)
_register(
    "spline",
    {"s": 1e-2},
    family="spline",
    exact_degree=3,
    min_samples=4,
    uneven=True,
    exempt={
        "y_scale": "its smoothing is fixed in absolute units of the samples",
        "time_reversal": "where FITPACK puts knots depends on the direction of time",
    },
)
_register(
    "trend_filtered",
    {"order": 0, "alpha": 1e-2},
    family="regularisation",
    exact_degree=1,
    exempt={
        "y_scale": "its penalty is fixed in absolute units of the samples",
        "t_stretch": TIME_UNITS,
        "time_reversal": "its integral takes the first sample as exact",
    },
)
_register(
    "kalman",
    {"alpha": 1},
    family="kalman",
    exact_degree=1,
    uneven=True,
    exempt={
        "t_stretch": TIME_UNITS,
        "falls_with_noise": "its fixed smoothing has a bias that hides the noise",
    },
)
_register(
    "kernel",
    {"sigma": 1, "lmbd": 0.1, "kernel": "rbf"},
    family="gaussian process",
    exact_degree=-1,
    uneven=True,
    exempt={
        "y_shift": "its mean is 0, whatever that of the samples",
        "t_stretch": TIME_UNITS,
    },
)

ESTIMATORS.declare_same("derivative_finite_difference", "central_difference")
ESTIMATORS.explain(
    "derivative_kernel", NOT_FALLING, "its fixed smoothing has a bias that hides the noise"
)
