"""Estimates whose curves have been changed, piece by piece, with what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from tiltyard.application.estimates import Drawn, Estimates
from tiltyard.application.judgement import Judgement, expected_error, size_of, typical_error
from tiltyard.studies.derivatives.contract import Array

Some = TypeVar("Some", bound=Estimates)


@dataclass(frozen=True, eq=False)
class Changed:
    """What a piece is afterwards.

    Attributes
    ----------
    drawn : Drawn
    judgements : tuple of Judgement
    curve : (n,) array
        At the sample times.
    noise_level : float
    """

    drawn: Drawn
    judgements: tuple[Judgement, ...]
    curve: Array
    noise_level: float


def redrawn(found: Some, change: Callable[[Estimates], Changed]) -> Some:
    """The estimates after a change of each piece; what broke is broken still."""
    if not found.pieces:
        return _with(found, change(found))
    pieces = tuple(_with(one, change(one)) for one in found.pieces)
    drawn = Drawn(
        found.drawn.t,
        _apart([one.drawn.estimate for one in pieces]),
        _apart([one.drawn.standard_deviation for one in pieces]),
        _apart([one.drawn.quantiles for one in pieces]),
    )
    judgements = tuple(
        before
        if before.broken
        else _judgement(
            before.order,
            np.concatenate([one.typical_errors[row] for one in pieces]),
            np.concatenate([one.drawn.estimate[row] for one in pieces]),
        )
        for row, before in enumerate(found.judgements)
    )
    noise = np.concatenate([np.full(len(one.curve), one.noise_level) for one in pieces])
    curve = np.concatenate([one.curve for one in pieces])
    level = float(np.sqrt(np.mean(np.square(noise))))
    return replace(_with(found, Changed(drawn, judgements, curve, level)), pieces=pieces)


def _with(found: Some, changed: Changed) -> Some:
    drawn = changed.drawn
    return replace(
        found,
        drawn=drawn,
        judgements=changed.judgements,
        curve=changed.curve,
        noise_level=changed.noise_level,
        estimate=_at(drawn, drawn.estimate, found.t_eval),
        standard_deviation=_at(drawn, drawn.standard_deviation, found.t_eval),
        quantiles=_at(drawn, drawn.quantiles, found.t_eval),
    )


def _at(drawn: Drawn, values: Array, times: Array) -> Array:
    """Values (..., m) at times of the curve, NaN at others."""
    place = np.minimum(np.searchsorted(drawn.t, times), len(drawn.t) - 1)
    return np.where(drawn.t[place] == times, values[..., place], np.nan)


def _apart(parts: Sequence[Array]) -> Array:
    """Arrays (..., m) one after the other, with a NaN behind each, where a line is interrupted."""
    gap = np.full((*parts[0].shape[:-1], 1), np.nan)
    return np.concatenate([array for part in parts for array in (part, gap)], axis=-1)


def judged(orders: Sequence[int], drawn: Drawn, samples: int) -> tuple[Judgement, ...]:
    """The judgements on the orders of a piece with so many samples, by its bands."""
    return tuple(
        _judgement(
            order,
            typical_error(drawn.standard_deviation[row], drawn.quantiles[:, row], samples),
            drawn.estimate[row],
        )
        for row, order in enumerate(orders)
    )


def _judgement(order: int, error: Array, estimate: Array) -> Judgement:
    return Judgement(order, expected_error(error, estimate), None, size=size_of(error))
