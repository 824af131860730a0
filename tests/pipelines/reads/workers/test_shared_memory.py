"""Memory that processes share: values in it are what they were, and it is used again in time."""

import os
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_examples import PROFILE

from tiltyard.pipelines.reads.texts import SPARE, Texts
from tiltyard.pipelines.reads.workers.handing import hand, take
from tiltyard.pipelines.reads.workers.memory import Memory, new_file


@pytest.fixture
def memory():
    found = Memory(new_file())
    yield found
    found.close()


ARRAYS = st.lists(
    st.tuples(st.sampled_from(("u1", "<i8", "<f4", "?")), st.integers(0, 5000)), max_size=6
)


@given(shapes=ARRAYS, start=st.integers(0, 3000), copied=st.booleans())
@settings(max_examples=60, **PROFILE)
def test_values_are_what_they_were(shapes, start, copied):
    memory = Memory(new_file())
    rng = np.random.default_rng(len(shapes))
    arrays = [rng.integers(0, 2, size).astype(kind) for kind, size in shapes]
    handed = hand({"arrays": arrays, "word": "é"}, memory, start)
    found = take(handed, memory, copied)
    assert found["word"] == "é"
    assert [each.dtype for each in found["arrays"]] == [each.dtype for each in arrays]
    assert all(map(np.array_equal, found["arrays"], arrays))
    places = sorted(place for place in (handed.description, *handed.arrays) if place.size)
    assert places[0].start == start
    for before, after in pairwise(places):
        assert before.start + before.size + SPARE <= after.start
    del found
    assert memory.let_go()
    memory.close()


def test_what_is_in_the_memory_already_stays_where_it_is(memory):
    given = hand(np.arange(100_000), memory)
    array = take(given, memory)
    again = hand((array[10:20], np.ones(3)), memory, given.behind)
    assert again.arrays[0] == (given.arrays[0].start + 80, 80)
    found = take(again, memory)
    array[10] = 7
    assert found[0].tolist() == [7, *range(11, 20)]


def test_memory_that_is_kept_is_not_let_go(memory):
    part = take(hand(np.arange(9), memory), memory)[2:4]
    assert not memory.let_go()
    whole, place = take(hand(np.arange(3 << 20), memory, 4096), memory), memory.size
    assert memory.size == place > 24 << 20 and part.tolist() == [2, 3]
    del whole
    assert not memory.let_go()
    del part
    assert memory.let_go()


def test_two_who_share_it_see_the_same_when_one_makes_it_larger(memory):
    other = Memory(os.dup(memory.descriptor))
    first = hand(b"x" * 10, memory)
    assert take(first, other) == b"x" * 10
    found = take(hand(np.full(1 << 22, 3, np.uint8), other, first.behind), memory)
    assert memory.size == other.size and found.sum() == 3 << 22
    other.close()


def test_strings_have_their_spare_bytes(memory):
    texts = take(hand(Texts.of([b"ACGT", b"", b"N"]), memory), memory, copied=True)
    assert texts.tolist() == [b"ACGT", b"", b"N"] and texts.roomy


def test_it_has_no_name():
    memory = Memory(new_file())
    memory.reserve(5 << 20)
    memory.content[:] = 1
    assert os.fstat(memory.descriptor).st_nlink == 0
    kept = memory.content[5:]
    memory.close()
    assert kept.sum() == len(kept)
