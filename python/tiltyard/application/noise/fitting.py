"""An estimator called with what is known of the noise, and the noise that it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiltyard.application.estimation import Fit, fit_series, takes_noise
from tiltyard.application.noise.shaping import ShapedNoise
from tiltyard.application.residuals import noise_of
from tiltyard.application.series import Series
from tiltyard.studies.derivatives.contract import Array, Estimator

if TYPE_CHECKING:
    from tiltyard.application.pieces import Request


def fitted(
    request: Request,
    entry: Estimator,
    series: Series,
    times: Array,
    orders: tuple[int, ...],
    shaped: ShapedNoise | None,
) -> tuple[Fit, float | None]:
    """The fit, and the noise that it was told; noise below the resolution is told.

    Parameters
    ----------
    request : Request
    entry : Estimator
    series : Series
        The samples of a piece.
    times : (m,) array
        Times of the estimates [time].
    orders : tuple of int
    shaped : ShapedNoise or None
        Noise that is not white and equal.
    """
    known = request.noise if shaped is None else shaped.noise
    more = {} if shaped is None else shaped.told
    samples = (entry, series.t, series.y, times, orders, request.rng)
    fit = fit_series(*samples, known, more)
    if not takes_noise(entry) or request.noise is not None:
        return fit, known
    if known is not None or (shaped is not None and shaped.proportional):
        return fit, known
    least = request.least_noise
    if level_of(series, fit, shaped) >= least:
        return fit, known
    return fit_series(*samples, least, more), least


def level_of(series: Series, fit: Fit, shaped: ShapedNoise | None) -> float:
    """Standard deviation of the noise [signal]; the root mean square where it varies."""
    return noise_of(series, fit) if shaped is None else shaped.level(fit.values[0], fit.settings)
