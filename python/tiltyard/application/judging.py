"""The judgement on each order of an estimate, and how wide its bands have to be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiltyard.application.estimates import Drawn
from tiltyard.application.estimation import Fit
from tiltyard.application.judgement import (
    AS_THEY_ARE,
    Judgement,
    expected_error,
    size_of,
    typical_error,
    widening_to,
)
from tiltyard.application.residuals import Leftover
from tiltyard.studies.derivatives.bands import normal_quantiles
from tiltyard.studies.derivatives.contract import Array


def judge(
    order: int,
    row: int,
    fit: Fit,
    strayed: Array | None,
    left: Leftover | None,
    *,
    samples: int,
    exact: bool,
) -> Judgement:
    """The judgement on the order in this row of the fit and of the simulations.

    Parameters
    ----------
    order, row : int
    fit : Fit
    strayed : (draws, orders, n) array or None
        Differences of simulated estimates from their truth, at the sample times.
    left : Leftover or None
        What the residuals still hold.
    samples : int
        Number of samples that the fit is from.
    exact : bool
        Whether the samples lie on the curve without any noise.
    """
    estimate = fit.values[row]
    own = None if fit.deviations is None else fit.deviations[row]
    quantiles = None if fit.quantiles is None else fit.quantiles[:, row]
    posterior = None if own is None else typical_error(own, quantiles, samples)
    simulated = None if strayed is None else strayed[:, row]
    band = posterior if posterior is not None else simulated
    residual = None
    if left is not None and not left.coloured:
        residual = np.full_like(estimate, left.spread(order))
    elif left is not None and band is not None:
        residual = left.widening * band
    errors = [error for error in (posterior, simulated, residual) if error is not None]
    return Judgement(
        order,
        None if posterior is None else expected_error(posterior, estimate, exact),
        None if simulated is None else expected_error(simulated, estimate, exact),
        None if residual is None else expected_error(residual, estimate),
        AS_THEY_ARE if band is None else widening_to(band, errors),
        size=max(map(size_of, errors), default=float("nan")),
    )


def banded(t: Array, fit: Fit, rows: Sequence[int], judgements: Sequence[Judgement]) -> Drawn:
    """The estimates at the evaluation times `t`, with bands as wide as the judgements say.

    `rows` are those of the fit that the judgements are on.
    """
    estimate = fit.asked[rows]
    deviations = np.full_like(estimate, np.nan)
    if fit.asked_deviations is not None:
        deviations = fit.asked_deviations[rows]
    quantiles = normal_quantiles(estimate, deviations)
    if fit.asked_quantiles is not None:
        quantiles = fit.asked_quantiles[:, rows]
    widened = [
        (judgement.widening.of_deviations(deviation), judgement.widening.of_quantiles(ends))
        for judgement, deviation, ends in zip(
            judgements, deviations, quantiles.swapaxes(0, 1), strict=True
        )
    ]
    return Drawn(
        t,
        estimate,
        np.stack([deviation for deviation, _ in widened]),
        np.stack([ends for _, ends in widened], axis=1),
    )
