"""Leaving out samples that the others do not expect, and saying which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tiltyard.application.estimation import WINNER, Fit
from tiltyard.application.series import Series, UnusableData
from tiltyard.studies.derivatives.contract import Array

#: Refits at most: a sample may hide behind one that lies farther off.
ROUNDS = 5
#: Share of the samples above which they are no outliers but the noise.
MOST = 0.1
#: At most so many are listed.
LISTED = 5


def without_outliers(
    series: Series, fit: Fit, again: Callable[[Series], Fit]
) -> tuple[Series, Fit]:
    """The series without the samples that its fit does not expect, and its fit.

    A sample is left out where it lies farther from its prediction by all others than one sample in
    a hundred records would under normal noise (`settings["outliers"]` of the winner). The first
    and the last stay: nothing is extrapolated.

    Parameters
    ----------
    series : Series
    fit : Fit
        Of that series.
    again : callable
        Fits another one.

    Returns
    -------
    Series, Fit
        The series has a note about what was left out.

    Raises
    ------
    UnusableData
        If the estimator does not look for outliers, or they are more than a tenth of the samples.
    """
    if "outliers" not in fit.settings:
        raise UnusableData(
            f"this estimator looks for no outliers: take {WINNER}, which needs 20 samples or more, "
            "or leave them in"
        )
    kept, gone = series, np.zeros(0)
    for _ in range(ROUNDS):
        inside = [t for t in fit.settings["outliers"] if kept.t[0] < t < kept.t[-1]]
        if not inside:
            break
        gone = np.union1d(gone, inside)
        if len(gone) > MOST * len(series.t):
            raise UnusableData(
                f"{series.name}: {len(gone)} of {len(series.t)} samples look like outliers: so "
                f"many, more than {MOST:.0%}, are noise that is not normal; leave them in, and "
                "expect the bands to be too narrow"
            )
        stay = ~np.isin(kept.t, inside)
        kept = replace(kept, t=kept.t[stay], y=kept.y[stay])
        fit = again(kept)
    if gone.size:
        kept = replace(kept, notes=(*series.notes, _note(gone)))
    return kept, fit


def _note(times: Array) -> str:
    listed = ", ".join(f"{t:.6g}" for t in times[:LISTED])
    more = f" and {len(times) - LISTED} more" if len(times) > LISTED else ""
    samples = "1 sample was" if len(times) == 1 else f"{len(times)} samples were"
    return f"{samples} left out as outliers, at {listed}{more}: the others do not expect them"
