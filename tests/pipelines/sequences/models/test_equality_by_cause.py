"""What moves a vector, and by how much: rounding within bounds, faults beyond the tolerance."""

import numpy as np
import pytest
from model_folders import KINDS, tiny

from tiltyard.pipelines.sequences.benchmark.equality import _bfloat16, causes

#: Cause -> most that it may move, over the root mean square.
BOUNDS = {
    "the same again": 0,
    "a batch without padding": 5e-6,
    "a batch with padding": 5e-6,
    "another order in the batch": 0,
    "two threads": 5e-6,
    "several callers of one session": 5e-6,
    "weights rounded to float16, a batch against its own single": 5e-6,
    "weights rounded to bfloat16, a batch against its own single": 5e-6,
}
#: Fault -> the range in which it moves.
PLANTED = {
    "mask of -10": (1e-4, 1e-1),
    "no mask": (0.1, 20),
    "pooled without first and last token": (1e-3, 2),
    "weights rounded to float16": (1e-5, 0.05),
    "weights rounded to bfloat16": (1e-4, 0.3),
}


@pytest.fixture(scope="module", params=KINDS)
def found(request):
    shape = tiny(request.param, hidden=64, heads=4, inner=128, vocabulary=40, positions=128)
    return {one.name: one for one in causes(shape)}


def test_rounding_stays_within_its_bounds_and_within_the_tolerance(found):
    kept = {name: one for name, one in found.items() if not one.planted}
    assert kept.keys() == BOUNDS.keys()
    assert all(one.far <= BOUNDS[name] and one.holds for name, one in kept.items()), kept


def test_every_planted_fault_is_seen(found):
    planted = {name: one for name, one in found.items() if one.planted}
    assert planted.keys() == PLANTED.keys()
    for name, one in planted.items():
        low, high = PLANTED[name]
        assert low < one.far < high and not one.holds, one
    assert planted["no mask"].far > 10 * planted["mask of -10"].far


def test_rounding_to_bfloat16_is_to_the_nearest():
    near = np.array([1.0, 1.00390625, 1.01171875, -2.5, 3e38, 1e-30], np.float32)
    rounded = _bfloat16(near)
    assert rounded[0] == 1 and rounded[1] == 1 and rounded[2] == np.float32(1.015625)
    assert np.abs(rounded / near - 1).max() <= 2**-8
    assert not (rounded.view(np.uint32) & 0xFFFF).any()
