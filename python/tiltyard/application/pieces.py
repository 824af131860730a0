"""One estimate and one judgement for each piece of a record, and the record put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tiltyard.application.breaks.effects import Effect
from tiltyard.application.clocks import log_clock, with_clock_error
from tiltyard.application.estimates import ROUNDING, Drawn
from tiltyard.application.estimation import (
    AUTO,
    Fit,
    automatic,
    find_estimator,
    fit_series,
)
from tiltyard.application.judgement import Judgement, expected_error, size_of
from tiltyard.application.judging import banded, judge
from tiltyard.application.noise.choosing import estimator_and_noise
from tiltyard.application.noise.fitting import fitted, level_of
from tiltyard.application.noise.growing import growing_notes
from tiltyard.application.noise.models import NoiseModel
from tiltyard.application.noise.shaping import ShapedNoise
from tiltyard.application.residuals import given_notes, leftover
from tiltyard.application.result import Derivatives
from tiltyard.application.series import Series
from tiltyard.application.simulation import Progress, simulate
from tiltyard.studies.derivatives.contract import Array, Estimator

#: Simulations where an estimator has no standard deviations of its own. A curve of p parameters
#: has then 5 p squares to average: with ten parameters the error is known to a tenth.
DRAWS = 5
#: Shortest length scale, in samples, below which the samples do not show what happens there.
UNRESOLVED = 1.5
#: Fewest times of a curve that is to be drawn.
CLOSE = 200


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked of every piece of a record.

    Attributes
    ----------
    estimator : str
        Name of a Python estimator, or ``auto``.
    orders : tuple of int
        Increasing orders of the derivatives.
    noise : float or None
        Known standard deviation of the noise [signal].
    least_noise : float
        What the samples' resolution makes of it at least [signal].
    draws : int or None
        Simulations; None: as many as the estimator needs.
    rng : numpy.random.Generator
    progress : callable or None
        Called after each simulation.
    noise_model : NoiseModel
        What is assumed of the noise where nothing is known of each sample's.
    """

    estimator: str
    orders: tuple[int, ...]
    noise: float | None
    least_noise: float
    draws: int | None
    rng: np.random.Generator
    progress: Progress | None = None
    noise_model: NoiseModel = NoiseModel.AUTO

    @property
    def chosen(self) -> bool:
        """Whether the user chose the estimator."""
        return self.estimator != AUTO

    def entry(self, samples: int) -> Estimator:
        """The estimator of a piece with so many samples."""
        return automatic(samples) if self.estimator == AUTO else find_estimator(self.estimator)


