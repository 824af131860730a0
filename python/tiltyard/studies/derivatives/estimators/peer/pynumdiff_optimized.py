"""PyNumDiff's methods with the settings that its own optimiser chooses from the data alone.

`pynumdiff.optimize.optimize` minimises the misfit of the integrated derivative plus a weight times
its total variation; the weight follows from the step and the highest frequency of interest by the
package's formula. That frequency is taken where the spectrum of the samples has fallen 20 dB below
its peak (`bandlimit`). The search runs in one process, in its default space, without the true
derivative. Of settings with equal results, as all kernels of one sample, different processes may
name different ones.

Four methods are left out, since their search takes about a minute of CPU or more for 101 samples:
`robustdiff`, `lineardiff`, and `iterative_velocity` and `smooth_acceleration`, which the package
itself calls minor.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tiltyard.studies.derivatives.contract import ESTIMATORS, Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.peer.samples_only import at_times, mean_step, silence

CITES = ("komarov2026pynumdiff", "breugel2020numerical")
#: Share of the spectrum's peak, -20 dB, that ends the band of interest.
FALLEN = 0.01
TIME_UNITS = "the formula for its weight holds in one unit of time"


def bandlimit(t: Array, y: Array) -> float:
    """The highest frequency of interest in evenly spaced samples [1 / time].

    It is the last frequency at which the periodogram exceeds 1% of its largest value, or one period
    per record if the samples lie on a line. The line through the ends and then the mean are removed
    from the samples, and a Hann window is applied.
    """
    x = y - np.interp(t, t[[0, -1]], y[[0, -1]])
    power = np.abs(np.fft.rfft((x - np.mean(x)) * np.hanning(len(x)))) ** 2
    high = np.flatnonzero(power > FALLEN * np.max(power))
    return float(max(1, high[-1] if len(high) else 1) / (len(t) * mean_step(t)))


def _register(
    function: str,
    *,
    family: str,
    exact_degree: int,
    min_samples: int = 12,
    slow: bool = True,
    exempt: Mapping[str, str] | None = None,
) -> None:
    """Register the optimised ``pynumdiff.<function>`` as ``pynumdiff_<function>_optimized``."""

    @estimator(
        f"pynumdiff_{function}_optimized",
        family=family,
        max_order=1,
        exact_degree=exact_degree,
        min_samples=min_samples,
        uneven=False,
        tags=("peer", "slow") if slow else ("peer",),
        cites=CITES,
        exempt=exempt,
    )
    def adapter(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
        # The optimiser uses CVXPY and its solvers; so they enter the method's version.
        import clarabel  # noqa: F401
        import cvxpy  # noqa: F401
        import osqp  # noqa: F401
        import pynumdiff.optimize

        method = getattr(pynumdiff, function)
        step, limit = mean_step(t), bandlimit(t, y)
        with silence():
            chosen, _ = pynumdiff.optimize.optimize(
                method, y, step, bandlimit=limit, parallel=False
            )
            values = at_times(t, t_eval, orders, method(y, step, **chosen))
        return Estimate(values, settings={"bandlimit": limit, **_plain(chosen)})


def _plain(chosen: Mapping[str, object]) -> dict[str, object]:
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in sorted(chosen.items())}


_register(
    "finitediff",
    family="finite difference",
    exact_degree=1,
    slow=False,
    exempt={"t_stretch": TIME_UNITS},
)
_register(
    "kerneldiff",
    family="finite difference",
    exact_degree=2,
    slow=False,
    exempt={"t_stretch": TIME_UNITS},
)
_register(
    "splinediff",
    family="spline",
    exact_degree=3,
    slow=False,
    exempt={
        "t_stretch": TIME_UNITS,
        "time_reversal": "where FITPACK puts knots depends on the direction of time",
    },
)
_register(
    "spectraldiff",
    family="spectral",
    exact_degree=1,
    slow=False,
    exempt={"t_stretch": TIME_UNITS},
)
_register(
    "rbfdiff",
    family="gaussian process",
    exact_degree=-1,
    slow=False,
    exempt={
        "y_shift": "its mean is 0, whatever that of the samples",
        "t_stretch": TIME_UNITS,
    },
)
_register(
    "waveletdiff",
    family="spectral",
    exact_degree=1,
    min_samples=46,  # for the longest wavelet of its search
    exempt={"t_stretch": TIME_UNITS, "time_reversal": "its wavelets are not symmetric"},
)
_register(
    "savgoldiff",
    family="local polynomial",
    exact_degree=1,
    exempt={"t_stretch": TIME_UNITS},
)
_register(
    "rtsdiff",
    family="kalman",
    exact_degree=1,
    exempt={
        "t_stretch": TIME_UNITS,
        "time_reversal": "its backward pass keeps the process covariance of the forward one",
    },
)
_register(
    "polydiff",
    family="local polynomial",
    exact_degree=2,
    exempt={"t_stretch": TIME_UNITS},
)
_register(
    "tvrdiff",
    family="regularisation",
    exact_degree=2,
    exempt={
        "t_stretch": TIME_UNITS,
        "time_reversal": "sums stand for integrals, and its last value is extrapolated",
    },
)
_register(
    "butterdiff",
    family="finite difference",
    exact_degree=1,
    exempt={
        "t_stretch": TIME_UNITS,
        "time_reversal": "its filter runs forwards and then backwards",
    },
)

# Its search ends at a kernel of one sample, whatever the noise: no smoothing at all.
ESTIMATORS.declare_same("pynumdiff_kerneldiff_optimized", "central_difference")
