"""Estimated derivatives of one series as numbers, with a judgement on each order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.derived.feature import Feature
from tiltyard.application.derived.wanted import NO_PLACES, Wanted
from tiltyard.application.judgement import Judgement, Verdict, typical_error
from tiltyard.application.over_time import stretches, trusted_at
from tiltyard.application.series import Series
from tiltyard.studies.derivatives.contract import Array

#: Noise up to this share of the largest sample is the rounding of the numbers.
ROUNDING = 64.0 * np.finfo(float).eps
#: The same where rounding errors of whoever computed the samples have added up.
EXACT = 1e-12


@dataclass(frozen=True, eq=False)
class Drawn:
    """The same estimates at more times, close enough to be drawn as a curve.

    Attributes
    ----------
    t : (m,) array
        Times over the whole record [time].
    estimate, standard_deviation : (orders, m) array
    quantiles : (4, orders, m) array
        As in `Estimates`.
    """

    t: Array
    estimate: Array
    standard_deviation: Array
    quantiles: Array


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimated derivatives of one series.

    Attributes
    ----------
    series : Series
        The samples, and what was noticed about them.
    orders : tuple of int
        Orders of the derivatives.
    t_eval : (m,) array
        Times of the estimates [time].
    estimate, standard_deviation : (len(orders), m) array
        Row i belongs to ``orders[i]`` [signal / time**k]. The deviations are the estimator's own,
        else those of the simulation; NaN where there is neither. They are widened until they
        make expect what the verdict does (`Judgement.widening`).
    quantiles : (4, len(orders), m) array
        Quantiles at 0.025, 0.16, 0.84 and 0.975 [signal / time**k]: the ends of the 95 % and the
        68 % band. They are the estimator's own, widened as the deviations are; if it has none,
        those of normal distributions with the deviations above.
    curve : (n,) array
        The smooth curve at the sample times [signal].
    noise_level : float
        Standard deviation of the noise [signal], estimated or given.
    noise_given : bool
        Whether the user gave it.
    noise_words : str
        What the noise is and where that is from, if it is not white and equal; the level is then
        the root mean square over the samples.
    judgements : tuple of Judgement
        One an order.
    estimator : str
        Which one it was.
    chosen : bool
        Whether the user chose it.
    settings : dict
        What the estimator chose.
    draws : int
        Number of simulations.
    drawn : Drawn
        The estimates for a plot.
    notes : tuple of str
        What is to be known about the estimates, in plain words.
    pieces : tuple of Estimates
        Of a record that breaks: each piece with an estimate and judgements of its own. Estimates
        of the whole are NaN at times of no piece, and what breaks is not recoverable from it.
    wanted : Wanted
        Which maxima, minima and zeros were looked for.
    every_feature : tuple of Feature
        What was found, of orders that are not recoverable, too.
    """

    series: Series
    orders: tuple[int, ...]
    t_eval: Array
    estimate: Array
    standard_deviation: Array
    quantiles: Array
    curve: Array
    noise_level: float
    judgements: tuple[Judgement, ...]
    estimator: str
    chosen: bool
    settings: dict[str, Any]
    draws: int
    drawn: Drawn
    noise_given: bool = False
    noise_words: str = ""
    notes: tuple[str, ...] = ()
    pieces: tuple[Estimates, ...] = ()
    wanted: Wanted = NO_PLACES
    every_feature: tuple[Feature, ...] = ()

    @property
    def features(self) -> tuple[Feature, ...]:
        """What was found of recoverable orders: maxima, minima, zeros, the lag."""
        return tuple(one for one in self.every_feature if one.recoverable)

    @property
    def error_in_units(self) -> Array:
        """Root mean square error (orders,) to be expected at the samples [signal / time**k]."""
        return np.array([judgement.size for judgement in self.judgements])

    @property
    def typical_errors(self) -> Array:
        """What is to be expected (orders, m) at the times of `drawn` [signal / time**k]."""
        drawn, samples = self.drawn, len(self.series.t)
        ends = zip(drawn.standard_deviation, drawn.quantiles.swapaxes(0, 1), strict=True)
        return np.array([typical_error(*one, samples) for one in ends])

    @property
    def like_zero(self) -> NDArray[np.bool_]:
        """Whether each order (orders,) is less than its error: nothing tells it from zero."""
        size = np.sqrt(np.nanmean(np.square(self.drawn.estimate), axis=1))
        return np.asarray((self.error_in_units > 0) & (self.error_in_units >= size))

    @property
    def exact(self) -> bool:
        """Whether the samples have no noise but the rounding of their numbers."""
        return bool(self.noise_level <= EXACT * np.abs(self.series.y).max())

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """Whether each order is expected to have an nRMSE below 0.1."""
        return np.array([j.verdict is Verdict.TRUSTED for j in self.judgements])

    @property
    def trusted_at(self) -> NDArray[np.bool_]:
        """Whether each order (orders, m) is trusted at each time of the estimates.

        Errors are larger at the ends, in gaps and where the signal is quick: an order may be known
        on one stretch and not on another. Of a record in pieces each piece has its own.
        """
        trusted = np.zeros(self.estimate.shape, dtype=bool)
        for piece in self.pieces or (self,):
            own = np.searchsorted(self.t_eval, piece.t_eval)
            trusted[:, own] = trusted_at(piece.t_eval, stretches(piece))
        return trusted

    def shown(self, lost: bool = False) -> NDArray[np.bool_]:
        """Where (orders, m) an estimate is to be shown: of recoverable orders, or of all if `lost`.

        Of a record in pieces it is decided for each piece.
        """
        mask = np.zeros(self.estimate.shape, dtype=bool)
        for piece in self.pieces or (self,):
            own = np.searchsorted(self.t_eval, piece.t_eval)
            mask[:, own] = piece.recoverable[:, None] | lost
        return mask

    @property
    def recoverable(self) -> NDArray[np.bool_]:
        """Whether each order is trusted or at least rough."""
        return np.array([j.verdict is not Verdict.LOST for j in self.judgements])
