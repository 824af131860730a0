"""Which sequences are given to a model at once, and which worker takes which file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiltyard.pipelines.sequences.embedding.assigning import ASSIGNMENTS, assigned
from tiltyard.pipelines.sequences.embedding.batching import (
    Batching,
    batches,
    batching_of,
    padded_tokens,
)
from tiltyard.pipelines.sequences.faults import InputError

LENGTHS = [10, 3, 8, 8, 2]


@pytest.mark.parametrize(
    ("batch", "sort", "expected", "tokens"),
    [
        ("count:2", "none", [[0, 1], [2, 3], [4]], 38),
        ("budget:16", "none", [[0], [1, 2], [3, 4]], 42),
        ("budget:16", "length", [[0], [2, 3], [1, 4]], 32),
        ("count:1", "none", [[0], [1], [2], [3], [4]], 31),
        ("budget:16:1", "none", [[0], [1], [2], [3], [4]], 31),
        ("budget:4", "length", [[0], [2], [3], [1], [4]], 31),
    ],
)
def test_batches_of_five(batch, sort, expected, tokens):
    batching = batching_of(batch, sort)
    found = batches(LENGTHS, batching)
    assert found == expected and padded_tokens(LENGTHS, found) == tokens
    assert batching.words == f"{sort} {batch}"


@pytest.mark.parametrize("batch", ["", "count", "count:0", "budget:x", "count:3:3", "32"])
def test_batches_that_are_none_are_refused(batch):
    with pytest.raises(InputError, match="write count:N, or budget:TOKENS"):
        batching_of(batch, "none")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 50), max_size=30),
    st.sampled_from(["none", "length"]),
    st.one_of(st.none(), st.integers(1, 6)),
    st.one_of(st.none(), st.integers(1, 120)),
)
def test_every_sequence_is_in_one_batch_that_keeps_to_its_limits(lengths, sort, count, budget):
    found = batches(lengths, Batching(sort, count, budget))
    order = [place for own in found for place in own]
    wanted = list(range(len(lengths)))
    assert order == (wanted if sort == "none" else sorted(wanted, key=lambda one: -lengths[one]))
    for own in found:
        size = len(own) * max(lengths[place] for place in own)
        assert len(own) == 1 or budget is None or size <= budget
        assert count is None or len(own) <= count
    if budget is None and count and sort == "none":
        assert len(found) == -(-len(lengths) // count)


def listed(costs, workers, how):
    return [list(queue) for queue in assigned(costs, workers, how)]


def test_files_are_dealt_out():
    assert listed([1] * 8, 4, "round_robin") == [[0, 4], [1, 5], [2, 6], [3, 7]]
    costs = [7, 3, 6, 5, 2, 4]
    round_robin, largest = (listed(costs, 2, how) for how in ("round_robin", "largest_first"))
    assert [sum(costs[file] for file in own) for own in round_robin] == [15, 12]
    assert largest == [[0, 5, 1], [2, 3, 4]]
    assert [sum(costs[file] for file in own) for own in largest] == [14, 13]


def test_a_queue_is_shared():
    costs = [1, 3, 2]
    for how, order in (("queue", [0, 1, 2]), ("queue_largest", [1, 2, 0])):
        queues = assigned(costs, 2, how)
        assert queues[0] is queues[1] and list(queues[0]) == order


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(1, 5))
def test_assignment_is_whole_and_a_function_of_files_and_workers(costs, workers):
    for how in ASSIGNMENTS:
        queues = assigned(costs, workers, how)
        own = {id(queue): list(queue) for queue in queues}
        assert sorted(file for one in own.values() for file in one) == list(range(len(costs)))
        assert len(queues) == workers
        assert listed(costs, workers, how) == listed(costs, workers, how)
