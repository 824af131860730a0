"""Least-squares trigonometric polynomials whose period is the record's length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.nested_basis import (
    aicc,
    fit_nested,
    gcv,
    rounding_squares,
)
from tiltyard.studies.derivatives.numerics.bases.series import (
    differentiate_harmonics,
    harmonic_basis,
    harmonics_of,
    record_frequency,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time

#: Largest numbers of harmonics of the two series of the earlier study.
FOURIER_HARMONICS = 25
TRIGONOMETRIC_HARMONICS = 20
#: Largest number of harmonics of `fourier_aicc`.
AICC_HARMONICS = 60

#: Exemption of series that are fitted to signals of which the record is not one period.
JUMP = {
    "falls_with_noise": "small noise admits more harmonics, and the slope of Gibbs's oscillations "
    "at the ends grows with them"
}

Criterion = Callable[[Array, Array, int, float], Array]


@estimator(
    "fourier_fixed",
    cites=("trefethen2000spectral",),
    family="spectral",
    exact_degree=0,
    min_samples=9,
    standard_deviation=True,
    prior_names=("fourier",),
)
def fourier_fixed(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares Fourier series of min((n - 1) // 4, 25) harmonics.

    The settings of the earlier study. The period is ``t[-1] - t[0]``, a length that uneven samples
    have too. So the series has the same value at both ends of the record, and Gibbs's oscillations
    if the signal does not.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values and standard deviations ``(len(orders), m)`` [signal / time**k], the latter those
        of the coefficients with the residual variance; ``harmonics``.
    """
    return fit_harmonics(t, y, t_eval, orders, quarter(len(t), FOURIER_HARMONICS))


@estimator(
    "fourier_gcv",
    family="spectral",
    exact_degree=0,
    min_samples=9,
    standard_deviation=True,
    cites=("craven1978smoothing",),
    prior_names=("Fourier-GCV",),
    exempt=JUMP,
)
def fourier_gcv(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares Fourier series of 1 ... 25 harmonics by GCV.

    The settings of the earlier study, as far as n samples determine as many harmonics: up to
    (n - 3) // 2. Period, parameters and result as for `fourier_fixed`.
    """
    most = min(FOURIER_HARMONICS, (len(t) - 3) // 2)
    return fit_harmonics(t, y, t_eval, orders, select_harmonics(t, y, gcv, 1, most))


@estimator(
    "fourier_aicc",
    family="spectral",
    exact_degree=0,
    min_samples=9,
    standard_deviation=True,
    cites=("hurvich1989regression",),
    exempt=JUMP,
)
def fourier_aicc(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares Fourier series whose number of harmonics minimises AICc.

    For signals of which the record is one period; `fourier` needs no period. From 0 to
    min((n - 5) // 2, 60) harmonics compete. Period, parameters and result as for `fourier_fixed`.
    """
    most = min(AICC_HARMONICS, (len(t) - 5) // 2)
    return fit_harmonics(t, y, t_eval, orders, select_harmonics(t, y, aicc, 0, most))


@estimator(
    "trigonometric_fixed",
    cites=("trefethen2000spectral",),
    family="spectral",
    exact_degree=0,
    min_samples=9,
    standard_deviation=True,
    prior_names=("ad_trig",),
)
def trigonometric_fixed(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the trigonometric polynomial of min((n - 1) // 4, 20) harmonics.

    The settings of the earlier study; `fourier_fixed` with another bound. Its derivatives are
    written out, so that nothing is left to differentiate automatically. Period, parameters and
    result as for `fourier_fixed`.
    """
    return fit_harmonics(t, y, t_eval, orders, quarter(len(t), TRIGONOMETRIC_HARMONICS))


@estimator(
    "trigonometric_gcv",
    family="spectral",
    exact_degree=0,
    min_samples=9,
    standard_deviation=True,
    cites=("craven1978smoothing",),
    prior_names=("ad_trig_adaptive",),
    exempt=JUMP,
)
def trigonometric_gcv(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the trigonometric polynomial of 1 ... min((n - 1) // 4, 20) harmonics by GCV.

    The settings of the earlier study; `fourier_gcv` with another bound. Period, parameters and
    result as for `fourier_fixed`.
    """
    most = quarter(len(t), TRIGONOMETRIC_HARMONICS)
    return fit_harmonics(t, y, t_eval, orders, select_harmonics(t, y, gcv, 1, most))


def quarter(n: int, most: int) -> int:
    """Number of harmonics with four or more samples a period, at most `most`."""
    return min((n - 1) // 4, most)


def select_harmonics(t: Array, y: Array, criterion: Criterion, fewest: int, most: int) -> int:
    """The number of harmonics, `fewest` ... `most`, whose fit has the smallest criterion."""
    basis = harmonic_basis(unit_time(t, t).x, record_frequency(), most)
    squares = fit_nested(basis, y - np.mean(y)).residual_squares
    harmonics = np.arange(fewest, harmonics_of(basis) + 1)
    parameters = np.asarray(2 * harmonics + 1, float)
    values = criterion(squares[2 * harmonics], parameters, len(t), rounding_squares(y))
    return int(harmonics[np.argmin(values)])


def fit_harmonics(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], harmonics: int
) -> Estimate:
    """The least-squares series of `harmonics` harmonics (2 harmonics + 1 < n), differentiated.

    Parameters and result as for `fourier_fixed`.
    """
    unit = unit_time(t, t_eval)
    basis = harmonic_basis(unit.x, record_frequency(), harmonics)
    offset = np.mean(y)
    fit = fit_nested(basis, y - offset)
    functions = differentiate_harmonics(basis, unit.x_eval, record_frequency(), max(orders) + 1)
    functions = functions[:, list(orders)]
    values = np.tensordot(fit.coefficients, functions, axes=1)
    values[[order == 0 for order in orders]] += offset
    variance = fit.residual_squares[-1] / (len(t) - len(basis.steps))
    deviation = np.sqrt(variance * np.sum(functions**2, axis=0))
    return Estimate(
        unit.to_time(values, orders), unit.to_time(deviation, orders), {"harmonics": harmonics}
    )
