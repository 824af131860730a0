"""The parameters of a Gaussian process that maximise its restricted likelihood.

A coarse scan finds the basins, Newton's method with exact second derivatives finds their minima.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import svd

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import Spectrum
from tiltyard.studies.derivatives.numerics.gaussian_processes.spectral_process import (
    Fit,
    Grid,
    Samples,
    amplitudes,
    fit,
    reduce,
)

RATIO_BOUNDS = (-55.0, 9.0)  # noise between 1e-12 and 90 times the signal's spread
SHORTEST = math.log(0.004)
SCAN_SAMPLES = 101  # the coarse scan sees at most this many samples
SCAN_RATIOS = np.arange(-46.0, 7.0, 2.0)  # below exp(-46) an SVD cannot see the noise
SCAN_STEP = 0.4  # of log length scales
MARGIN = 0.35  # by which theta may leave the centre of a grid's range
RATIO_MARGIN = 1.5
TAIL = 1e-2  # variance of the frequencies left out, relative to the noise's over n
LARGE = 400  # samples and features that one factorisation takes at most
STARTS = 2  # minima of the scans that are followed at most
DEPTH = 1.0  # how far above the deepest a followed minimum may lie [nats a sample]
ITERATIONS = 60
SETTLED = 1e-2  # gain of a Newton step below which rounding may decide [nats]
FLAT = 1e-3  # curvature below which a logarithm is not determined


class Data(NamedTuple):
    """Sample times in [-1, 1], samples of order one, and the degree of their trend."""

    x: Array
    y: Array
    degree: int


class Found(NamedTuple):
    """A fit, the samples in its features' coordinates, and the samples that it was learned from."""

    model: Fit
    samples: Samples
    data: Data


def selection(data: Data, count: int) -> Data:
    """At most `count` samples, spread evenly over all."""
    n = len(data.x)
    if n <= count:
        return data
    even = (2 * np.arange(count) * (n - 1) + count - 1) // (2 * (count - 1))
    return Data(data.x[even], data.y[even], data.degree)


def bounds(spectrum: Spectrum, n: int) -> Array:
    """Lower and upper bounds (2, q + 1) of theta; length scales are at least the mean spacing."""
    shortest = max(math.log(2.0 / (n - 1)), SHORTEST)
    low = np.where(spectrum.lengths, np.maximum(spectrum.low, shortest), spectrum.low)
    return np.stack([np.append(low, RATIO_BOUNDS[0]), np.append(spectrum.high, RATIO_BOUNDS[1])])


def margins(q: int) -> Array:
    """Largest distance (q + 1,) of theta from the theta for which a grid was chosen."""
    return np.append(np.full(q, MARGIN), RATIO_MARGIN)


def covering(spectrum: Spectrum, theta: Array, n: int) -> Grid:
    """Frequencies that are enough for every theta within the margins of `theta`."""
    period = spectrum.period(np.minimum(theta[:-1] + MARGIN * spectrum.lengths, spectrum.high))
    # More than LARGE samples resolve what matters below their Nyquist frequency.
    bandwidth = min(spectrum.bandwidth, max(1.0, spectrum.bandwidth * LARGE / n))
    highest = max(8, math.ceil(bandwidth * (n - 1) * period / 4.0))
    widest = theta - margins(len(theta) - 1)
    grid = Grid(period, highest)
    variance = np.square(amplitudes(grid, spectrum.density(widest[:-1], grid.w()))[: highest + 1])
    left_out = variance[::-1].cumsum()[::-1]
    enough = left_out * n < TAIL * math.exp(widest[-1])
    return Grid(period, max(8, int(np.argmax(enough))) if enough.any() else highest)


def prepare(data: Data, spectrum: Spectrum, theta: Array) -> tuple[Samples, Data]:
    """Samples in the features for `theta`; a selection if samples and features are over `LARGE`."""
    grid = covering(spectrum, theta, len(data.x))
    if min(len(data.x), 2 * grid.highest + 1) > LARGE:
        data = selection(data, LARGE)
        grid = covering(spectrum, theta, len(data.x))
    return reduce(data.x, data.y, grid, data.degree), data


def scan(data: Data, spectrum: Spectrum, shapes: list[Array]) -> Array:
    """Objective for `shapes` (rows) and `SCAN_RATIOS` (columns), with one SVD a row."""
    ratio = np.exp(SCAN_RATIOS)[:, None]
    objective = np.empty((len(shapes), len(SCAN_RATIOS)))
    n = len(data.x)
    for row, shape in enumerate(shapes):
        grid = covering(spectrum, np.append(shape, SCAN_RATIOS[0]), n)
        samples = reduce(data.x, data.y, grid, data.degree)
        a = amplitudes(grid, spectrum.density(shape, grid.w()))
        U, values, _ = svd(samples.F * a, full_matrices=False, check_finite=False)
        rank = min(len(values), samples.freedom)
        z = (U.T @ samples.y)[:rank]
        shrunk = np.square(values[:rank]) + ratio
        inside = samples.y - U[:, :rank] @ z
        form = (z * z / shrunk).sum(axis=1) + (inside @ inside + samples.rest) / ratio[:, 0]
        log_det = np.log(shrunk).sum(axis=1) + (samples.freedom - rank) * SCAN_RATIOS
        objective[row] = 0.5 * (samples.freedom * np.log(form / samples.freedom) + log_det)
    return objective


def local_minima(objective: Array) -> list[tuple[int, int]]:
    """Indices of entries below their neighbours in row and column, lowest first."""
    padded = np.pad(objective, 1, constant_values=np.inf)
    middle = padded[1:-1, 1:-1]
    neighbours = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    found = np.argwhere(np.all([middle <= neighbour for neighbour in neighbours], axis=0))
    return sorted(((int(i), int(j)) for i, j in found), key=lambda ij: float(objective[ij]))


