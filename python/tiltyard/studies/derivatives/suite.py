"""How the suite's signals are divided: what methods may be developed on, and what proves them.

The rule was written down before any estimator was tuned on the suite. The model of the estimator
`gaussian_process_warped` had by then been developed on ten closed forms of the kinds listed here,
and on the three systems; so these ten are for development, and whatever else is smooth is proof.
A signal added later is proof too.
"""

from __future__ import annotations

from tiltyard.studies.derivatives.signals.base import Signal
from tiltyard.studies.derivatives.signals.piecewise import PiecewiseSignal

#: The systems of the study that came before this one; they have targets of their own.
SYSTEMS = ("lorenz", "lotka_volterra", "van_der_pol")
#: Signals on which constants of estimators may be chosen.
DEVELOPMENT = (
    "amplitude_modulation",
    "chirp",
    "damped_oscillation",
    "exponential_decay",
    "gaussian_peak",
    "logistic_step",
    "polynomial",
    "runge",
    "sech_squared",
    "sum_of_sines",
)
#: The four divisions of the suite.
DIVISIONS = ("system", "development", "proof", "non-smooth")


def division_of(signal: Signal) -> str:
    """Division of the suite to which `signal` belongs, one of `DIVISIONS`."""
    if signal.name in SYSTEMS:
        return "system"
    if signal.name in DEVELOPMENT:
        return "development"
    return "non-smooth" if isinstance(signal, PiecewiseSignal) else "proof"
