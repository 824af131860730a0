"""Records of which nothing is to be said but what a derivative is, and how well it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tiltyard.advice.kinds.jets import Jet, error_function, exponential, logarithm, sine, tangent
from tiltyard.advice.kinds.kind import Register, Rule
from tiltyard.advice.kinds.record import Function, Record, noisy, values_of
from tiltyard.advice.kinds.signals import (
    DURATION,
    NOISE,
    even_times,
    parabola,
    peaks_at,
    smooth_signal,
)
from tiltyard.advice.kinds.topics import Topic

PLAIN = Register()
#: Less noise, for what is over within a few samples.
LITTLE = (0.003, 0.008)
#: Where there is nothing that a curve could miss.
NOTHING = frozenset({Topic.MISSED})


@PLAIN("smooth")
def smooth(rng: np.random.Generator) -> Record:
    """A smooth signal with white noise."""
    t = even_times(rng)
    return noisy(t, smooth_signal(rng, t[-1]), rng, NOISE)


@PLAIN("uneven")
def uneven(rng: np.random.Generator) -> Record:
    """Steps that scatter at random, the widest ten times the narrowest or more."""
    t = even_times(rng)
    steps = np.clip(rng.lognormal(0.0, 0.55, len(t) - 1), 0.25, 2.6)
    t = np.r_[0.0, np.cumsum(steps)] * (t[-1] / steps.sum())
    return noisy(t, smooth_signal(rng, t[-1]), rng, NOISE)


@PLAIN("gap", Rule(says=frozenset({Topic.GAP})))
def gap(rng: np.random.Generator) -> Record:
    """A stretch of 12 to 20 % without samples."""
    t = even_times(rng)
    record = noisy(t, _slow_swing(rng, t[-1]), rng, NOISE)
    start = rng.uniform(0.25, 0.6) * t[-1]
    left = (t < start) | (t > start + rng.uniform(0.12, 0.2) * t[-1])
    return Record(t[left], record.y[left], record.exact[:, left])


@PLAIN("two rates")
def two_rates(rng: np.random.Generator) -> Record:
    """A slow rate, and a rate of 5 to 12 times that where the signal is quick."""
    n, ratio = int(rng.integers(80, 130)), float(rng.uniform(5, 12))
    slow = n // 3
    steps = np.r_[np.full(slow, ratio), np.full(n - slow, 1.0)]
    t = np.r_[0.0, np.cumsum(steps)] * (rng.uniform(*DURATION) / steps.sum())
    change, quick = t[slow], t[-1] - t[slow]

    def signal(time: Jet) -> Jet:
        u = (time - (change + 0.5 * quick)) / (0.2 * quick)
        return 1.0 + 0.4 * sine(2.5 * time / t[-1]) + 1.5 * tangent(u)

    return noisy(t, signal, rng, NOISE)


@PLAIN("log-spaced times")
def log_spaced(rng: np.random.Generator) -> Record:
    """Steps that grow from sample to sample, over two to three decades."""
    n = int(rng.integers(60, 100))
    t = np.geomspace(1.0, 10 ** rng.uniform(2.0, 3.0), n) * rng.uniform(0.01, 10)
    size, middle = rng.uniform(1.5, 3), np.sqrt(t[0] * t[-1])
    width = rng.uniform(1.2, 2.0)

    def signal(time: Jet) -> Jet:
        return 4.0 + size * tangent(logarithm(time / middle) / width)

    return noisy(t, signal, rng, NOISE)


@PLAIN("offset")
def offset(rng: np.random.Generator) -> Record:
    """The signal sits on ten thousand to a million times its spread."""
    record = smooth(rng)
    height = float(rng.choice([-1.0, 1.0])) * 10 ** rng.uniform(4, 6)
    exact = record.exact.copy()
    exact[0] += height
    return replace(record, y=record.y + height, exact=exact)


@PLAIN("steep")
def steep(rng: np.random.Generator) -> Record:
    """A smooth rise within a dozen samples, no jump."""
    t = even_times(rng)
    place, width = rng.uniform(0.35, 0.65) * t[-1], rng.uniform(4.5, 7.0) * t[1]
    slope = rng.uniform(-0.4, 0.4)

    def signal(time: Jet) -> Jet:
        return 2.0 + slope * (time / t[-1]) + 1.2 * error_function((time - place) / width)

    return noisy(t, signal, rng, LITTLE)


@PLAIN("peaks")
def peaks(rng: np.random.Generator) -> Record:
    """Two to four peaks of 7 to 11 samples' width at half height, no outliers."""
    t = even_times(rng)
    count = int(rng.integers(2, 5))
    places = (np.arange(count) + rng.uniform(0.35, 0.65, count)) * (t[-1] / count)
    heights, width = rng.uniform(0.7, 1.6, count), rng.uniform(4.0, 6.0) * t[1]
    return noisy(t, peaks_at(places, heights, width, 0.2 / t[-1]), rng, LITTLE)


