"""Which estimator a piece of a record is given to, and what it is told of the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiltyard.application.estimation import FOR_FEW, find_estimator, fit_series, takes_shapes
from tiltyard.application.noise.shaping import ShapedNoise, shaped_noise
from tiltyard.application.options import ESTIMATOR
from tiltyard.application.series import Series, UnusableData
from tiltyard.studies.derivatives.contract import Array, Estimator

if TYPE_CHECKING:
    from tiltyard.application.pieces import Request


def estimator_and_noise(
    request: Request, series: Series
) -> tuple[Estimator, ShapedNoise | None, list[str]]:
    """The estimator of a piece, its noise unless that is white and equal, and a note on it.

    Raises
    ------
    UnusableData
        If the user chose an estimator that does not take the noise that the user knows.
    """
    entry = request.entry(len(series.t))
    usable = takes_shapes(entry) or not request.chosen
    known = series.noise
    if not usable and known is not None and known.scatter is not None:
        return entry, None, [f"{entry.name} does not use what repeated samples say of the noise"]
    if not usable and (known is not None or request.noise_model.shaped):
        raise UnusableData(
            f"{entry.name} takes noise to be the same for all samples, and independent: leave out "
            f"what you said of it, or take {ESTIMATOR.set_to(FOR_FEW)}"
        )
    if request.noise == 0.0:
        return entry, None, []
    found = shaped_noise(
        request.noise_model, series, request.noise, lambda noise: _curve(request, series, noise)
    )
    if found is None:
        return entry, None, []
    if not usable:
        note = (
            f"the noise seems to be correlated, of which {entry.name} knows nothing: its bands are "
            f"too narrow; {ESTIMATOR.set_to(FOR_FEW)} takes it into account"
        )
        return entry, None, [note]
    return entry if takes_shapes(entry) else find_estimator(FOR_FEW), found, []


def _curve(request: Request, series: Series, noise: ShapedNoise) -> Array:
    """The curve (n,) at the samples that comes of a noise."""
    fit = fit_series(
        *(find_estimator(FOR_FEW), series.t, series.y, series.t[:1], (0,), request.rng),
        noise.noise,
        noise.told,
    )
    return fit.values[0]
