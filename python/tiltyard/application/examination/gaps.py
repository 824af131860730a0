"""Gaps: stretches without samples, whatever the sampling is like otherwise."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.application.examination.findings import Finding, Kind, counted, digits_of
from tiltyard.studies.derivatives.contract import Array

#: A gap is at least so many times as wide as the usual steps on both sides.
WIDE = 3.0
#: Steps on each side that say what is usual: where they are even, and where they scatter by more
#: than this share.
BESIDE, BESIDE_SCATTERED, SCATTERED = 7, 41, 0.2
#: Records of the same sampling of which one has a step that passes for a gap by chance.
RECORDS = 1000
#: More of these, as a number and as a share of the steps, are how the record was sampled.
OFTEN, SHARE = 8, 0.03
#: Fewest steps on a side that say what is usual there.
FEWEST = 3


def gaps_of(t: Array) -> tuple[np.ndarray, Array]:
    """The samples before each gap, and how wide it is.

    A step is compared with the medians of those before and after it, of which the larger counts:
    where the rate changes, or steps grow evenly, it is no gap. Where steps scatter, the largest of
    many is wide by chance: the limit is then that of a tail which falls off exponentially, as that
    of the steps between random times does.

    Parameters
    ----------
    t : (n,) array
        Increasing times.

    Returns
    -------
    (m,) array of int
    (m,) array
        Ratios of the gaps to the usual steps there; of times that are even in their logarithm,
        those of the logarithm.
    """
    if len(t) <= FEWEST + 1:
        return np.zeros(0, dtype=np.intp), np.zeros(0)
    steps = np.diff(np.log(t) if _is_even_in_log(t) else t)
    ratio, middle, scale = _relative(steps, BESIDE)
    if scale > SCATTERED * middle:
        ratio, middle, scale = _relative(steps, BESIDE_SCATTERED)
    limit = max(WIDE, middle + scale * math.log(len(steps) / 2 * RECORDS))
    wide = np.flatnonzero(ratio > limit)
    if len(wide) > max(OFTEN, SHARE * len(steps)):
        wide = wide[:0]
    return wide, ratio[wide]


def _is_even_in_log(t: Array) -> bool:
    """Whether the steps of the times' logarithm are much more even than their own."""
    if not t[0] > 0:
        return False
    own, of_log = (
        float(np.subtract(*np.quantile(np.log(np.diff(times)), [0.75, 0.25])))
        for times in (t, np.log(t))
    )
    return of_log < own / 2


def gap_finding(t: Array) -> Finding | None:
    """What is to be said of gaps."""
    wide, ratio = gaps_of(t)
    if not wide.size:
        return None
    words = (
        f"{counted(len(wide), 'gap')} without samples, {{places}}, up to {ratio.max():.2g} times "
        "as wide as the usual step there; estimates inside a gap rest on the model alone"
    )
    places = tuple((float(t[i]), float(t[i + 1])) for i in wide)
    return Finding(Kind.GAP, words, np.r_[t[wide], t[wide + 1]], places, digits_of(t))


def _relative(steps: Array, beside: int) -> tuple[Array, float, float]:
    """Steps over the larger usual one beside them, and median and scale of the ratios to both.

    The scale is that of an exponential tail through the ratios' quantiles 0.5 and 0.9.
    """
    before, after = _medians(steps, beside)
    # Near an end one side is missing: there the next step stands for it, which may grow or shrink.
    before = np.where(np.isnan(before), np.fmax(after, np.r_[steps[1:], np.nan]), before)
    after = np.where(np.isnan(after), np.fmax(before, np.r_[np.nan, steps[:-1]]), after)
    middle, upper = np.quantile(steps / np.sqrt(before * after), [0.5, 0.9])
    return steps / np.maximum(before, after), float(middle), float(upper - middle) / math.log(5.0)


def _medians(steps: Array, beside: int) -> tuple[Array, Array]:
    """Medians of the steps before each and after each; NaN where there are fewer than three."""
    padded = np.r_[np.full(beside, np.nan), steps, np.full(beside, np.nan)]
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(padded, beside), axis=1)
    present = beside - np.count_nonzero(np.isnan(windows), axis=1)
    rows = np.arange(len(windows))
    low = windows[rows, np.maximum(present - 1, 0) // 2]
    high = windows[rows, np.minimum(present // 2, beside - 1)]
    medians = np.where(present >= FEWEST, (low + high) / 2, np.nan)
    return medians[: len(steps)], medians[beside + 1 :][: len(steps)]
