"""Differential equations whose solution is known: neither integrator nor recursion is used."""

import numpy as np
from mpmath import MPContext

from tiltyard.studies.derivatives.signals import SIGNALS

mp = MPContext()
mp.dps = 30


def long(numerator, denominator):
    return np.longdouble(numerator) / denominator


def agrees(values, expected):
    """Equal up to some roundings of double, 1.1e-16 each, of the largest value."""
    values, expected = (np.asarray(rows).astype(np.float64) for rows in (values, expected))
    return np.abs(values - expected).max() <= 1e-15 * np.abs(expected).max()


def test_the_rigid_body_turns_by_the_elliptic_sine():
    """``m^2 + s^2`` and ``m^2 / 3 + u^2`` stay, so ``m'^2 = (R^2 - m^2) (U^2 - m^2 / 3)``."""
    signal = SIGNALS["rigid_body"]
    t = signal.times(41)
    radius, pace = mp.sqrt(4 + mp.mpf(1) / 100), mp.sqrt(mp.mpf(4) / 3 + mp.mpf(1) / 25)
    modulus = radius**2 / (3 * pace**2)
    start = mp.ellipf(mp.asin(2 / radius), modulus)
    m = [radius * mp.ellipfun("sn", start + pace * mp.mpf(float(time)), m=modulus) for time in t]
    assert agrees(signal.derivatives(t)[0], m)


def test_the_phase_slips_by_the_formula_of_adler():
    """``tan(q / 2) = k + W tan(W t / 2 - atan(k / W))`` with the beat ``W^2 = 1 - k^2``."""
    signal = SIGNALS["phase_slips"]
    t = signal.times(41)
    k = mp.mpf(9) / 10
    beat = mp.sqrt(1 - k**2)

    def phase(time):
        angle = beat * time / 2 - mp.atan(k / beat)
        turns = mp.floor(angle / mp.pi + mp.mpf(1) / 2)
        return 2 * (mp.atan(k + beat * mp.tan(angle)) + turns * mp.pi)

    assert agrees(signal.derivatives(t)[0], [phase(mp.mpf(float(time))) for time in t])


def test_the_monomer_that_is_left_follows_from_the_dimer():
    """The pairing, ``d' + r d``, is ``k / (1 + 2 k t)^2`` for monomers that begin at 1."""
    signal = SIGNALS["dimerisation"]
    t = signal.times(41)
    d = signal.derivatives(t)
    assert agrees(d[1] + long(4, 5) * d[0], 3 / (1 + 6 * t.astype(np.longdouble)) ** 2)


def test_the_force_on_the_stiff_spring_is_its_drive():
    """``x'' + x' / 20 + x^3 = 7.5 cos(t)``, though no variable of the state is the time."""
    signal = SIGNALS["forced_duffing"]
    t = signal.times(41)
    x = signal.derivatives(t)
    assert agrees(x[2] + x[1] / 20 + x[0] ** 3, long(15, 2) * np.cos(t.astype(np.longdouble)))


def test_the_ball_loses_what_friction_takes():
    """``q'' + 3/20 q' = q - q^3``, and once more for the change: ``(1 - 3 q^2) q'``."""
    signal = SIGNALS["double_well"]
    q = signal.derivatives(signal.times(41))
    friction = long(3, 20)
    assert agrees(q[2] + friction * q[1], q[0] - q[0] ** 3)
    assert agrees(q[3] + friction * q[2], (1 - 3 * q[0] ** 2) * q[1])
