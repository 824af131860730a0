"""Derivatives of a checked series, with bands and a verdict on each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from tiltyard.application.arguments import Orders, checked_noise, checked_orders, checked_times
from tiltyard.application.breaks.finding import interventions, pieces_of
from tiltyard.application.breaks.rounded import rounded_interventions
from tiltyard.application.breaks.search import Interventions
from tiltyard.application.estimation import AUTO, evidence_of, find_estimator
from tiltyard.application.examination import Examined, examine
from tiltyard.application.noise.models import (
    NoiseModel,
    check_noise,
    checked_noise_model,
    first_deviations,
)
from tiltyard.application.outliers import outlier_notes
from tiltyard.application.pieces import Place, Request, estimate_piece, joined
from tiltyard.application.result import Derivatives
from tiltyard.application.series import Series, UnusableData
from tiltyard.application.simulation import Progress
from tiltyard.engine.machine.threads import on_one_thread
from tiltyard.studies.derivatives.contract import Array

#: Samples that share a value on average, from which their steps are not seen as breaks.
SHARED = 1.2
#: Fewest samples of a piece between two breaks.
FEWEST = 8


@on_one_thread()
def differentiate_series(
    series: Series,
    orders: Orders = (0, 1),
    t_eval: ArrayLike | None = None,
    estimator: str = AUTO,
    *,
    noise: float | None = None,
    noise_model: str = NoiseModel.AUTO,
    resolution: float | None = None,
    leave_out_outliers: bool = True,
    pieces: bool = True,
    draws: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Derivatives:
    """`differentiate` for a `Series`, which has been checked."""
    if estimator != AUTO:
        find_estimator(estimator)
    asked = series.t if t_eval is None else checked_times(t_eval, series)
    examined = examine(series.t, series.y, resolution=resolution)
    rng = np.random.default_rng(seed)
    request = Request(
        estimator=estimator,
        orders=checked_orders(orders),
        noise=checked_noise(noise),
        least_noise=examined.noise_floor * examined.inflation,
        draws=draws,
        rng=rng,
        progress=progress,
        noise_model=checked_noise_model(noise_model),
    )
    check_noise(request.noise_model, series, request.noise)
    known = None if series.noise is None else series.noise.taken(np.flatnonzero(examined.counts))
    deviation = first_deviations(request.noise_model, examined.y)
    deviation = deviation if known is None else known.deviations
    found = _interventions(examined, rng, deviation)
    out = found.outlying & leave_out_outliers
    edges = pieces_of(found, len(examined.t)) if pieces else [(0, len(examined.t))]
    parts, notes = [], [finding.told(series.told) for finding in examined.findings]
    notes += outlier_notes(series, examined.t, found.outlying, left_out=leave_out_outliers)
    for start, stop in edges:
        own = start + np.flatnonzero(~out[start:stop])
        if len(own) < FEWEST:
            notes.append(_too_few(series, examined.t[start:stop]))
            continue
        own_noise = None if known is None else known.taken(own)
        part = replace(series, t=examined.t[own], y=examined.y[own], notes=(), noise=own_noise)
        parts.append(estimate_piece(request, part, *_within(part.t, series.t, asked)))
    if not parts:
        raise UnusableData(f"{series.name}: {'; '.join(notes)}")
    kept = replace(
        series,
        t=examined.t[~out],
        y=examined.y[~out],
        notes=(*series.notes, *notes),
        noise=None if known is None else known.taken(~out),
        aside=np.hstack(
            [
                [series.t[~examined.counts], series.y[~examined.counts]],
                [examined.t[out], examined.y[out]],
            ]
        ),
    )
    places = [
        Place(one.kind, float(examined.t[one.before]), float(examined.t[one.after]))
        for one in found.breaks
        if pieces
    ]
    return joined(kept, places, parts, asked)


def _interventions(
    examined: Examined, rng: np.random.Generator, deviation: Array | None
) -> Interventions:
    """Outliers and breaks; where many samples share a value, its steps are neither."""
    t, y, step = examined.t, examined.y, examined.resolution
    if deviation is not None:
        return interventions(t, y, evidence_of, deviation)
    if step is None or examined.samples_per_step < SHARED:
        return interventions(t, y, evidence_of)
    return rounded_interventions(t, y, step, rng, evidence_of)


def _within(t: Array, *times: Array) -> list[Array]:
    """Those of the times that lie between the first and the last sample."""
    return [one[(one >= t[0]) & (one <= t[-1])] for one in times]


def _too_few(series: Series, t: Array) -> str:
    between = f"{series.told(t[0])} to {series.told(t[-1])}"
    return f"from {between} there are fewer than {FEWEST} samples that count: no estimate"
