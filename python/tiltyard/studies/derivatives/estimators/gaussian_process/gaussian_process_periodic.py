"""Gaussian processes that repeat: exactly, or with a shape that changes slowly.

A periodic process needs no approximation: its features are the harmonics of the period, which is
the circumference of the circle. Times need not be folded, since the features are periodic.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_estimate import (
    Prediction,
    estimate_with,
    predict_found,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_likelihood import (
    SCAN_RATIOS,
    SCAN_SAMPLES,
    Data,
    Found,
    best,
    minimise,
    scan,
    selection,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_mixtures import (
    locally_periodic,
    periodic_density,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import Spectrum

LONGEST = 2.0  # period: one duration
SAMPLES = 4.0  # least average number of samples in a period
FREQUENCY_STEP = 0.2  # of the scan over 1 / period, in periods per record
MOST_PERIODS = 60.0  # largest number of periods in the record that is scanned
SCAN_HARMONICS = 20
WIDTHS = (0.5, 1.5)  # shape parameters b that are scanned
LENGTHS = (0.5, 2.0)  # length scales of the changing shape that are scanned
FOLLOWED = 2  # minima of the scan that are refined
RESOLUTION = 1e-10  # of the logarithm of the period
REFINED = 0.15  # half-width of the refinement, in periods per record


def of_period(period: float, n: int, harmonics: int | None = None) -> Spectrum:
    """Periodic processes of one period (record: 2), whose parameter is log b, 0.1 <= b <= 10."""
    most = 1.3 if harmonics is None else min(1.3, 4.0 * harmonics / ((n - 1) * period))
    bounds = np.log([[0.1], [10.0]])
    return Spectrum(
        periodic_density,
        lambda theta: period,
        bounds[0],
        bounds[1],
        np.array([False]),
        bandwidth=most,
    )


def candidates(data: Data) -> list[Array]:
    """Starting values (log period, log b, log noise ratio): minima of a scan over the period."""
    n = len(data.x)
    counts = np.arange(1.0, min((n - 1) / SAMPLES, MOST_PERIODS), FREQUENCY_STEP)
    shapes = [np.log([width]) for width in WIDTHS]
    tables = [scan(data, of_period(2.0 / count, n, SCAN_HARMONICS), shapes) for count in counts]
    lowest = np.array([table.min() for table in tables])
    padded = np.pad(lowest, 1, constant_values=np.inf)
    minima = np.flatnonzero((lowest <= padded[:-2]) & (lowest <= padded[2:]))
    found = []
    for index in sorted(minima.tolist(), key=lambda i: float(lowest[i]))[:FOLLOWED]:
        width, ratio = np.unravel_index(int(np.argmin(tables[index])), tables[index].shape)
        found.append(
            np.array([math.log(2.0 / counts[index]), shapes[width][0], SCAN_RATIOS[ratio]])
        )
    return found


def refined(data: Data, start: Array) -> Found | None:
    """The fit of the best period near that of `start`; None if no likelihood settles.

    Each period has its own best width and noise ratio. At low noise the minimum over the period is
    narrow; Brent's method finds it, since it brackets.
    """
    n = len(data.x)
    fits: list[Found] = []

    def criterion(log_period: float) -> float:
        theta = fits[-1].model.theta if fits else start[1:]
        found = minimise(data, of_period(math.exp(log_period), n), theta)
        if found is None:
            return math.inf
        if not fits or found.model.objective < fits[-1].model.objective:
            fits.append(found)
        return found.model.objective

    half_width = 0.5 * REFINED * math.exp(start[0])
    criterion(start[0])
    minimize_scalar(
        criterion,
        bounds=(start[0] - half_width, min(start[0] + half_width, math.log(LONGEST))),
        method="bounded",
        options={"xatol": RESOLUTION, "maxiter": 60},
    )
    return fits[-1] if fits else None


def best_periodic(data: Data) -> Found:
    """The periodic process of maximal likelihood.

    Raises
    ------
    RuntimeError
        If no period's likelihood settles.
    """
    fits = [one for start in candidates(data) if (one := refined(data, start)) is not None]
    if not fits:
        raise RuntimeError(
            f"gaussian_process_periodic: no period of n = {len(data.x)} samples has a likelihood "
            "with a minimum that Newton's method reaches; check that the samples are finite"
        )
    return min(fits, key=lambda one: one.model.objective)


def predict_periodic(data: Data, x_eval: Array, orders: tuple[int, ...]) -> Prediction:
    """Means, deviations and the fit of the best period; its theta begins with the log period."""
    found = best_periodic(data)
    period = found.samples.grid.period
    spectrum = of_period(period, len(data.x))
    mean, deviation, found = predict_found(data, spectrum, found, x_eval, orders)
    theta = np.append(math.log(period), found.model.theta)
    return mean, deviation, found._replace(model=found.model._replace(theta=theta))


def periodic_settings(theta: Array, half_width: float) -> dict[str, Any]:
    """Period and shape as the estimate reports them."""
    return {"period": math.exp(theta[0]) * half_width, "width": math.exp(theta[1])}


def predict_locally_periodic(data: Data, x_eval: Array, orders: tuple[int, ...]) -> Prediction:
    """Means, deviations and the best fit, started at the period of the best periodic process."""
    spectrum = locally_periodic()
    period = best_periodic(data).samples.grid.period
    few = selection(data, SCAN_SAMPLES)
    shapes = [np.log([length, period, width]) for length in LENGTHS for width in WIDTHS]
    objective = scan(few, spectrum, shapes)
    i, j = np.unravel_index(int(np.argmin(objective)), objective.shape)
    found = best(data, spectrum, [np.append(shapes[i], SCAN_RATIOS[j])])
    return predict_found(data, spectrum, found, x_eval, orders)


def locally_periodic_settings(theta: Array, half_width: float) -> dict[str, Any]:
    """Parameters of the spectrum as the estimate reports them."""
    return {
        "length_scale": math.exp(theta[0]) * half_width,
        "period": math.exp(theta[1]) * half_width,
        "width": math.exp(theta[2]),
    }


@estimator(
    "gaussian_process_periodic",
    family="gaussian process",
    exact_degree=0,
    min_samples=16,
    standard_deviation=True,
    cites=("rasmussen2006gaussian", "patterson1971recovery", "mackay1998introduction"),
    exempt={
        "falls_with_noise": "the suite's signal does not repeat within its record, so no periodic "
        "process has it and the error does not depend on the noise"
    },
)
def gaussian_process_periodic(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the posterior mean of a periodic Gaussian process.

    Signal ~ constant + GP with covariance ``s2 exp(-2 sin(pi d / period)**2 / width**2)``,
    independent Gaussian noise: for signals that repeat at least once. Period (at least four mean
    spacings, at most one duration), width and noise ratio maximise the restricted likelihood, in
    which the constant is integrated and the signal variance maximised out.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], evenly spaced or not, and samples [signal]; n >= 16.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : tuple of int
        Orders of the derivatives, 0 to 7.

    Returns
    -------
    Estimate
        Posterior mean and standard deviation, at fixed settings, of the noise-free
        signal's derivatives; `settings` has ``period`` [time], ``width``, and
        ``signal_sd`` and ``noise_sd`` [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section 4.2.3.
    MacKay (1998), Introduction to Gaussian processes.
    """
    return estimate_with(t, y, t_eval, orders, 0, predict_periodic, periodic_settings)


@estimator(
    "gaussian_process_locally_periodic",
    family="gaussian process",
    exact_degree=0,
    min_samples=16,
    standard_deviation=True,
    cites=("rasmussen2006gaussian", "patterson1971recovery", "mackay1998introduction"),
)
def gaussian_process_locally_periodic(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the posterior mean of a process whose periodic shape changes slowly.

    As `gaussian_process_periodic` with the covariance times that of a squared-exponential process
    of a length scale of at most one and a half durations.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], evenly spaced or not, and samples [signal]; n >= 16.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : tuple of int
        Orders of the derivatives, 0 to 7.

    Returns
    -------
    Estimate
        Posterior mean and standard deviation, at fixed settings, of the noise-free
        signal's derivatives; `settings` has ``length_scale``, ``period`` [time],
        ``width``, and ``signal_sd`` and ``noise_sd``
        [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section 4.2.3.
    MacKay (1998), Introduction to Gaussian processes.
    """
    return estimate_with(
        t, y, t_eval, orders, 0, predict_locally_periodic, locally_periodic_settings
    )