@PLAIN("levels off")
def levels_off(rng: np.random.Generator) -> Record:
    """A relaxation that reaches its level within the noise, no limit of the range."""
    t = even_times(rng)
    rate, level = rng.uniform(7, 10) / t[-1], rng.uniform(-1, 3)

    def signal(time: Jet) -> Jet:
        u = rate * time
        return level - 2.5 * ((1.0 + u) * exponential(-u))

    return noisy(t, signal, rng, NOISE)


@PLAIN("exact", Rule(never=NOTHING))
def exact(rng: np.random.Generator) -> Record:
    """No noise at all."""
    t = even_times(rng)
    return noisy(t, smooth_signal(rng, t[-1]), rng, (0.0, 0.0))


@PLAIN("rounded", Rule(may=frozenset({Topic.RESOLUTION})))
def rounded(rng: np.random.Generator) -> Record:
    """No noise, 4 to 6 digits."""
    record = exact(rng)
    size = int(np.floor(np.log10(np.abs(record.y).max())))
    return replace(record, y=np.round(record.y, int(rng.integers(4, 7)) - 1 - size))


@PLAIN("free fall", Rule(known=(0, 1, 2), never=NOTHING))
def free_fall(rng: np.random.Generator) -> Record:
    """The height of a falling body, noise 1 mm."""
    t = np.linspace(0.0, rng.uniform(0.6, 1.0), int(rng.integers(55, 95)))
    height = parabola(rng.uniform(3, 6), rng.uniform(-1, 0.5), -9.81 / 2)
    return _with_noise(t, values_of(height, t), 1e-3, rng)


@PLAIN("square", Rule(known=(0, 1, 2), never=NOTHING))
def square(rng: np.random.Generator) -> Record:
    """A parabola without noise."""
    t = np.linspace(0.0, rng.uniform(2.0, 20.0), int(rng.integers(40, 90)))
    signal = parabola(rng.uniform(-3, 3), rng.uniform(-1, 1), float(rng.choice([-1.0, 1.0])) * 1.5)
    return _with_noise(t, values_of(signal, t), 0.0, rng)


@PLAIN("line", Rule(known=(0, 1), never=NOTHING))
def line(rng: np.random.Generator) -> Record:
    """A straight line whose slope is known to one part in two thousand."""
    n, duration = int(rng.integers(50, 130)), rng.uniform(5.0, 20.0)
    t = np.linspace(0.0, duration, n)
    slope = float(rng.choice([-1.0, 1.0])) * rng.uniform(1.0, 4.0)
    # The standard error of a slope is sigma √12 / (duration √n).
    sigma = abs(slope) / 2000 * duration * np.sqrt(n / 12)
    return _with_noise(t, values_of(parabola(rng.uniform(-5, 5), slope, 0.0), t), sigma, rng)


@PLAIN("constant", Rule(known=(0,), never=NOTHING))
def constant(rng: np.random.Generator) -> Record:
    """A level with noise of a thousandth."""
    t, level = even_times(rng), float(rng.choice([-1.0, 1.0])) * rng.uniform(5, 90)
    return _with_noise(t, values_of(parabola(level, 0.0, 0.0), t), 1e-3 * abs(level), rng)


@PLAIN("measured abscissa", Rule(refused="measured"))
def measured_abscissa(rng: np.random.Generator) -> Record:
    """An abscissa that is itself a reading: it repeats, steps back and has errors."""
    t = even_times(rng)
    record = noisy(t, smooth_signal(rng, t[-1]), rng, NOISE)
    step = t[1]
    measured = np.round((t + 0.8 * step * rng.standard_normal(len(t))) / (0.5 * step)) * 0.5 * step
    return Record(measured, record.y, record.exact)


def _with_noise(t: np.ndarray, exact: np.ndarray, sigma: float, rng: np.random.Generator) -> Record:
    return Record(t, exact[0] + sigma * rng.standard_normal(len(t)), exact)


def _slow_swing(rng: np.random.Generator, duration: float) -> Function:
    turns, phase, slope = rng.uniform(0.6, 1.0), rng.uniform(0, 2 * np.pi), rng.uniform(-1, 1)

    def signal(t: Jet) -> Jet:
        u = t / duration
        return slope * u + 1.4 * sine(2 * np.pi * turns * u + phase)

    return signal