def estimate_piece(request: Request, series: Series, every: Array, asked: Array) -> Derivatives:
    """Estimate the derivatives of one piece, and judge every order.

    Parameters
    ----------
    request : Request
    series : Series
        The samples that count.
    every : (k,) array
        All times of the piece, those of samples that do not count, too: the verdict is on these.
    asked : (m,) array
        Times of the estimates, among the samples'.
    """
    entry, shaped, doubts = estimator_and_noise(request, series)
    computed = tuple(sorted({0, *request.orders}))
    rows = [computed.index(order) for order in request.orders]
    times = np.union1d(every, asked)
    if len(times) < CLOSE:
        times = np.union1d(times, np.linspace(series.t[0], series.t[-1], CLOSE))
    fit, noise = fitted(request, entry, series, times, computed, shaped)
    level = level_of(series, fit, shaped) if noise is None else noise
    fit, draws, strayed = _simulated(
        request, entry, series, times, computed, fit, level, known=noise, shaped=shaped
    )
    timed = shaped is not None and shaped.correlated  # over times, which another clock changes
    asked_clock = entry.standard_deviation and level > 0 and not timed
    clock = log_clock(series.t) if asked_clock else None
    if clock is not None:
        told = {} if shaped is None else shaped.told
        fit = with_clock_error(
            clock,
            lambda t, at, all_: fit_series(entry, t, series.y, at, all_, request.rng, noise, told),
            *(series.t, times, computed, fit),
        )
        doubts = [*doubts, clock.note]
    rounding = ROUNDING * float(np.abs(series.y).max())
    residuals = series.y - fit.values[0]
    if shaped is not None:
        residuals = shaped.residuals(series, fit.values[0], fit.settings)
    left = None if noise == 0 else leftover(series.t, residuals, rounding)
    place = np.searchsorted(times, every)
    judged = fit.at(place, own=entry.standard_deviation)
    judgements = tuple(
        judge(
            *(order, row, judged, None if strayed is None else strayed[:, :, place], left),
            samples=len(series.t),
            exact=level == 0,
        )
        for order, row in zip(request.orders, rows, strict=True)
    )
    drawn = banded(times, fit, rows, judgements)
    place = np.searchsorted(times, asked)
    return Derivatives(
        series=series,
        orders=request.orders,
        t_eval=asked,
        estimate=drawn.estimate[:, place],
        standard_deviation=drawn.standard_deviation[:, place],
        quantiles=drawn.quantiles[:, :, place],
        curve=fit.values[0],
        noise_level=level,
        noise_given=request.noise is not None,
        noise_words="" if shaped is None else shaped.words,
        judgements=judgements,
        estimator=entry.name,
        chosen=request.chosen,
        settings=fit.settings,
        draws=draws,
        drawn=drawn,
        notes=(
            *_notes(entry, fit, series),
            *doubts,
            *_noise_notes(request, series, fit, shaped, rounding),
            *([] if left is None else [left.note]),
        ),
    )


def _simulated(
    request: Request,
    entry: Estimator,
    series: Series,
    times: Array,
    computed: tuple[int, ...],
    fit: Fit,
    level: float,
    *,
    known: float | None,
    shaped: ShapedNoise | None,
) -> tuple[Fit, int, Array | None]:
    """The fit with standard deviations, how many records were simulated, and their errors."""
    draws = request.draws
    if draws is None:
        draws = 0 if entry.standard_deviation else DRAWS
    if known == 0 or not draws:
        return fit, 0, None
    _, strayed = simulate(
        entry,
        series,
        times,
        computed,
        fit,
        noise=level,
        draws=draws,
        rng=request.rng,
        known=known is not None,
        shaped=shaped,
        progress=request.progress,
    )
    if fit.asked_deviations is None:
        fit = replace(fit, asked_deviations=np.sqrt(np.mean(np.square(strayed), axis=0)))
    return fit, draws, strayed


def _noise_notes(
    request: Request, series: Series, fit: Fit, shaped: ShapedNoise | None, rounding: float
) -> list[str]:
    """What is to be said of the noise that was given, found or assumed."""
    if shaped is not None:
        return list(shaped.notes(series, fit))
    if request.noise is not None:
        return given_notes(series, request.noise)
    if request.noise_model is NoiseModel.AUTO:
        return growing_notes(series.y, fit.values[0], rounding)
    return []


def _notes(entry: Estimator, fit: Fit, series: Series) -> list[str]:
    """What is to be known about the estimator, in plain words."""
    notes, settings, samples = [], fit.settings, len(series.t)
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
    if settings.get("averaged", 1) > 1:
        notes.append(
            f"means of {settings['averaged']} neighbours were taken, within which the signal "
            "hardly bends: they say what the samples do"
        )
    if settings.get("windows", 1) > 1:
        notes.append(
            f"the record was divided into {settings['windows']} windows, which overlap by a fifth "
            "or more: each has settings of its own, and fades into the next"
        )
    if settings.get("samples_per_length", np.inf) < UNRESOLVED:
        fastest = series.told(settings["fastest_at"])
        notes.append(
            f"near {fastest} the signal changes within a sample's step: "
            "detail that the samples do not resolve; derivatives there are those of the "
            "smoothest curve through the samples"
        )
    return notes


