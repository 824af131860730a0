"""Estimates as plain values, for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tiltyard.application.derived.table import derived_facts
from tiltyard.application.judgement import Verdict
from tiltyard.application.over_time import Stretch, stretches
from tiltyard.studies.derivatives.contract import PROBABILITIES

if TYPE_CHECKING:
    from tiltyard.application.estimates import Estimates
    from tiltyard.application.judgement import Judgement
    from tiltyard.application.times import Times


def facts_of(found: Estimates, times: Times, lost: bool = False) -> dict[str, Any]:
    """What an estimate of one series is, and what is said of each order.

    Orders that are not recoverable have a verdict, but numbers only if `lost`. Times that were
    dates are dates again, in UTC if the file's say how far they are from it.
    """
    t: Any = found.t_eval
    if times.dated:
        t = [f"{date}Z" if times.utc else str(date) for date in times.dates(found.t_eval)]
    pieces = [facts_of(piece, times, lost) for piece in found.pieces]
    return {
        "signal": found.series.name,
        "samples": len(found.series.t),
        "estimator": found.estimator,
        "settings": found.settings,
        "noise_level": found.noise_level,
        "noise_given": found.noise_given,
        "noise_is": found.noise_words or "white and equal",
        "draws": found.draws,
        "notes": [*found.series.notes, *found.notes],
        "t": t,
        "orders": [
            {
                **_verdict(judgement),
                **({} if pieces else {"over_time": _over_time(parts)}),
                **(_numbers(found, row) if lost or judgement.verdict is not Verdict.LOST else {}),
            }
            for (row, judgement), parts in zip(
                enumerate(found.judgements), stretches(found), strict=True
            )
        ],
        **derived_facts(found, times, lost),
        **({"pieces": pieces} if pieces else {}),
    }


def _over_time(parts: Sequence[Stretch]) -> list[dict[str, Any]]:
    """From when to when an order has which verdict."""
    return [
        {
            "from": one.start,
            "to": one.stop,
            "error_in_units": one.error,
            "verdict": str(one.verdict),
        }
        for one in parts
    ]


def _verdict(judgement: Judgement) -> dict[str, Any]:
    return {
        "order": judgement.order,
        "verdict": str(judgement.verdict),
        "expected_error": judgement.expected_error,
        "from_posterior": judgement.from_posterior,
        "from_simulation": judgement.from_simulation,
        "from_residuals": judgement.from_residuals,
        "widening": judgement.widening.factor,
    }


def _numbers(found: Estimates, row: int) -> dict[str, Any]:
    quantiles = zip(PROBABILITIES, found.quantiles[:, row], strict=True)
    return {
        "estimate": found.estimate[row],
        "standard_deviation": found.standard_deviation[row],
        "quantiles": {f"{probability:g}": values for probability, values in quantiles},
    }
