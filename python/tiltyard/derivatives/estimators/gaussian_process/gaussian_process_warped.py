"""Gaussian processes whose time runs at a learned speed, several of them pooled."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from tiltyard.derivatives.estimator import MAX_ORDER, Array, Estimate, estimator
from tiltyard.derivatives.numerics.process_estimate import Scaled, scaled
from tiltyard.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.derivatives.numerics.scaling import unit_time
from tiltyard.derivatives.numerics.warped_members import Members, learn
from tiltyard.derivatives.numerics.warped_pooling import log_weights, pool
from tiltyard.derivatives.numerics.warped_posterior import Posterior

MOST_LEARNED_FROM = 400  # samples that settings are learned from: bounds the time
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
    """Estimate derivatives with pooled warped processes.

    Parameters
    ----------
    t, y, t_eval, orders
        As of `gaussian_process_warped`.
    noise : float or None
        Standard deviation of the noise [signal], if it is known. With 0 the samples are
        interpolated, to 1e-9 of their spread.
    consistent : bool
        Whether all orders have the same weights and are averaged, so that each estimated order
        is the derivative of the one before. Otherwise each order is pooled by itself.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        If `noise` is negative or not finite.
    """
    if noise is not None and not 0.0 <= noise < np.inf:
        raise ValueError(f"noise {noise} is no standard deviation: give a number >= 0 or None")
    line = scaled(t, y, t_eval, degree=1)
    if line.exact:
        return _straight(line, orders)
    samples, time = unit_samples(y), unit_time(t, t_eval)
    x, x_eval = 0.5 * time.x, 0.5 * time.x_eval
    known = None if noise is None else max(noise / samples.spread, LOWEST_NOISE) ** 2
    few = np.unique(np.rint(np.linspace(0, len(x) - 1, min(len(x), MOST_LEARNED_FROM))).astype(int))
    members = learn(x[few], samples.z[few], known).credible()
    posteriors = [Posterior(optimum, x, samples.z) for optimum in members.optima.values()]
    weighed = ALL_ORDERS if consistent else orders
    own = [posterior.predict(x[few], weighed) for posterior in posteriors]
    # Weights depend on the samples, not on the times at which derivatives are asked for.
    log = log_weights(members.evidence, np.array([p.variance.mean(axis=1) for p in own]))
    if consistent or not np.array_equal(x[few], x_eval):
        own = [posterior.predict(x_eval, orders) for posterior in posteriors]
    if consistent:
        log = np.tile(log.mean(axis=1, keepdims=True), len(orders))
    mean, variance = pool(
        [p.mean for p in own], [p.variance for p in own], log, members.evidence, consistent
    )
    scale = samples.spread * (2.0 * time.half_width) ** -np.asarray(orders, dtype=float)[:, None]
    values = scale * mean
    if 0 in orders:
        values[orders.index(0)] += samples.mean
    settings = _settings(members, posteriors, log, samples.spread)
    settings["learned_from"] = len(few)
    leader = posteriors[int(np.argmax(log[:, 0]))]
    settings["outliers"] = t[_outliers(leader)].tolist()
    length = leader.local_length() * (len(x) - 1)
    settings["samples_per_length"] = float(length.min())
    settings["fastest_at"] = float(t[np.argmin(length)])
    return Estimate(values, scale * np.sqrt(variance), settings)


def _straight(line: Scaled, orders: tuple[int, ...]) -> Estimate:
    """The straight line on which the samples lie."""
    time = line.time
    values = np.zeros((len(orders), len(time.x_eval)))
    for row, order in enumerate(orders):
        if order == 0:
            values[row] = line.mean + line.slope * time.x_eval
        elif order == 1:
            values[row] = line.slope
    return Estimate(
        time.to_time(values, orders), np.zeros_like(values), {"noise_sd": 0.0, "members": ["line"]}
    )


def _settings(
    members: Members, posteriors: list[Posterior], log: Array, spread: float
) -> dict[str, Any]:
    weights = np.exp(log - log.max(axis=0))
    weights /= weights.sum(axis=0)
    noise = np.array([posterior.noise_variance for posterior in posteriors])
    return {
        "noise_sd": float(np.sqrt(weights[:, 0] @ noise)) * spread,
        "members": list(members.optima),
        "log_evidence": [round(-float(value), 2) for value in members.evidence],
        "weights": np.round(weights, 3).tolist(),
    }


def _outliers(posterior: Posterior) -> Array:
    """Samples that the process does not expect.

    Such as one record in a hundred would have one of, were the noise normal (Bonferroni).
    """
    z = posterior.left_out()
    return np.asarray(np.abs(z) > -ndtri(0.5 * OUTLIERS / len(z)))


@estimator(
    "gaussian_process_warped",
    family="gaussian process",
    exact_degree=1,
    min_samples=20,
    standard_deviation=True,
    cites=(
        "rasmussen2006gaussian",
        "sampson1992nonparametric",
        "mackay1992bayesian",
        "osborne1992fisher",
        "kass1989approximate",
    ),
)
def gaussian_process_warped(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], noise: float | None = None
) -> Estimate:
    """Differentiate signals that are stationary in a time of their own.

    Signal ~ line + f(tau(t)) with f a stationary Gaussian process, whose Matérn smoothness is
    learned, and tau a clock whose logarithmic rate is a smooth random function. Where the signal
    varies fast the clock runs fast, so that one length scale serves the whole record. Members of
    the pool are stationary processes (squared-exponential with and without the line, Matérn),
    smooth clocks with spectra of three widths, and clocks that repeat once or twice in a period of
    0.08 to 0.62 of the record. The parameters of each minimise the negative log posterior by
    Fisher scoring, in turn with EM steps for the spectra of the clocks' log rates; members are
    pooled, order by order, by Laplace evidence and by their own standard deviations.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], spaced as they like, and samples [signal]; n >= 20. Above
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
        Medians and standard deviations of the pool, members' uncertain settings included;
        `settings` has ``noise_sd`` [signal], ``members`` with their ``log_evidence`` and their
        ``weights`` (a row a member, a column an order), and ``learned_from``, the number of samples
        that decided the settings. Of the leading member it has ``outliers``, times of samples that
        it does not expect (they are reported, not left out), and ``samples_per_length``, the
        shortest length scale in mean spacings, with its time ``fastest_at``: about 1 at a step,
        whose derivatives are then those of the smoothest curve between two samples.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, chapters 2, 4 and 5;
    Sampson & Guttorp (1992), JASA 87: stationary processes on deformed coordinates; MacKay
    (1992), Neural Computation 4: evidence and scales; Osborne (1992), International Statistical
    Review 60: Fisher scoring; Kass & Steffey (1989), JASA 84: uncertainty of settings.
    """
    return fit(t, y, t_eval, orders, noise)
