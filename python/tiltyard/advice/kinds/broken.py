"""Records with jumps, kinks and onsets: each is to be found, and the record judged in pieces."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tiltyard.advice.kinds.jets import Jet, exponential, logarithm, sine
from tiltyard.advice.kinds.kind import Register, Rule, Where
from tiltyard.advice.kinds.record import (
    Function,
    Record,
    between,
    in_pieces,
    spread_of,
    values_of,
)
from tiltyard.advice.kinds.signals import NOISE, even_times, parabola, shifted, smooth_signal
from tiltyard.advice.kinds.topics import BREAKS

BROKEN = Register()
FOUND = Rule(says=BREAKS, places=Where.BREAKS)
#: Order whose derivative jumps.
JUMP, KINK, ONSET = 0, 1, 2
#: Noise in which a kink or an onset can be told from a curve that bends smoothly.
CLEAR = (0.004, 0.01)


@BROKEN("jump", FOUND)
def jump(rng: np.random.Generator) -> Record:
    """One jump of 0.5 to 1.5 times the spread."""
    t = even_times(rng)
    signal = smooth_signal(rng, t[-1])
    height = (
        float(rng.choice([-1.0, 1.0])) * rng.uniform(0.5, 1.5) * spread_of(values_of(signal, t))
    )
    place = between(t, rng.uniform(0.2, 0.8), rng)
    return in_pieces(t, [signal, shifted(signal, height)], [place], JUMP, rng, NOISE)


@BROKEN("small jump", FOUND)
def small_jump(rng: np.random.Generator) -> Record:
    """One jump of 8 to 14 standard deviations of the noise."""
    t = even_times(rng)
    signal, noise = _slow(rng, t[-1]), rng.uniform(*NOISE)
    sigma = noise * spread_of(values_of(signal, t))
    height = float(rng.choice([-1.0, 1.0])) * rng.uniform(8, 14) * sigma
    place = between(t, rng.uniform(0.25, 0.75), rng)
    return in_pieces(t, [signal, shifted(signal, height)], [place], JUMP, rng, (noise, noise))


@BROKEN("resets", FOUND)
def resets(rng: np.random.Generator) -> Record:
    """What grows ever more slowly and is set back to its start, 2 to 4 times."""
    t = even_times(rng)
    count = int(rng.integers(2, 5))
    shares = (np.arange(1, count + 1) + rng.uniform(-0.15, 0.15, count)) / (count + 1)
    places = [between(t, share, rng) for share in shares]
    base, rate = rng.uniform(-2, 2), rng.uniform(2, 6) * (count + 1) / t[-1]

    def filling(start: float) -> Function:
        return lambda time: base + 1.5 * logarithm(1.0 + rate * (time - start))

    return in_pieces(t, [filling(start) for start in (0.0, *places)], places, JUMP, rng, NOISE)


@BROKEN("rupture", FOUND)
def rupture(rng: np.random.Generator) -> Record:
    """A load that rises and drops to almost nothing for the rest."""
    t = even_times(rng)
    stiffer, left = rng.uniform(0.5, 1.5), rng.uniform(0.0, 0.2)

    def load(time: Jet) -> Jet:
        return 3.0 * (exponential(stiffer * (time / t[-1])) - 1.0) + 0.1

    place = between(t, rng.uniform(0.5, 0.8), rng)
    return in_pieces(t, [load, parabola(left, 0.0, 0.0)], [place], JUMP, rng, NOISE)


@BROKEN("kink", FOUND)
def kink(rng: np.random.Generator) -> Record:
    """The slope changes at once, the value does not."""
    t = even_times(rng)
    signal = _slow(rng, t[-1])
    place = between(t, rng.uniform(0.25, 0.75), rng)
    change = (
        float(rng.choice([-1.0, 1.0])) * rng.uniform(5, 9) * spread_of(values_of(signal, t)) / t[-1]
    )

    def after(time: Jet) -> Jet:
        return signal(time) + change * (time - place)

    return in_pieces(t, [signal, after], [place], KINK, rng, CLEAR)


@BROKEN("bounces", FOUND)
def bounces(rng: np.random.Generator) -> Record:
    """A ball that bounces 2 to 4 times, each time less high."""
    t = even_times(rng)
    count, left = int(rng.integers(2, 5)), rng.uniform(0.85, 0.95)
    lengths = left ** np.arange(count + 1)
    edges = np.r_[0.0, np.cumsum(lengths)] * (t[-1] / lengths.sum())
    places = [between(t, place / t[-1], rng) for place in edges[1:-1]]
    gravity = 8 * (count + 1) ** 2 / t[-1] ** 2
    flights = [_flight(gravity, *pair) for pair in pairwise([0.0, *places, t[-1]])]
    return in_pieces(t, flights, places, KINK, rng, NOISE)


@BROKEN("onset", FOUND)
def onset(rng: np.random.Generator) -> Record:
    """A body at rest that is let go at one moment: its acceleration is there at once."""
    t = even_times(rng)
    place, level = between(t, rng.uniform(0.3, 0.5), rng), rng.uniform(-1, 1)
    rate, size = rng.uniform(0.8, 1.5) / t[-1], float(rng.choice([-1.0, 1.0])) * rng.uniform(5, 9)

    def swing(time: Jet) -> Jet:
        return level + size * (1.0 - sine(rate * (time - place) + np.pi / 2))

    return in_pieces(t, [parabola(level, 0.0, 0.0), swing], [place], ONSET, rng, CLEAR)


def _flight(gravity: float, start: float, stop: float) -> Function:
    """The height between two bounces."""
    return parabola(-gravity / 2 * start * stop, gravity / 2 * (start + stop), -gravity / 2)


def _slow(rng: np.random.Generator, duration: float) -> Function:
    turns, phase = rng.uniform(0.5, 1.0), rng.uniform(0, 2 * np.pi)
    rate, size = rng.uniform(0.5, 2.0), rng.uniform(-1.0, 1.0)

    def signal(t: Jet) -> Jet:
        u = t / duration
        return 1.3 * sine(2 * np.pi * turns * u + phase) + size * exponential(-rate * u)

    return signal
