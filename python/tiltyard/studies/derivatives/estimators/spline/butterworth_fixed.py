"""Zero-phase Butterworth filters of fixed cut-off, differentiated by a quintic spline."""

from __future__ import annotations

from scipy.signal import butter, sosfiltfilt

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.splines.quintic_spline import (
    DEGREE,
    differentiate_samples,
)

FILTERS = {4: (0.1, "Butterworth"), 2: (0.2, "ButterworthSpline")}  # order: cut-off / Nyquist, name
EXEMPT = {
    "time_reversal": "the filter runs forwards first, from a state that it estimates",
    "falls_with_noise": "the bias of the fixed cut-off exceeds the error from noise of 5 %",
}


def filter_twice(y: Array, order: int, cut_off: float) -> Array:
    """Filter `y` (n,) forwards and backwards; `cut_off` in units of the Nyquist frequency.

    At both ends ``3 * (order + 1)`` samples are added, reflected about the end's own value. The
    gain is the product of both passes: 1/2 at the cut-off.
    """
    sections = butter(order, cut_off, output="sos")
    return sosfiltfilt(sections, y - y[0], padlen=3 * (order + 1)) + y[0]


def _register(order: int, cut_off: float, prior_name: str) -> None:
    @estimator(
        f"butterworth_spline_fixed_{order}",
        family="spline",
        max_order=DEGREE,
        exact_degree=0,
        min_samples=3 * (order + 1) + 1,
        uneven=False,
        cites=("butterworth1930theory", "gustafsson1996determining"),
        exempt=EXEMPT,
        prior_names=(prior_name,),
    )
    def filtered(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
        """Quintic spline through samples that a Butterworth filter has smoothed twice."""
        smooth = filter_twice(y, order, cut_off)
        step = float((t[-1] - t[0]) / (len(t) - 1))
        settings = {"order": order, "cut_off_frequency": 0.5 * cut_off / step}
        return Estimate(differentiate_samples(t, smooth, t_eval, orders), None, settings)


for _order, (_cut_off, _prior_name) in FILTERS.items():
    _register(_order, _cut_off, _prior_name)
