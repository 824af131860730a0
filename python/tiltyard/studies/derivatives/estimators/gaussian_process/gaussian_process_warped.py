"""Gaussian processes whose time runs at a learned speed, pooled with parametric functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from tiltyard.studies.derivatives.contract import (
    MAX_ORDER,
    PROBABILITIES,
    Array,
    Estimate,
    estimator,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_estimate import Scaled, scaled
from tiltyard.studies.derivatives.numerics.parametric.joined import Joined, join
from tiltyard.studies.derivatives.numerics.parametric.parametric_member import ParametricMember
from tiltyard.studies.derivatives.numerics.parametric.parametric_members import parametric_members
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.scaling import unit_time
from tiltyard.studies.derivatives.numerics.warped.members import learn
from tiltyard.studies.derivatives.numerics.warped.pooling import (
    error_weights,
    estimate_weights,
    pool,
)
from tiltyard.studies.derivatives.numerics.warped.posterior import Posterior

MOST_LEARNED_FROM = 400  # samples from which settings are learned, to bound the time
ALL_ORDERS = tuple(range(MAX_ORDER + 1))
OUTLIERS = 0.01  # probability of a false alarm per record
LOWEST_NOISE = 1e-9  # of the samples' spread: a known noise below it counts as this


def fit(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    noise: float | None = None,
    consistent: bool = False,
) -> Estimate:
    """Estimate derivatives with pooled warped processes: the estimate of `fit_with_members`."""
    return fit_with_members(t, y, t_eval, orders, noise, consistent).estimate


class Fitted(NamedTuple):
    """A pool's estimate, and what its members say.

    Attributes
    ----------
    estimate : Estimate
        Result as of `gaussian_process_warped`.
    members : function
        Gives the derivatives (orders, q) of each member by its name [signal / time**k], at the
        times of the estimate; those of members that the pool leaves out, too.
    """

    estimate: Estimate
    members: Callable[[], dict[str, Array]]


def fit_with_members(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    noise: float | None = None,
    consistent: bool = False,
) -> Fitted:
    """Estimate derivatives with pooled warped processes, and keep what each member says.

    Parameters
    ----------
    t, y, t_eval, orders
        Arguments of `gaussian_process_warped`.
    noise : float or None
        Standard deviation of the noise [signal], if it is known. With 0 the samples are
        interpolated, to 1e-9 of their spread.
    consistent : bool
        Whether all orders have the same weights and are averaged, so that each estimated order
        is the derivative of the one before. Otherwise each order is pooled by itself.

    Returns
    -------
    Fitted
        The pool's estimate and its members.

    Raises
    ------
    ValueError
        If `noise` is negative or not finite.
    """
    if noise is not None and not 0.0 <= noise < np.inf:
        raise ValueError(f"noise {noise} is no standard deviation: give a number >= 0 or None")
    line = scaled(t, y, t_eval, degree=1)
    if line.exact:
        straight = _straight(line, orders)
        return Fitted(straight, lambda: {"line": straight.values})
    samples, time = unit_samples(y), unit_time(t, t_eval)
    x, x_eval = 0.5 * time.x, 0.5 * time.x_eval
    known = None if noise is None else max(noise / samples.spread, LOWEST_NOISE) ** 2
    few = np.unique(np.rint(np.linspace(0, len(x) - 1, min(len(x), MOST_LEARNED_FROM))).astype(int))
    learned = learn(x[few], samples.z[few], known)
    members, parametric = learned.credible(), parametric_members(x, samples.z, few, known)
    processes = [Posterior(optimum, x, samples.z) for optimum in members.optima.values()]
    joined = join(members, processes, parametric)
    posteriors = joined.posteriors
    weighed = ALL_ORDERS if consistent else orders
    own = [posterior.predict(x[few], weighed) for posterior in posteriors]
    # Weights depend on the samples, not on the times at which derivatives are asked for.
    sizes = np.array([p.variance.mean(axis=1) for p in own])
    of_errors = error_weights(joined.evidence, sizes)
    if consistent:
        with np.errstate(divide="ignore"):
            mean_size = np.exp(np.log(sizes).mean(axis=1, keepdims=True))
        sizes, of_errors = np.tile(mean_size, len(orders)), of_errors[:, list(orders)]
    weights = estimate_weights(joined.evidence, sizes)
    counts = np.flatnonzero((weights + of_errors).any(axis=1))
    if consistent or not np.array_equal(x[few], x_eval):
        asked = [posteriors[i].predict(x_eval, orders) for i in counts]
    else:
        asked = [own[i] for i in counts]
    means, variances = [p.mean for p in asked], [p.variance for p in asked]
    pooled = pool(means, variances, weights[counts], of_errors[counts], orders, consistent)
    scale = samples.spread * (2.0 * time.half_width) ** -np.asarray(orders, dtype=float)[:, None]
    values, quantiles = scale * pooled.estimate, scale * pooled.quantiles
    if 0 in orders:
        values[orders.index(0)] += samples.mean
        quantiles[:, orders.index(0)] += samples.mean
    settings = _settings(joined, weights, samples.spread)
    settings["learned_from"] = len(few)
    leader = processes[int(np.argmax(weights[: len(processes), 0]))]
    settings["outliers"] = t[_outliers(leader)].tolist()
    length = leader.local_length() * (len(x) - 1)
    settings["samples_per_length"] = float(length.min())
    settings["fastest_at"] = float(t[np.argmin(length)])

    def every_member() -> dict[str, Array]:
        used = dict(zip(members.optima, processes, strict=True))
        every: dict[str, Posterior | ParametricMember] = {
            name: used[name] if name in used else Posterior(optimum, x, samples.z)
            for name, optimum in learned.optima.items()
        }
        level = samples.mean * (np.asarray(orders) == 0)[:, None]
        return {
            name: scale * one.predict(x_eval, orders).mean + level
            for name, one in (every | parametric).items()
        }

    estimate = Estimate(values, scale * np.sqrt(pooled.variance), settings, quantiles)
    return Fitted(estimate, every_member)


def _straight(line: Scaled, orders: tuple[int, ...]) -> Estimate:
    """Derivatives of the straight line on which all samples lie."""
    time = line.time
    values = np.zeros((len(orders), len(time.x_eval)))
    for row, order in enumerate(orders):
        if order == 0:
            values[row] = line.mean + line.slope * time.x_eval
        elif order == 1:
            values[row] = line.slope
    settings = {"noise_sd": 0.0, "members": ["line"], "outliers": []}
    values = time.to_time(values, orders)
    quantiles = np.tile(values, (len(PROBABILITIES), 1, 1))
    return Estimate(values, np.zeros_like(values), settings, quantiles)


def _settings(joined: Joined, weights: Array, spread: float) -> dict[str, Any]:
    noise = np.array([posterior.noise_variance for posterior in joined.posteriors])
    return {
        "noise_sd": float(np.sqrt(weights[:, 0] @ noise)) * spread,
        "members": joined.names,
        "log_evidence": [round(-float(value), 2) for value in joined.evidence],
        "log_density_left_out": [round(-float(value), 2) for value in joined.surprise],
        "weights": np.round(weights, 3).tolist(),
    }


def _outliers(posterior: Posterior) -> Array:
    """Mask (n,) of the samples that the process does not expect.

    If the noise were normal, one record in a hundred would have such a sample (Bonferroni).
    """
    z = posterior.left_out().standardised()
    return np.asarray(np.abs(z) > -ndtri(0.5 * OUTLIERS / len(z)))


@estimator(
    "gaussian_process_warped",
    family="gaussian process",
    exact_degree=1,
    min_samples=20,
    standard_deviation=True,
    oracle="oracle_warped",
    cites=(
        "rasmussen2006gaussian",
        "sampson1992nonparametric",
        "mackay1992bayesian",
        "osborne1992fisher",
        "kass1989approximate",
        "geisser1979predictive",
        "nakatsukasa2018aaa",
        "costa2023aaals",
        "golub1973differentiation",
        "schwarz1978estimating",
        "zellner1986assessing",
        "kass1995bayes",
        "grunwald2017inconsistency",
        "lange1989robust",
    ),
)
def gaussian_process_warped(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], noise: float | None = None
) -> Estimate:
    """Differentiate pooled Gaussian processes on learned clocks, and two parametric functions.

    Signal ~ line + f(tau(t)) with f a stationary Gaussian process, whose Matérn smoothness is
    learned, and tau a clock whose logarithmic rate is a smooth random function. Where the signal
    varies fast the clock runs fast, so that one length scale fits the whole record. Members of the
    pool are stationary processes (squared-exponential with and without the line, Matérn),
    smooth clocks with spectra of several widths, and clocks that repeat once or twice in a period
    of 0.08 to 0.62 of the record. The parameters of each minimise the negative log posterior by
    Fisher scoring, in turn with EM steps for the spectra of the clocks' log rates. Two members are
    parametric: a rational function (`rational_least_squares`) and a sum of exponentials
    (`exponentials`), each with a polynomial. For each order, members are weighted by their Laplace
    evidence, tempered, and by their own variances.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], evenly spaced or not, and samples [signal]; n >= 20. Above
        400, an even selection of 400 decides the settings; estimates always use all.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : tuple of int
        Orders of the derivatives, 0 to 7; each is pooled by itself and need not be the derivative
        of the one before (`fit` has a variant in which it is).
    noise : float or None
        Standard deviation of the noise [signal], if it is known; 0 interpolates. No study gives it.

    Returns
    -------
    Estimate
        Medians, standard deviations and quantiles of the pool, members' uncertain settings
        included. Errors have heavier tails than a normal distribution, so that bands are those of
        the quantiles.
        `settings` has ``noise_sd`` [signal], ``members`` with their ``log_evidence``, their
        ``log_density_left_out`` (of each sample given the others) and their ``weights`` (a row a
        member, a column an order), and ``learned_from``, the number of samples that decided the
        settings. Of the leading process it has ``outliers``, times of samples that
        it does not expect (they are reported, not left out), and ``samples_per_length``, the
        shortest length scale in mean spacings, with its time ``fastest_at``: about 1 at a step,
        whose derivatives are then those of the smoothest curve between two samples.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, chapters 2, 4 and 5;
    Sampson & Guttorp (1992), JASA 87: stationary processes on deformed coordinates; MacKay
    (1992), Neural Computation 4: evidence and scales; Osborne (1992), International Statistical
    Review 60: Fisher scoring; Kass & Steffey (1989), JASA 84: uncertainty of settings; Geisser &
    Eddy (1979), JASA 74: samples left out; Zellner (1986) and Kass & Raftery (1995), JASA 90:
    priors and evidence of the parametric members; Grünwald & van Ommen (2017), Bayesian Analysis
    12: tempered evidence where no member is right; Lange, Little & Taylor (1989), JASA 84:
    Student's t for errors of uncertain size.
    """
    return fit(t, y, t_eval, orders, noise)