def starts(data: Data, spectrum: Spectrum) -> list[Array]:
    """Deepest minima of scans over the first parameter, a log length.

    More than SCAN_SAMPLES samples are scanned twice: an even selection of them shows the length
    scales that it resolves, a block from the middle shows whether there are shorter ones.
    """
    n = len(data.x)
    even = selection(data, SCAN_SAMPLES)
    count = len(even.x)
    low, high = bounds(spectrum, n)[:, 0]
    resolved = bounds(spectrum, count)[0, 0]
    found = _deepest(even, spectrum, (resolved, high), math.inf)
    if resolved - low > 1e-9:
        first = (n - count) // 2
        block = slice(first, first + count)
        middle = Data(data.x[block], data.y[block], data.degree)
        found += _deepest(middle, spectrum, (low, high), resolved + SCAN_STEP)
    return found


def _deepest(
    data: Data, spectrum: Spectrum, limits: tuple[float, float], highest: float
) -> list[Array]:
    """The deepest minima of the scans, at most `STARTS`, with a log length below `highest`.

    A minimum more than `DEPTH` a sample above the deepest is left out.
    """
    low, high = limits
    lengths = np.arange(low, high, SCAN_STEP) if low < high else np.array([low])
    found: list[tuple[float, Array]] = []
    for others in spectrum.others:
        shapes = [np.append(length, others) for length in lengths]
        objective = scan(data, spectrum, shapes)
        found += [
            (float(objective[i, j]), np.append(shapes[i], SCAN_RATIOS[j]))
            for i, j in local_minima(objective)
        ]
    found.sort(key=lambda pair: pair[0])
    # A grid point may lie this much above the bottom of its valley.
    within = found[0][0] + DEPTH * len(data.x)
    return [theta for value, theta in found[:STARTS] if theta[0] < highest and value <= within]


def newton_step(theta: Array, gradient: Array, hessian: Array, limits: Array) -> Array:
    """Newton step inside `limits` (2, q + 1), with the magnitudes of the Hessian's eigenvalues.

    A parameter that would leave its limits goes to the limit, and the step of the others is
    computed for that; a parameter at a limit with the gradient pointing outwards stays there.
    """
    low, high = limits
    step = np.zeros(len(theta))
    free = ~(((theta <= low) & (gradient > 0.0)) | ((theta >= high) & (gradient < 0.0)))
    while free.any():
        _, values, Vt = svd(hessian[np.ix_(free, free)])  # singular values: |eigenvalues|
        slope = gradient[free] + hessian[np.ix_(free, ~free)] @ step[~free]
        step[free] = -Vt.T @ (Vt @ slope / np.maximum(values, FLAT))
        beyond = free & ((theta + step < low) | (theta + step > high))
        if not beyond.any():
            break
        step[beyond] = np.clip(theta + step, low, high)[beyond] - theta[beyond]
        free &= ~beyond
    return step


def shortened(step: Array, offset: Array, reach: Array) -> Array:
    """`step`, shortened to stay within `reach` of the centre, from which theta is `offset`."""
    room = np.where(step > 0.0, reach - offset, reach + offset)
    return np.asarray(step * min(1.0, *(room / np.maximum(np.abs(step), 1e-300))))


def minimise(data: Data, spectrum: Spectrum, theta: Array) -> Found | None:
    """Follow the objective from `theta` to its local minimum; None if it does not settle.

    Newton's method with step halving. Near the minimum the objective's rounding error may exceed
    its changes, so there full steps are taken for as long as their gain shrinks. When theta comes
    to the edge of the margins of its features, these are chosen anew.
    """
    limits = bounds(spectrum, len(data.x))
    reach = margins(len(theta) - 1)
    theta = np.clip(theta, *limits)
    centre = theta
    samples, seen = prepare(data, spectrum, centre)
    here = fit(samples, spectrum, theta)
    previous = math.inf
    for _ in range(ITERATIONS):
        if np.any(np.abs(here.theta - centre) >= 0.999 * reach):
            centre = here.theta
            samples, seen = prepare(data, spectrum, centre)
            here = fit(samples, spectrum, centre)
            previous = math.inf
        step = newton_step(here.theta, here.gradient, here.hessian, limits)
        gain = -float(here.gradient @ step)
        settled = gain < SETTLED and gain > 0.5 * previous
        if settled or float(np.max(np.abs(step))) < 1e-9:
            return Found(here, samples, seen)
        previous = gain
        step = shortened(step, here.theta - centre, reach)
        there = _accepted(samples, spectrum, here, step, gain)
        if there is None:
            break
        here = there
    return Found(here, samples, seen) if gain < SETTLED else None


def _accepted(
    samples: Samples, spectrum: Spectrum, here: Fit, step: Array, gain: float
) -> Fit | None:
    """The fit after `step`, or after the first halved step that lowers the objective."""
    for _ in range(12):
        there = fit(samples, spectrum, here.theta + step)
        if gain < SETTLED or there.objective < here.objective:
            return there
        step = 0.5 * step
    return None


def best(data: Data, spectrum: Spectrum, candidates: list[Array] | None = None) -> Found:
    """The deepest local minimum reached from `candidates`, by default from `starts`.

    Raises
    ------
    RuntimeError
        If no candidate converges.
    """
    candidates = starts(data, spectrum) if candidates is None else candidates
    fits = [f for theta in candidates if (f := minimise(data, spectrum, theta)) is not None]
    if not fits:
        raise RuntimeError(
            f"the likelihood of n = {len(data.x)} samples has no minimum that Newton's method "
            "reaches; check that the samples are finite"
        )
    return min(fits, key=lambda found: found.model.objective)
