"""What instruments do to values: limits of a range, resolution, readings that are held, wraps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tiltyard.advice.kinds.jets import Jet, exponential, sine
from tiltyard.advice.kinds.kind import Register, Rule, Where
from tiltyard.advice.kinds.record import Record, noisy, spread_of
from tiltyard.advice.kinds.signals import NOISE, even_times, smooth_signal, swinging_signal
from tiltyard.advice.kinds.topics import Topic

INSTRUMENTS = Register()
LIMITED = Rule(says=frozenset({Topic.LIMIT}), places=Where.SOME)
HELD = Rule(says=frozenset({Topic.HELD}), may=frozenset({Topic.RESOLUTION}))
STEPPED = Rule(says=frozenset({Topic.RESOLUTION}))
WRAPPED = Rule(says=frozenset({Topic.WRAPPED}), may=frozenset({Topic.RESOLUTION}))


@INSTRUMENTS("saturation", LIMITED)
def saturation(rng: np.random.Generator) -> Record:
    """Clipped above, 10 to 20 % of the samples."""
    record = _swing(rng)
    high = _quantile(record, 1 - rng.uniform(0.1, 0.2))
    return replace(record, y=np.minimum(record.y, high), strange=record.y >= high)


@INSTRUMENTS("both ends", LIMITED)
def both_ends(rng: np.random.Generator) -> Record:
    """Clipped above and below, 7 to 12 % each."""
    record = _swing(rng)
    low, high = (
        _quantile(record, rng.uniform(0.07, 0.12)),
        _quantile(record, 1 - rng.uniform(0.07, 0.12)),
    )
    strange = (record.y <= low) | (record.y >= high)
    return replace(record, y=np.clip(record.y, low, high), strange=strange)


@INSTRUMENTS("detection limit", LIMITED)
def detection_limit(rng: np.random.Generator) -> Record:
    """15 to 30 % below a detection limit, given as the limit."""
    record = _swing(rng)
    low = _quantile(record, rng.uniform(0.15, 0.3))
    return replace(record, y=np.maximum(record.y, low), strange=record.y <= low)


@INSTRUMENTS("floor at zero", LIMITED)
def floor_at_zero(rng: np.random.Generator) -> Record:
    """A decay into the noise, negative readings given as 0."""
    t = even_times(rng)
    rate, quick = rng.uniform(7, 10) / t[-1], rng.uniform(0.2, 0.5)

    def decay(time: Jet) -> Jet:
        return 2.0 * exponential(-rate * time) + quick * exponential(-2.0 * rate * time)

    record = noisy(t, decay, rng, (0.01, 0.02))
    return replace(record, y=np.maximum(record.y, 0.0), strange=record.y <= 0)


@INSTRUMENTS("held", HELD)
def held(rng: np.random.Generator) -> Record:
    """An instrument with a new value every 3 to 8 samples, repeated between."""
    t = even_times(rng, (120, 180))
    record = noisy(t, smooth_signal(rng, t[-1]), rng, NOISE)
    every = int(rng.integers(3, 9))
    return replace(record, y=record.y[np.arange(len(t)) // every * every])


@INSTRUMENTS("staircase", STEPPED)
def staircase(rng: np.random.Generator) -> Record:
    """No noise, a resolution of 12 to 25 % of the spread."""
    t = even_times(rng)
    record = noisy(t, smooth_signal(rng, t[-1]), rng, (0.0, 0.0))
    return _stepped(record, rng.uniform(0.12, 0.25) * spread_of(record.exact))


@INSTRUMENTS("quantised", STEPPED)
def quantised(rng: np.random.Generator) -> Record:
    """A resolution of 3 to 6 standard deviations of the noise."""
    t, noise = even_times(rng), rng.uniform(*NOISE)
    record = noisy(t, smooth_signal(rng, t[-1]), rng, (noise, noise))
    return _stepped(record, rng.uniform(3, 6) * noise * spread_of(record.exact))


@INSTRUMENTS("wrapped angle", WRAPPED)
def wrapped_angle(rng: np.random.Generator) -> Record:
    """An angle that goes on at 0 after 360 degrees, or after 2π."""
    t = even_times(rng)
    period = float(rng.choice([360.0, 2 * np.pi]))
    turns, way, phase = rng.uniform(2, 4), float(rng.choice([-1.0, 1.0])), rng.uniform(0, 2 * np.pi)
    start = rng.uniform(0.2, 0.8)

    def angle(time: Jet) -> Jet:
        u = time / t[-1]
        return period * (start + way * turns * u + 0.25 * (sine(2 * np.pi * u + phase)))

    record = noisy(t, angle, rng, (0.002, 0.006))
    # The first sample keeps its value: the unwrapped angle goes on from there.
    exact = record.exact.copy()
    exact[0] -= period * np.floor(record.y[0] / period)
    return replace(record, y=np.mod(record.y, period), exact=exact)


def _swing(rng: np.random.Generator) -> Record:
    t = even_times(rng)
    return noisy(t, swinging_signal(rng, t[-1]), rng, NOISE)


def _quantile(record: Record, share: float) -> float:
    """A value of three digits below which this share of the true values lies."""
    return float(f"{np.quantile(record.exact[0], share):.3g}")


def _stepped(record: Record, step: float) -> Record:
    """The record on multiples of a step that is rounded to one digit."""
    step = float(f"{step:.1g}")
    return replace(record, y=np.round(record.y / step) * step)
