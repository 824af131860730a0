"""Long records: means of neighbours where the signal hardly bends in them, and windows.

An estimator that learns its settings from a few hundred samples needs them to show the signal, and
one whose cost grows with a power of the samples needs few of them. So neighbours are averaged as
long as that loses nothing, and what is still too long is divided into windows that overlap. Each
has settings of its own; where they overlap, one fades into the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.estimation import WINNER, Fit, fit_at_once
from tiltyard.application.examination.roughness import departures, scatter
from tiltyard.studies.derivatives.contract import Array, Estimator

#: Most samples, or means of them, that are estimated together.
MOST = 5_000
#: Samples from which the winner learns its settings, and fewest means of a window.
DECISIVE, LEAST = 400, 100
#: Size of the differences of order 4 of samples that show a signal, as a share of its spread: that
#: of seven samples in a period.
SHOWN = 0.07
#: Ratio of the variance of second differences of means to that of noise, up to which averaging
#: loses nothing: the error of a mean is then at most a tenth of its noise.
BENT = 2.0
#: Parts of a record that must each be shown, and hardly bend.
PARTS = 20
#: Standard errors of a variance that are not taken for a signal.
SURE = 5.0
#: Ratio of a block's time to that of both beside it from which a gap is in it.
WIDE = 5.0
#: Share of a window in which it fades into the next.
FADING = 0.2


class Division(NamedTuple):
    """How a record of n samples is divided.

    Attributes
    ----------
    block : int
        Neighbours that are averaged.
    width : int
        Samples of a window; n or more: there is one.
    """

    block: int
    width: int


def division(entry: Estimator, t: Array, y: Array) -> Division:
    """How these samples are best divided for an estimator.

    Only the winner is given means, and windows where a few hundred samples do not show the signal;
    the others have at most `MOST` samples in a window.
    """
    n = len(t)
    if entry.name != WINNER or n <= DECISIVE:
        return Division(1, n if n <= MOST else MOST)
    noise = scatter(departures(t, y, 4))
    block = 1
    while n >= 2 * block * MOST and _hardly_bends(t, y, 2 * block, noise):
        block *= 2
    width = min(n, block * MOST)
    while width > DECISIVE and not _is_shown(t, y, -(-width // DECISIVE), noise):
        width = -(-width // 2)
    if width < min(n, block * MOST):  # in fewer periods settings are learned sooner, and as well
        width = -(-width // 2)
    return Division(block, max(width, DECISIVE // 2, LEAST * block))


def fit_divided(
    entry: Estimator,
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    rng: np.random.Generator,
    noise: float | None,
    divided: Division,
) -> Fit:
    """As `fit_series`, of a record that is divided."""
    every = np.union1d(t, t_eval)
    firsts = _firsts(t, divided.block)
    counts = np.diff(np.append(firsts, len(t)))
    means_t, means_y = (np.add.reduceat(values, firsts) / counts for values in (t, y))
    total = np.zeros(len(every))
    sums: dict[str, Array] = {}
    settings: list[dict[str, Any]] = []
    windows = list(_windows(len(firsts), divided.width // divided.block))
    for own in windows:
        low = t[0] if own.start == 0 else means_t[own.start]
        high = t[-1] if own.stop == len(firsts) else means_t[own.stop - 1]
        inside = np.flatnonzero((every >= low) & (every <= high))
        fit = fit_at_once(
            *(entry, means_t[own], means_y[own], every[inside], orders, rng),
            None if noise is None else noise / math.sqrt(divided.block),
        )
        settings.append(fit.settings)
        weight = _weight(every[inside], low, high, t)
        total[inside] += weight
        parts = {
            "values": fit.asked,
            "deviations": fit.asked_deviations,
            "quantiles": fit.asked_quantiles,
        }
        for name, part in parts.items():
            if part is not None:
                whole = sums.setdefault(name, np.zeros((*part.shape[:-1], len(every))))
                whole[..., inside] += weight * part
    found = {name: part / total for name, part in sums.items()}
    samples, asked = np.searchsorted(every, t), np.searchsorted(every, t_eval)
    deviations, quantiles = found.get("deviations"), found.get("quantiles")
    return Fit(
        found["values"][:, samples],
        None if deviations is None else deviations[:, samples],
        found["values"][:, asked],
        None if deviations is None else deviations[:, asked],
        _settings(settings, divided.block),
        None if quantiles is None else quantiles[:, :, asked],
    )


def _hardly_bends(t: Array, y: Array, block: int, noise: float) -> bool:
    """Whether means of so many neighbours differ from the signal's values by next to nothing."""
    firsts = _firsts(t, block)
    counts = np.diff(np.append(firsts, len(t)))
    means_t, means_y = (np.add.reduceat(values, firsts) / counts for values in (t, y))
    squares = np.square(departures(means_t, means_y, 2))
    return _largest(squares) <= BENT * noise**2 / block


