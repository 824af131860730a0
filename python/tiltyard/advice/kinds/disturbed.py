"""Samples that are none of the signal, noise that is neither white nor even, and few samples."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from tiltyard.advice.kinds.jets import Jet, bell, exponential
from tiltyard.advice.kinds.kind import Register, Rule, Where
from tiltyard.advice.kinds.record import Record, noisy, spread_of, values_of
from tiltyard.advice.kinds.signals import (
    NOISE,
    even_times,
    parabola,
    shifted,
    slow_signal,
    smooth_signal,
)
from tiltyard.advice.kinds.topics import Topic

DISTURBED = Register()
FEW = Register()
NAMED = Rule(says=frozenset({Topic.OUTLIER, Topic.DROPOUT}), places=Where.STRANGE)
COLOURED = Rule(says=frozenset({Topic.CORRELATED, Topic.MISSED}))
WANDERS = Rule(may=frozenset({Topic.CORRELATED}))
#: Samples at an end, and between two disturbances, that nothing disturbs.
APART = 5


@DISTURBED("outliers", NAMED)
def outliers(rng: np.random.Generator) -> Record:
    """1 to 3 samples 10 to 25 standard deviations of the noise away."""
    return _disturbed(rng, int(rng.integers(1, 4)), (1, 1), (10, 25))


@DISTURBED("gross outliers", NAMED)
def gross_outliers(rng: np.random.Generator) -> Record:
    """2 to 4 samples 300 to 3,000 standard deviations away."""
    return _disturbed(rng, int(rng.integers(2, 5)), (1, 1), (300, 3000))


@DISTURBED("run of outliers", NAMED)
def run_of_outliers(rng: np.random.Generator) -> Record:
    """3 to 5 neighbours 12 to 25 standard deviations away."""
    return _disturbed(rng, 1, (3, 5), (12, 25))


@DISTURBED("dropouts", NAMED)
def dropouts(rng: np.random.Generator) -> Record:
    """2 or 3 runs of 3 to 6 samples of 0 or -1, far from the signal."""
    t = even_times(rng)
    height = float(rng.choice([-1.0, 1.0])) * rng.uniform(9, 14)
    record = noisy(t, shifted(smooth_signal(rng, t[-1]), height), rng, NOISE)
    runs = _runs(rng, len(t), int(rng.integers(2, 4)), (3, 6))
    y, strange, value = record.y.copy(), record.strange.copy(), float(rng.choice([0.0, -1.0]))
    for run in runs:
        y[run], strange[run] = value, True
    return replace(record, y=y, strange=strange)


@DISTURBED("correlated 0.6", COLOURED)
def correlated_06(rng: np.random.Generator) -> Record:
    """Autoregressive noise with a correlation of 0.55 to 0.65."""
    return _coloured(rng, rng.uniform(0.55, 0.65))


@DISTURBED("correlated 0.9", COLOURED)
def correlated_09(rng: np.random.Generator) -> Record:
    """Autoregressive noise with a correlation of 0.88 to 0.92."""
    return _coloured(rng, rng.uniform(0.88, 0.92))


@DISTURBED("random walk", WANDERS)
def random_walk(rng: np.random.Generator) -> Record:
    """Noise that is a random walk."""
    t = even_times(rng)
    exact = values_of(smooth_signal(rng, t[-1]), t)
    walk = np.cumsum(rng.standard_normal(len(t)))
    sigma = rng.uniform(0.02, 0.05) * spread_of(exact)
    return Record(t, exact[0] + sigma * walk / np.std(walk), exact)


@DISTURBED("proportional")
def proportional(rng: np.random.Generator) -> Record:
    """Noise of 3 to 5 % of the value, which falls over two decades."""
    t = even_times(rng)
    rate = rng.uniform(1.5, 2.5) * np.log(10) / t[-1]
    size = 10 ** rng.uniform(-1, 3)

    def decay(time: Jet) -> Jet:
        return size * (exponential(-rate * time) + 0.1 * exponential(-0.5 * rate * time))

    exact = values_of(decay, t)
    share = rng.uniform(0.03, 0.05)
    return Record(t, exact[0] * (1 + share * rng.standard_normal(len(t))), exact)


@DISTURBED("counts", Rule(may=frozenset({Topic.RESOLUTION})))
def counts(rng: np.random.Generator) -> Record:
    """Poisson counts of a peak of 300 to 3,000."""
    t = even_times(rng)
    most = 10 ** rng.uniform(2.5, 3.5)
    place, width = rng.uniform(0.35, 0.65) * t[-1], rng.uniform(0.16, 0.22) * t[-1]

    def rate(time: Jet) -> Jet:
        return most * (0.05 + bell((time - place) / width))

    exact = values_of(rate, t)
    return Record(t, rng.poisson(exact[0]).astype(float), exact)


def few(rng: np.random.Generator, samples: int) -> Record:
    """So many samples of a slow signal."""
    t = even_times(rng, (samples, samples))
    return noisy(t, slow_signal(rng, t[-1]), rng, (0.005, 0.02))


for number in (8, 10, 12, 14):
    FEW.add(f"{number} samples", f"{number} of a slow signal", partial(few, samples=number))


@FEW("short throw", Rule(known=(0, 1)))
def short_throw(rng: np.random.Generator) -> Record:
    """The height of a thrown body, 8 to 16 samples, noise 3 mm."""
    t = np.linspace(0.0, rng.uniform(0.65, 0.95), int(rng.integers(8, 17)))
    exact = values_of(parabola(rng.uniform(0.5, 2), rng.uniform(2.5, 5), -9.81 / 2), t)
    return Record(t, exact[0] + 3e-3 * rng.standard_normal(len(t)), exact)


def _runs(
    rng: np.random.Generator, samples: int, count: int, length: tuple[int, int]
) -> list[slice]:
    """Runs of samples away from the ends and from each other."""
    edges = np.linspace(APART, samples - APART, count + 1).astype(int)
    runs = []
    for start, stop in pairwise(edges):
        size = int(rng.integers(*length, endpoint=True))
        first = int(rng.integers(start, stop - APART - size))
        runs.append(slice(first, first + size))
    return runs


def _disturbed(
    rng: np.random.Generator, count: int, length: tuple[int, int], far: tuple[float, float]
) -> Record:
    """A smooth signal with so many runs that are shifted, each by its own number of deviations."""
    t, noise = even_times(rng), rng.uniform(*NOISE)
    record = noisy(t, smooth_signal(rng, t[-1]), rng, (noise, noise))
    y, strange, sigma = record.y.copy(), record.strange.copy(), noise * spread_of(record.exact)
    for run in _runs(rng, len(t), count, length):
        y[run] += float(rng.choice([-1.0, 1.0])) * np.exp(rng.uniform(*np.log(far))) * sigma
        strange[run] = True
    return replace(record, y=y, strange=strange)


def _coloured(rng: np.random.Generator, correlation: float) -> Record:
    """A smooth signal with noise that is an autoregression of the first order."""
    t = even_times(rng)
    exact = values_of(smooth_signal(rng, t[-1]), t)
    shocks = rng.standard_normal(len(t)) * np.sqrt(1 - correlation**2)
    shocks[0] = rng.standard_normal()
    noise = np.empty(len(t))
    last = 0.0
    for k, shock in enumerate(shocks):
        last = noise[k] = correlation * last + shock
    sigma = rng.uniform(0.02, 0.04) * spread_of(exact)
    return Record(t, exact[0] + sigma * noise, exact)
