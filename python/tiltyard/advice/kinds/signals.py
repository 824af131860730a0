"""Smooth signals of a spread near 1 over a record, drawn by a generator."""

from __future__ import annotations

import numpy as np

from tiltyard.advice.kinds.jets import Jet, bell, exponential, sine, tangent
from tiltyard.advice.kinds.record import Function
from tiltyard.studies.derivatives.contract import Array

#: Ranges that the kinds share: samples, duration [time], noise in spreads of the signal.
SAMPLES, DURATION, NOISE = (80, 130), (2.0, 60.0), (0.004, 0.015)


def even_times(rng: np.random.Generator, samples: tuple[int, int] = SAMPLES) -> Array:
    """Even times from 0 on, their number and duration drawn."""
    n = int(rng.integers(samples[0], samples[1], endpoint=True))
    return np.linspace(0.0, rng.uniform(*DURATION), n)


def smooth_signal(rng: np.random.Generator, duration: float) -> Function:
    """A chirp, a beat, an uptake with its decay, or a step on a slow swing."""
    draw = (_chirp, _beat, _uptake, _step)[rng.integers(4)]
    return draw(rng, duration)


def slow_signal(rng: np.random.Generator, duration: float) -> Function:
    """What a dozen samples can show: part of an oscillation, a relaxation, a bend or a cubic."""
    kind, sign, offset = rng.integers(4), float(rng.choice([-1.0, 1.0])), rng.uniform(-2, 2)
    a, b = rng.uniform(0.4, 1.0), rng.uniform(0, 2 * np.pi)

    def signal(t: Jet) -> Jet:
        u = t / duration
        if kind == 0:
            return offset + 1.5 * sine(2 * np.pi * a * u + b)
        if kind == 1:
            return offset + 3.0 * sign * exponential(-(1.0 + 3.0 * a) * u)
        if kind == 2:
            return offset + 1.5 * sign * tangent((u - (0.3 + 0.4 * a)) * 3.0)
        v = u - a
        return offset + sign * (4.0 * v + 6.0 * v * v - 5.0 * v * v * v)

    return signal


def swinging_signal(rng: np.random.Generator, duration: float) -> Function:
    """A swing between two levels whose period grows a little, from 1.2 to 2 times in the record."""
    turns, bend = rng.uniform(1.3, 2.0), rng.uniform(-0.25, 0.25)
    level, phase = rng.uniform(2, 6), rng.uniform(0, 2 * np.pi)

    def signal(t: Jet) -> Jet:
        u = t / duration
        return level + 1.8 * sine(2 * np.pi * turns * (u + bend * u * (1.0 - u)) + phase)

    return signal


def _chirp(rng: np.random.Generator, duration: float) -> Function:
    turns, faster = rng.uniform(0.7, 1.3), rng.uniform(0.2, 0.7)
    phase, offset, slope = rng.uniform(0, 2 * np.pi), rng.uniform(-4, 4), rng.uniform(-1, 1)

    def signal(t: Jet) -> Jet:
        u = t / duration
        return offset + slope * u + 1.4 * sine(2 * np.pi * (turns * u + faster * u * u) + phase)

    return signal


def _beat(rng: np.random.Generator, duration: float) -> Function:
    turns, phase, depth = rng.uniform(1.0, 1.9), rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.5)
    other, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-4, 4)

    def signal(t: Jet) -> Jet:
        u = t / duration
        size = 1.4 * (1.0 + depth * sine(2 * np.pi * 0.6 * u + other))
        return offset + size * sine(2 * np.pi * turns * u + phase)

    return signal


def _uptake(rng: np.random.Generator, duration: float) -> Function:
    """Rises with one rate and falls with another, as a drug in blood."""
    quick, slow = rng.uniform(6, 9), rng.uniform(1.2, 2.5)
    size, offset = float(rng.choice([-1.0, 1.0])) * rng.uniform(4, 6), rng.uniform(-3, 3)

    def signal(t: Jet) -> Jet:
        u = t / duration
        return offset + size * (exponential(-slow * u) - exponential(-quick * u))

    return signal


def _step(rng: np.random.Generator, duration: float) -> Function:
    place, width = rng.uniform(0.35, 0.65), rng.uniform(0.1, 0.18)
    turns, phase = rng.uniform(0.5, 1.0), rng.uniform(0, 2 * np.pi)
    size, offset = float(rng.choice([-1.0, 1.0])) * 1.6, rng.uniform(-3, 3)

    def signal(t: Jet) -> Jet:
        u = t / duration
        swing = 0.5 * sine(2 * np.pi * turns * u + phase)
        return offset + size * tangent((u - place) / width) + swing

    return signal


def shifted(signal: Function, height: float) -> Function:
    """The signal and a constant."""
    return lambda t: signal(t) + height


def peaks_at(places: Array, heights: Array, width: float, slope: float) -> Function:
    """Peaks of one width on a slope."""

    def signal(t: Jet) -> Jet:
        parts = [h * bell((t - place) / width) for h, place in zip(heights, places, strict=True)]
        return sum(parts, slope * t)

    return signal


def parabola(constant: float, slope: float, square: float) -> Function:
    """A polynomial of the second degree: constant + slope t + square t²."""
    return lambda t: constant + slope * t + square * (t * t)
