"""Configurations: ids state the point, read back, and seeds follow from them alone."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.engine.grid.axes import Grid, count_axis, level_axis, render_level, word_axis
from tiltyard.engine.grid.seeds import generator

GRID = Grid(
    [
        word_axis("signal"),
        count_axis("samples", "n"),
        word_axis("noise_model"),
        level_axis("noise_level"),
        count_axis("trial", "t"),
    ]
)
levels = st.floats(min_value=1e-12, max_value=10, allow_nan=False)


def point(level: float = 1e-3, trial: int = 2) -> dict[str, object]:
    return {
        "signal": "lotka_volterra",
        "samples": 101,
        "noise_model": "gaussian",
        "noise_level": level,
        "trial": trial,
    }


def test_id_is_the_documented_one():
    assert GRID.configuration(point()).id == "lotka_volterra-n101-gaussian-1e-03-t2"


@given(levels)
def test_level_reads_back_exactly(level):
    assert float(render_level(level)) == level


@given(levels, st.integers(1, 999))
def test_id_reads_back_and_matches_its_pattern(level, trial):
    configuration = GRID.configuration(point(level, trial))
    assert GRID.parse(configuration.id) == configuration
    assert re.fullmatch(GRID.pattern, configuration.id)


@pytest.mark.parametrize("text", ["lotka_volterra", "x-n10-g-1e-3-t1", "x-n10-g-1e-03-t1/.."])
def test_foreign_id_is_refused_with_the_shape(text):
    with pytest.raises(ValueError, match="<noise_level>-t<trial>"):
        GRID.parse(text)


def test_grid_has_every_combination_once_trials_fastest():
    values = {
        "signal": ["a", "b"],
        "samples": [10],
        "noise_model": ["gaussian"],
        "noise_level": [0.0, 0.5],
        "trial": [1, 2, 3],
    }
    ids = [configuration.id for configuration in GRID.expand(values)]
    assert len(set(ids)) == 12
    assert ids[:3] == [f"a-n10-gaussian-0e+00-t{trial}" for trial in (1, 2, 3)]


def test_seed_follows_from_identity():
    first = generator(1, "a", "b").standard_normal(4)
    assert np.array_equal(first, generator(1, "a", "b").standard_normal(4))
    for other in (generator(2, "a", "b"), generator(1, "ab"), generator(1, "b", "a")):
        assert not np.array_equal(first, other.standard_normal(4))
