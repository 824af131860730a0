"""Every configuration is in exactly one batch, whatever the plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.engine.plan.batches import (
    Batch,
    apart,
    even_batches,
    free_runs,
    guided_batches,
)

SIZES = st.integers(1, 300)


def positions(batches):
    return [position for batch in batches for position in range(batch.first, batch.last + 1)]


@given(total=SIZES, largest=SIZES)
def test_even_batches_cover_everything_once_in_order(total, largest):
    batches = even_batches([Batch(1, total)], largest)
    assert positions(batches) == list(range(1, total + 1))
    assert all(len(batch) == largest for batch in batches[:-1])


@given(total=SIZES, slots=st.integers(1, 40), smallest=SIZES, largest=SIZES)
def test_guided_batches_cover_everything_once_and_shrink(total, slots, smallest, largest):
    smallest = min(smallest, largest)
    batches = guided_batches([Batch(1, total)], slots, smallest, largest)
    sizes = [len(batch) for batch in batches]
    assert positions(batches) == list(range(1, total + 1))
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) <= largest and all(size >= smallest for size in sizes[:-1])


def test_no_slot_waits_for_more_than_a_share_of_the_rest():
    # With equal configurations, list scheduling leaves less than one last batch idle.
    for total, slots in [(21, 2), (210, 2), (210, 64), (1000, 7)]:
        ends = [0] * slots
        for batch in guided_batches([Batch(1, total)], slots, 1, total):
            ends[ends.index(min(ends))] += len(batch)
        assert max(ends) - min(ends) <= 1


@given(
    total=SIZES,
    taken=st.lists(st.tuples(SIZES, st.integers(0, 20)), max_size=8),
    largest=SIZES,
    slots=st.integers(1, 8),
)
def test_what_is_done_stays_and_the_rest_is_cut_around_it(total, taken, largest, slots):
    done = apart(Batch(min(first, total), min(first + more, total)) for first, more in taken)
    runs = free_runs(total, done)
    for rest in (even_batches(runs, largest), guided_batches(runs, slots, 1, largest)):
        assert sorted(positions([*done, *rest])) == list(range(1, total + 1))
        assert all(len(batch) <= largest for batch in rest)


@given(first=SIZES, size=SIZES, more=st.integers(0, 100))
def test_names_can_be_read_back_and_sort_as_positions(first, size, more):
    batch = Batch(first, first + size - 1)
    total = batch.last + more
    assert Batch.parse(batch.name(total)) == batch
    assert Batch(1, 1).name(total) <= batch.name(total)


@pytest.mark.parametrize("name", ["", "3", "0-4", "5-4", "a-b", "1-2-3", "-1-2"])
def test_what_is_no_batch_is_refused(name):
    with pytest.raises(ValueError, match="batch"):
        Batch.parse(name)


def test_members_are_those_at_the_positions():
    assert Batch(2, 3).members("abcd") == "bc"
    with pytest.raises(ValueError, match="there are 4 configurations"):
        Batch(4, 5).members("abcd")
