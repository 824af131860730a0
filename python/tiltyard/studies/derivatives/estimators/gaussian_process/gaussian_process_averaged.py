"""Gaussian processes and polynomials, averaged over length scale, smoothness and noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.averaged.averaging import average
from tiltyard.studies.derivatives.numerics.averaged.contrasts import Scatter
from tiltyard.studies.derivatives.numerics.averaged.exponential import average_of_logarithm
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import NoiseShape
from tiltyard.studies.derivatives.numerics.averaged.posterior import FEWEST

TOLD = 0.01  # probability from which a member is in the settings


@estimator(
    "gaussian_process_averaged",
    family="gaussian process",
    exact_degree=3,
    min_samples=FEWEST,
    standard_deviation=True,
    cites=(
        "rasmussen2006gaussian",
        "patterson1971recovery",
        "hoeting1999bayesian",
        "zellner1986assessing",
        "grunwald2017inconsistency",
    ),
)
def gaussian_process_averaged(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    noise: float | None = None,
    shapes: Sequence[NoiseShape] = (),
    scatter: Scatter | None = None,
    proportional: bool = False,
) -> Estimate:
    """Average Gaussian processes and polynomials over their settings, for few samples.

    Signal ~ line + function + white noise. The function is a polynomial of degree 2 or 3, nothing,
    or a Gaussian process, squared-exponential or Matérn of smoothness 17/2, of a length scale
    between 0.6 steps and four records. Each of them, with each of some fifty noise ratios, counts
    by its prior probability times its restricted likelihood to the power of 0.8. The line is
    integrated out, and so is the common variance, which makes a Student t distribution of n - 2
    degrees of freedom of each. No setting is chosen, so nothing has to converge, and bands are as
    wide as the samples leave settings open. It is made for 8 to some 20 samples, and quick up to
    300. Where the noise has a shape, it is for more: means of neighbours then stand for more than
    240 samples.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], evenly spaced or not, and samples [signal]; n >= 5: with
        fewer than 3 degrees of freedom a variance is infinite.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : tuple of int
        Orders of the derivatives, 0 to 7; each is a median by itself.
    noise : float or None
        Standard deviation of the noise [signal], if it is known, of samples of the relative
        deviation 1; 0 interpolates. No study gives it, nor what follows.
    shapes : sequence of NoiseShape
        Relative deviations of the samples, with each correlation time that is possible; white noise
        if empty.
    scatter : Scatter or None
        What repeated samples say of the noise by themselves [signal²].
    proportional : bool
        Whether the noise is in proportion to the signal, which is positive: its logarithm is then
        averaged, whatever the shapes are.

    Returns
    -------
    Estimate
        Medians, standard deviations and quantiles of the mixture; `settings` has ``noise_sd``
        [signal], and ``members`` with their ``probabilities``, the most probable first, down to
        0.01. The number of a process is its length scale in records. Where there are shapes, it has
        their ``correlation_times`` [time] and ``correlation_probabilities``.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sections 2.7 and 4.2;
    Patterson & Thompson (1971), Biometrika 58: restricted likelihood; Hoeting, Madigan, Raftery &
    Volinsky (1999), Statistical Science 14: averages over models; Zellner (1986): prior of the
    polynomials; Grünwald & van Ommen (2017), Bayesian Analysis 12: tempered likelihoods.
    """
    if proportional:
        found = average_of_logarithm(t, y, t_eval, orders)
    else:
        found = average(t, y, t_eval, orders, noise, shapes=shapes, scatter=scatter)
    first = np.argsort(-found.probabilities, kind="stable")
    first = first[found.probabilities[first] >= TOLD]
    settings = {
        "noise_sd": found.noise,
        "members": [found.members[i] for i in first],
        "probabilities": np.round(found.probabilities[first], 3),
    }
    if proportional:
        settings["noise_share"] = settings.pop("noise_sd")
    if shapes:
        settings["correlation_times"] = [shape.time for shape in shapes]
        settings["correlation_probabilities"] = found.shapes
    return Estimate(found.values, found.deviations, settings, found.quantiles)
