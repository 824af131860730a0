"""Savitzky-Golay differentiation with the fixed windows and degrees of the earlier study.

The estimate is the derivative of the least-squares polynomial in a window, which is centred where
the record allows it and is otherwise the outermost full one (Gorry 1990). No setting depends on the
samples.
"""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, estimator
from tiltyard.studies.derivatives.numerics.local.moving_polynomial import (
    even_step,
    moving_fit,
    position,
)

#: Window [samples], degree, and the name in the earlier study.
VARIANTS = (
    (21, 7, "SavitzkyGolay"),
    (21, 5, "Savitzky-Golay"),
    (15, 7, "Savitzky-Golay-Fixed"),
)
#: Window and degree -> property that the fit cannot satisfy, with the reason.
EXEMPT = {
    (21, 5): {
        "falls_with_noise": "the window of 21 samples is fixed: its bias exceeds the noise's error"
    }
}


def fit(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], window: int, degree: int
) -> Array:
    """Differentiate the polynomial of `degree` in `window` samples.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing, evenly spaced sample times [time], and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``. Between two samples the estimates of the windows that
        belong to either are mixed in proportion to the distance.
    orders : tuple of int
        Derivative orders, up to `degree`.
    window : int
        Odd number of samples, at most n.
    degree : int
        Degree of the polynomial, 0 to ``window - 1``.

    Returns
    -------
    (len(orders), m) array
        [signal / time**k].

    Raises
    ------
    ValueError
        If the sample times are not evenly spaced.

    References
    ----------
    Savitzky & Golay (1964), Anal. Chem. 36(8), 1627-1639; Gorry (1990), Anal. Chem. 62(6),
    570-573.
    """
    step = even_step(t, "savitzky_golay")
    centre = float(np.mean(y))
    values = moving_fit(y - centre, position(t, t_eval), orders, window // 2, degree)
    k = np.array(orders)
    values /= step ** k[:, None].astype(float)
    values[k == 0] += centre
    return values


def _register(window: int, degree: int, prior_name: str) -> None:
    @estimator(
        f"savitzky_golay_{window}_{degree}",
        family="local polynomial",
        max_order=degree,
        exact_degree=degree,
        min_samples=window,
        uneven=False,
        cites=("savitzky1964smoothing", "gorry1990general"),
        exempt=EXEMPT.get((window, degree)),
        prior_names=(prior_name,),
    )
    def savitzky_golay(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Array:
        return fit(t, y, t_eval, orders, window, degree)


for _variant in VARIANTS:
    _register(*_variant)
