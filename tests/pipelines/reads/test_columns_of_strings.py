"""Columns of strings: parts, joined only when that is asked for, and given to compiled code."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_examples import PROFILE

from tiltyard.pipelines.reads.batch import Batch, joined_batches, linked_batches
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.implementations import NAMES, implementation
from tiltyard.pipelines.reads.native.columns import Column
from tiltyard.pipelines.reads.rule.record import Record
from tiltyard.pipelines.reads.steps.chain import chain_of
from tiltyard.pipelines.reads.texts import Linked, Texts

STRINGS = st.lists(st.binary(max_size=9), max_size=8)


def is_copied(linked):
    """Whether the strings of a linked column stand in one buffer."""
    return linked.parts == (linked,)


@given(st.lists(STRINGS, min_size=1, max_size=4), st.data())
@settings(max_examples=100, **PROFILE)
def test_linked_strings_are_those_of_the_columns(columns, data):
    linked = Linked([Texts.of(strings) for strings in columns])
    expected = [each for strings in columns for each in strings]
    lengths = list(map(len, expected))
    assert len(linked) == len(expected) and linked.size == sum(lengths)
    assert linked.extent == (min(lengths, default=0), max(lengths, default=0))
    assert linked.lengths.tolist() == lengths and not is_copied(linked)
    cut = slice(*sorted(data.draw(st.tuples(*[st.integers(0, len(expected))] * 2))))
    assert linked.part(cut).tolist() == expected[cut]
    assert is_copied(linked) and linked.tolist() == expected
    assert Linked([linked, Texts.of(expected)]).tolist() == expected * 2


def test_something_that_strings_do_not_have():
    linked = Linked([Texts.of([b"A"])])
    with pytest.raises(AttributeError, match="colour"):
        linked.colour  # noqa: B018


@given(st.lists(STRINGS, min_size=1, max_size=3), st.data())
@settings(max_examples=60, **PROFILE)
def test_parts_of_what_compiled_code_was_given_are_where_they_say(columns, data):
    texts = Texts.of([each for strings in columns for each in strings])
    Column(texts)
    assert texts.places is not None
    start, stop = (data.draw(st.integers(-9, 20)) for _ in range(2))
    step = data.draw(st.sampled_from((None, 1, 2, -1)))
    part = texts.part(slice(start, stop, step))
    assert part.tolist() == texts.tolist()[start:stop:step]
    column = Column(part)
    if len(part):
        fresh = Column(Texts(part.buffer, part.starts, part.lengths, True))
        assert column.given[0] == fresh.given[0] and column.given[3] == fresh.given[3]
        if step in (None, 1):
            assert column.given == fresh.given
    assert column.starts.tolist() == part.starts.tolist()


def test_least_and_most_of_parts():
    even, uneven = Texts.of([b"AC", b"GT", b"NN"]), Texts.of([b"A", b"", b"ACG"])
    assert even.extent == (2, 2) and uneven.extent == (0, 3)
    assert even.part(slice(1, 1)).extent == (0, 0)
    assert even.take(np.array([False, False, False])).size == 0
    assert uneven.part(slice(0, 1)).extent == (1, 1)
    assert uneven.take(np.array([2, 0])).extent == (1, 3)


def test_addresses_do_not_travel_to_other_processes():
    texts = Texts.of([b"ACGT", b"", b"N"])
    Column(texts)
    for column in (texts, texts.part(slice(1, None)), Linked([texts, texts])):
        found = pickle.loads(pickle.dumps(column))
        assert found.places is None and found.tolist() == column.tolist()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encode", ["one_hot", "integer(width=5)", "kmers(2)", "quality"])
def test_a_linked_batch_is_encoded_as_a_copied_one(name, encode):
    rng = np.random.default_rng(7)
    parts = [
        Batch.of(
            [
                Record(
                    b"r%d" % number,
                    bytes(rng.choice(list(b"ACGTN"), length).astype("u1")),
                    bytes(rng.integers(33, 127, length).astype("u1")),
                )
                for number, length in enumerate(rng.integers(0, 90, count).tolist())
            ],
            first=100 * count,
        )
        for count in (5, 0, 3)
    ]
    encoder, way = chain_of(encode=encode).encoder, implementation(name)
    linked, copied = linked_batches(parts), joined_batches(parts)
    one, other = (way.encoded(encoder, each, Draws(1), ["a"]) for each in (linked, copied))
    assert np.array_equal(one.tensor, other.tensor) and np.array_equal(one.mask, other.mask)
    if name == "kernels":
        assert not is_copied(linked.names)
    assert linked.contiguous().names.tolist() == copied.names.tolist()
