"""Minima of criteria that are known in closed form."""

import math

import numpy as np
import pytest

from tiltyard.studies.derivatives.numerics.criterion_search import smallest


@pytest.mark.parametrize("where", [-3.2, 0.013, 4.4])
def test_finds_a_smooth_minimum_well_beyond_the_root_of_round_off(where):
    found = smallest(lambda x: 1e3 + np.cosh(0.7 * (x - where)), -8.0, 8.0, 0.5)
    # Comparing values of 1e3 would stop at sqrt(1e3 * 2e-16 / 0.25) = 1e-6.
    assert abs(found - where) < 1e-8


def test_finds_the_deepest_of_two_minima():
    found = smallest(lambda x: np.cos(x) + 0.05 * x, -4.0, 4.0, 0.3)
    assert abs(found - (-math.pi - math.asin(0.05))) < 1e-8


def test_an_end_of_the_range_can_be_smallest():
    assert smallest(np.exp, -1.0, 2.0, 0.1) == -1.0
    assert smallest(lambda x: -np.exp(x), -1.0, 2.0, 0.1) == 2.0


def test_of_equal_values_the_smallest_parameter_counts():
    assert smallest(lambda x: np.maximum(x, 0.0) + 1e-12 * np.sin(x), -3.0, 3.0, 0.1) == -3.0
