"""Steps of rounding are no breaks; breaks of what was rounded are found in its samples."""

import numpy as np
import pytest

import tiltyard
from tiltyard.application.breaks.effects import Effect
from tiltyard.application.breaks.rounded import rounded_interventions
from tiltyard.application.estimation import evidence_of

T = np.linspace(0.0, 4.0, 800)


@pytest.mark.parametrize("seed", range(5))
def test_the_steps_of_a_slow_encoder_are_no_breaks(seed):
    rng = np.random.default_rng(seed)
    position = 12.0 * np.sin(T * rng.uniform(0.5, 1.5) + rng.uniform(0.0, 6.0))
    found = rounded_interventions(T, np.round(position), 1.0, rng, evidence_of)
    assert not found.breaks and not found.outlying.any()


@pytest.mark.parametrize("seed", range(3))
def test_a_jump_by_many_steps_is_found_between_its_samples(seed):
    rng = np.random.default_rng(seed)
    place = int(rng.integers(250, 550))
    y = np.round(15.0 * np.sin(T + seed) + 12.0 * (np.arange(800) >= place))
    found = rounded_interventions(T, y, 1.0, rng, evidence_of)
    (one,) = found.breaks
    assert one.kind is Effect.JUMP and (one.before, one.after) == (place - 1, place)


def test_rounded_samples_are_told_what_their_steps_count_as():
    y = np.round(6.0 * np.sin(T))
    report = " ".join(tiltyard.differentiate(T, y, orders=(0, 1)).report().split())
    assert "share a step, so that their errors are alike and count as white noise of" in report
    assert "jump" not in report
