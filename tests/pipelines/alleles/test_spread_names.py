"""Names of spreads say all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.pipelines.alleles.implementations import NAMES
from tiltyard.pipelines.alleles.spreading.spread import BACKENDS, LEVELS, Spread

numbers = st.integers(1, 10**9)


@st.composite
def spreads(draw):
    backend = draw(st.sampled_from(BACKENDS))
    return Spread(
        implementation=draw(st.sampled_from(NAMES)),
        backend=backend,
        workers=1 if backend == "serial" else draw(numbers),
        block_size=draw(numbers),
        block_distance=draw(st.just(100_000) | numbers),
        level=draw(st.sampled_from(LEVELS)),
    )


@given(spreads())
def test_a_name_leads_back(spread):
    assert Spread.parse(spread.name) == spread


@given(spreads(), spreads())
def test_different_spreads_have_different_names(one, other):
    assert (one == other) == (one.name == other.name)


def test_what_is_usual_is_left_out():
    arrays = Spread(implementation="arrays", backend="processes", workers=2, block_size=500)
    assert arrays.name == "arrays-processes-w2-b500"
    assert Spread(backend="threads", workers=2).name == "threads-w2-b2000"
    both = Spread(backend="threads", workers=4, block_distance=1_000_000, level="both")
    assert both.name == "threads-w4-b2000-d1000000-both"


@pytest.mark.parametrize(
    "name", ["", "threads", "threads-w2", "threads-w-b1", "none-threads-w2-b5", "threads-w2-b5-all"]
)
def test_other_words_are_no_name(name):
    with pytest.raises(ValueError, match="says no spread"):
        Spread.parse(name)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"backend": "mpi"}, "no backend is named 'mpi'; there are serial"),
        ({"implementation": "fast"}, "no implementation is named 'fast'"),
        ({"level": "site"}, "no level is named 'site'"),
        ({"block_size": 0}, "size of a block is 0"),
        ({"block_distance": -1}, "distance inside a block is -1"),
        ({"backend": "threads", "workers": 0}, "number of workers is 0"),
        ({"workers": 2}, "serial has one worker, not 2; choose threads"),
    ],
)
def test_wrong_values_are_named(choice, said):
    with pytest.raises(ValueError, match=said):
        Spread(**choice)
