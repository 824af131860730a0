"""The model-aware limit: the signal's own differential equation, fitted to the samples."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from tiltyard.engine.outcome import UnsupportedError
from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.signals import find_signal
from tiltyard.studies.derivatives.signals.base import fractions
from tiltyard.studies.derivatives.signals.ode import OdeSignal

TOLERANCE = 1e-15


@estimator(
    "model_fit",
    family="control",
    exact_degree=-1,
    min_samples=20,
    tags=("control", "model"),
    cites=("biscani2021revisiting",),
)
def model_fit(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array, signal: str
) -> Estimate:
    """Differentiate the solution of the true equation that is nearest to the samples.

    The signal's equation is taken as known; its parameters and initial state minimise the sum of
    squares, starting from the true ones, which saves the search that a user would need. Only the
    noise in these few numbers remains: about the least error that any estimator can have.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders.
    exact : (len(orders), m) array
        Exact derivatives, which are not used.
    signal : str
        Name of the signal.

    Raises
    ------
    UnsupportedError
        If the signal is not the solution of a differential equation.
    """
    model = find_signal(signal)
    if not isinstance(model, OdeSignal):
        raise UnsupportedError(f"{signal} has a closed form and no differential equation to fit")
    start = np.array([float(value) for value in (*model.parameters.values(), *model.initial)])
    integrator = model.integrator(float)
    count = len(model.parameters)

    def residual(numbers: Array) -> Array:
        return _solve(integrator, model, numbers, count, t) - y

    # The samples may not determine some combination of the numbers (in lotka_volterra the unit of
    # the unobserved species). This method leaves it out by singular values; with MINPACK's method
    # rounding would decide it.
    found = least_squares(
        residual,
        start,
        jac="3-point",
        method="trf",
        x_scale="jac",
        xtol=TOLERANCE,
        ftol=TOLERANCE,
        gtol=TOLERANCE,
    ).x
    numbers = [Fraction(value) for value in found]
    fitted = replace(
        model,
        parameters=fractions(dict(zip(model.parameters, numbers[:count], strict=True))),
        initial=tuple(numbers[count:]),
    )
    values = fitted.derivatives(t_eval)[list(orders)].astype(np.float64)
    names = [*model.parameters, *(f"{name}(0)" for name in model.state_names)]
    return Estimate(values, None, dict(zip(names, found.tolist(), strict=True)))


def _solve(integrator: Any, model: OdeSignal, numbers: Array, count: int, t: Array) -> Array:
    """First component of the solution at `t`; infinite where there is none."""
    integrator.time = model.interval[0]
    integrator.pars[:] = numbers[:count]
    integrator.state[:] = numbers[count:]
    outcome = integrator.propagate_grid(t)
    if outcome[0].name != "time_limit":
        return np.full(len(t), np.inf)
    return np.asarray(outcome[-1][:, 0], dtype=np.float64)
