"""Records of a smooth swing, made anew from a seed."""

import numpy as np


def swing(seed, n=110, noise=0.01, duration=20.0):
    """Times, a noisy swing of spread near 1, and the same without noise."""
    rng = np.random.default_rng([seed, n])
    t = np.linspace(0.0, duration, n)
    rate = 2 * np.pi * rng.uniform(0.9, 2.0) / duration
    true = rng.uniform(-3, 3) + 1.5 * np.sin(rate * t + rng.uniform(0, 6)) + 0.03 * t
    return t, true + noise * rng.standard_normal(n), true


def uneven(t, seed):
    """Times with steps of 0.4 to 1.6 of those given."""
    rng = np.random.default_rng([seed, 2])
    return np.cumsum(np.r_[t[0], np.diff(t) * rng.uniform(0.4, 1.6, len(t) - 1)])


def kinds(examined):
    """What was found, as words."""
    return [str(finding.kind) for finding in examined.findings]
