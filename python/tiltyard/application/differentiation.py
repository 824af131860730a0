"""Derivatives of a checked series, with bands and a verdict on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tiltyard.application.arguments import Orders, checked_noise, checked_orders, checked_times
from tiltyard.application.estimation import AUTO, Fit, automatic, find_estimator, fit_series
from tiltyard.application.judging import banded, judge
from tiltyard.application.outliers import without_outliers
from tiltyard.application.residuals import given_notes, leftover, noise_of, outlier_notes
from tiltyard.application.result import Derivatives
from tiltyard.application.series import Series, UnusableData
from tiltyard.application.simulation import Progress, simulate
from tiltyard.engine.machine.threads import on_one_thread
from tiltyard.studies.derivatives.contract import Estimator

#: Simulations by default. A curve of p parameters has then 5 p squares to average: with ten
#: parameters the error is known to a tenth.
DRAWS = 5
#: Shortest length scale, in samples, below which the samples do not show what happens there.
UNRESOLVED = 1.5
#: Fewest times of a curve that is to be drawn.
CLOSE = 400
#: Most samples in one go; the cost of the better estimators grows with the second power or more.
MOST = 5_000


@on_one_thread()
def differentiate_series(
    series: Series,
    orders: Orders = (0, 1),
    t_eval: ArrayLike | None = None,
    estimator: str = AUTO,
    *,
    noise: float | None = None,
    leave_out: bool = False,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Derivatives:
    """`differentiate` for a `Series`, which has been checked."""
    entry = automatic(len(series.t)) if estimator == AUTO else find_estimator(estimator)
    wanted = checked_orders(orders)
    if len(series.t) > MOST:
        raise UnusableData(
            f"{series.name}: {len(series.t)} samples are more than {MOST}: take a part of the "
            "record, or the mean of neighbours"
        )
    asked = series.t if t_eval is None else checked_times(t_eval, series)
    computed = tuple(sorted({0, *wanted}))
    rows = [computed.index(order) for order in wanted]
    rng = np.random.default_rng(seed)
    even = np.linspace(series.t[0], series.t[-1], CLOSE)
    close = asked if len(asked) >= CLOSE else np.union1d(asked, even)
    given = checked_noise(noise)

    def fitted(one: Series) -> Fit:
        return fit_series(entry, one.t, one.y, close, computed, rng, given)

    fit = fitted(series)
    if leave_out:
        series, fit = without_outliers(series, fit, fitted)
    level = noise_of(series, fit) if noise is None else noise
    exact = noise == 0
    strayed = None
    if draws and not exact:
        # The bands of an estimator without deviations are the scatter at all times; else the
        # samples' times suffice.
        without = fit.asked_deviations is None
        strayed, scatter = simulate(
            entry,
            series.t,
            close if without else series.t,
            computed,
            fit if without else replace(fit, asked=fit.values),
            noise=level,
            draws=draws,
            rng=rng,
            known=noise is not None,
            progress=progress,
        )
        if without:
            fit = replace(fit, asked_deviations=np.sqrt(np.mean(np.square(scatter), axis=0)))
    residuals = series.y - fit.values[0]
    left = None if exact else leftover(series.t, residuals)
    judgements = tuple(
        judge(order, row, fit, strayed, left, exact=level == 0)
        for order, row in zip(wanted, rows, strict=True)
    )
    drawn = banded(close, fit, rows, judgements)
    place = np.searchsorted(close, asked)
    return Derivatives(
        series=series,
        orders=wanted,
        t_eval=asked,
        estimate=drawn.estimate[:, place],
        standard_deviation=drawn.standard_deviation[:, place],
        quantiles=drawn.quantiles[:, :, place],
        curve=fit.values[0],
        noise_level=level,
        noise_given=noise is not None,
        judgements=judgements,
        estimator=entry.name,
        chosen=estimator != AUTO,
        settings=fit.settings,
        draws=0 if exact else draws,
        drawn=drawn,
        notes=(
            *_notes(entry, fit.settings, len(series.t)),
            *([] if noise is None else given_notes(series, noise)),
            *outlier_notes(residuals, level),
            *([] if left is None else [left.note]),
        ),
    )


def _notes(entry: Estimator, settings: Mapping[str, Any], samples: int) -> list[str]:
    """What is to be known about the estimator, in plain words."""
    notes = []
    if not entry.standard_deviation:
        notes.append(
            f"{entry.name} has no standard deviations of its own: the bands are the scatter of the "
            "simulations, which do not see what the curve has smoothed away"
        )
    few = settings.get("learned_from", samples)
    if few < samples:
        notes.append(
            f"{few} of the {samples} samples, evenly chosen, decided how smooth the curve is; all "
            "of them decided the curve"
        )
    if settings.get("samples_per_length", np.inf) < UNRESOLVED:
        notes.append(
            f"near {settings['fastest_at']:.6g} the signal changes within a sample's step: a jump, "
            "or detail that the samples do not resolve; derivatives there are those of the "
            "smoothest curve through the samples"
        )
    return notes