def _is_shown(t: Array, y: Array, stride: int, noise: float) -> bool:
    """Whether each `stride`-th sample is enough to show the signal in every part of the record."""
    squares = np.square(departures(t[::stride], y[::stride], 4))
    if len(squares) < PARTS:
        return True
    uncertain = SURE * noise**2 * math.sqrt(2.0 * PARTS / len(squares))
    return _largest(squares) - noise**2 <= max((SHOWN * float(np.std(y))) ** 2, uncertain)


def _largest(squares: Array) -> float:
    """The largest mean over parts of a record."""
    parts = np.array_split(squares, min(PARTS, len(squares)))
    return max(float(part.mean()) for part in parts)


def _firsts(t: Array, block: int) -> NDArray[np.intp]:
    """First samples of blocks of `block` neighbours, or of half as many to half as many more.

    No block lies on both sides of a gap, that is takes several times as long as both beside it.
    """
    firsts = np.arange(0, max(len(t) - block // 2, 1), block)
    ends = np.append(firsts[1:], len(t)) - 1
    lengths = t[ends] - t[firsts]
    if block == 1 or len(firsts) < 3:
        return firsts
    beside = np.maximum(lengths[:-2], lengths[2:])
    steps = np.diff(t)
    gaps = [
        firsts[k] + 1 + int(np.argmax(steps[firsts[k] : ends[k]]))
        for k in 1 + np.flatnonzero(lengths[1:-1] > WIDE * beside)
    ]
    # A short rest on either side of a gap belongs to the block beside it.
    near = [np.arange(gap - block // 2 + 1, gap + block // 2) for gap in gaps]
    kept = np.setdiff1d(firsts, np.concatenate([np.zeros(0, dtype=int), *near]))
    return np.union1d(np.union1d(kept, gaps), [0]).astype(np.intp)


def _windows(means: int, width: int) -> Iterator[slice]:
    """Windows of so many means, evenly spread, that overlap by a fifth or more."""
    if means <= width:
        yield slice(0, means)
        return
    fading = round(FADING * width)
    count = -(-(means - fading) // (width - fading))
    for start in np.linspace(0, means - width, count).astype(int):
        yield slice(int(start), int(start) + width)


def _weight(times: Array, low: float, high: float, t: Array) -> Array:
    """Weight of a window: 1, and falling to 0 at its ends that are none of the record's."""
    fading = FADING * (high - low)
    inner = np.full(len(times), 1.0)
    if low > t[0]:
        inner = np.minimum(inner, (times - low) / fading)
    if high < t[-1]:
        inner = np.minimum(inner, (high - times) / fading)
    # Continuous in its first derivative; never so small that nothing is left where one is alone.
    return np.maximum(inner * inner * (3.0 - 2.0 * inner), 1e-12)


def _settings(windows: list[dict[str, Any]], block: int) -> dict[str, Any]:
    """What is to be said of the settings of all windows."""
    if len(windows) == 1 and block == 1:
        return windows[0]
    found: dict[str, Any] = {"windows": len(windows), "averaged": block}
    shortest = [one for one in windows if "samples_per_length" in one]
    if shortest:
        least = min(shortest, key=lambda one: float(one["samples_per_length"]))
        found["samples_per_length"] = block * least["samples_per_length"]
        found["fastest_at"] = least["fastest_at"]
    if all("noise_sd" in one for one in windows):
        square = np.mean([one["noise_sd"] ** 2 for one in windows])
        found["noise_sd"] = float(np.sqrt(block * square))
    return found