@dataclass(frozen=True)
class Place:
    """Where a record breaks.

    Attributes
    ----------
    kind : Effect
        Its value is the lowest order that breaks.
    before, after : float
        Times of the samples between which it lies [time].
    """

    kind: Effect
    before: float
    after: float

    @property
    def time(self) -> float:
        """The middle."""
        return 0.5 * (self.before + self.after)

    def note(self, told: Callable[[float], str]) -> str:
        """What it is, in plain words; `told` says times as they were given."""
        between = f"at {told(self.time)}, between {told(self.before)} and {told(self.after)},"
        return {
            Effect.JUMP: f"{between} the signal jumps: no derivative exists there",
            Effect.KINK: f"{between} the signal has a kink: its slope changes at once, and no "
            "derivative from order 2 on exists there",
            Effect.ONSET: f"{between} the signal's curvature changes at once, as at an onset: no "
            "derivative from order 3 on exists there",
        }[self.kind]


def joined(
    series: Series, places: Sequence[Place], pieces: Sequence[Derivatives], asked: Array
) -> Derivatives:
    """A record in pieces: each time has the estimate of its piece, NaN where there is none.

    An order that breaks somewhere is not recoverable from the whole, whatever the pieces say.
    Times between the two samples at a break belong to no piece.
    """
    first = pieces[0]
    if not places:
        return replace(first, series=series, **_spread(asked, pieces))
    broken = min(place.kind for place in places)
    drawn = Drawn(
        np.concatenate([np.append(one.drawn.t, one.drawn.t[-1]) for one in pieces]),
        _apart([one.drawn.estimate for one in pieces]),
        _apart([one.drawn.standard_deviation for one in pieces]),
        _apart([one.drawn.quantiles for one in pieces]),
    )
    judgements = tuple(
        _across(order, row, pieces, exists=order == 0 or order < int(broken))
        for row, order in enumerate(first.orders)
    )
    noise = np.concatenate([np.full(len(one.curve), one.noise_level) for one in pieces])
    return replace(
        first,
        series=series,
        **_spread(asked, pieces),
        curve=np.concatenate([one.curve for one in pieces]),
        noise_level=float(np.sqrt(np.mean(np.square(noise)))),
        noise_words=_common([one.noise_words for one in pieces]),
        judgements=judgements,
        settings={},
        drawn=drawn,
        notes=(
            *(place.note(series.told) for place in places),
            *(f"piece {k}: {note}" for k, one in enumerate(pieces, 1) for note in one.notes),
        ),
        pieces=tuple(pieces),
    )


def _common(words: Sequence[str]) -> str:
    """What is said of the noise of all pieces."""
    return words[0] if len(set(words)) == 1 else "of several kinds, see the notes"


def _apart(parts: Sequence[Array]) -> Array:
    """Arrays (..., m) one after the other, with a NaN behind each, where a line is interrupted."""
    gap = np.full((*parts[0].shape[:-1], 1), np.nan)
    return np.concatenate([array for part in parts for array in (part, gap)], axis=-1)


def _spread(asked: Array, pieces: Sequence[Derivatives]) -> dict[str, Any]:
    """The estimates of all pieces at the times asked for, NaN where there is none."""
    size = (len(pieces[0].orders), len(asked))
    found = {
        "estimate": np.full(size, np.nan),
        "standard_deviation": np.full(size, np.nan),
        "quantiles": np.full((len(pieces[0].quantiles), *size), np.nan),
    }
    for one in pieces:
        own = np.searchsorted(asked, one.t_eval)
        for name, values in found.items():
            values[..., own] = getattr(one, name)
    return {"t_eval": asked, **found}


def _across(order: int, row: int, pieces: Sequence[Derivatives], *, exists: bool) -> Judgement:
    """The judgement on one order over all pieces."""
    if not exists:
        return Judgement(order, None, None, broken=True)
    estimate = np.concatenate([one.drawn.estimate[row] for one in pieces])
    error = np.concatenate([one.typical_errors[row] for one in pieces])
    return Judgement(order, expected_error(error, estimate), None, size=size_of(error))
