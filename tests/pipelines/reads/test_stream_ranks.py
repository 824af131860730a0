"""Ranks, epochs and states of streams: who has which reads, and where one goes on."""

import io

import numpy as np
import pytest
from stream_files import CHAIN, MATES, ONE, TWO, quietly, stream_of
from stream_model import items_of, model

from tiltyard.pipelines.reads import FastqStream, InputError


def test_pairs_are_dealt_out_as_pairs(folder):
    found = []
    for rank in (0, 1):
        stream = FastqStream(folder / "mixed.fq", interleaved=True, rank=rank, world=2)
        found += items_of(quietly(stream))
    assert sorted(found) == sorted(model([MATES]))


def test_each_epoch_has_its_own_order_and_draws(folder):
    stream = stream_of(folder, chain=CHAIN, shuffle_buffer=50)
    first = items_of(stream)
    assert items_of(stream) == first
    stream.set_epoch(1)
    second = items_of(stream)
    assert second != first and second == model([ONE, TWO], CHAIN, epoch=1, shuffle_buffer=50)


def test_exactly_so_many_batches_on_each_rank(folder):
    epochs = [model([TWO], rank=1, world=2, epoch=epoch, shuffle_buffer=4) for epoch in range(3)]
    assert len(epochs[0]) == 20
    stream = stream_of(folder, "two.fq", steps=5, batch_size=8, rank=1, world=2, shuffle_buffer=4)
    batches = list(stream)
    assert [len(batch) for batch in batches] == [8, 8, 4, 8, 8]
    assert items_of(batches) == [*epochs[0], *epochs[1][:16]]


def test_drawn_letters_of_a_later_epoch(folder):
    given = {"batch_size": 100, "encode": "one_hot(ambiguous='random')"}
    both = list(stream_of(folder, "two.fq", steps=2, **given))
    (later,) = stream_of(folder, "two.fq", epoch=1, **given)
    assert np.array_equal(both[1].tensor, later.tensor)
    assert not np.array_equal(both[0].tensor, later.tensor)


@pytest.mark.parametrize("even", ["drop", "repeat"])
def test_as_many_reads_on_each_rank(folder, even):
    own = [model([ONE, TWO], CHAIN, rank=rank, world=3, shuffle_buffer=6) for rank in range(3)]
    sizes = [len(each) for each in own]
    assert len(set(sizes)) > 1
    count = min(sizes) if even == "drop" else max(sizes)
    for rank in range(3):
        stream = stream_of(
            folder,
            chain=CHAIN,
            encode="integer",
            rank=rank,
            world=3,
            shuffle_buffer=6,
            even=even,
            batch_size=7,
        )
        batches = list(stream)
        assert items_of(batches) == [own[rank][n % len(own[rank])] for n in range(count)]
        if even == "repeat":
            repeated = np.concatenate([batch.repeated for batch in batches])
            assert repeated.tolist() == [n >= sizes[rank] for n in range(count)]
            for batch in batches:
                assert not batch.mask[batch.repeated].any()


def test_a_rank_without_reads_is_refused(folder):
    with pytest.raises(InputError, match="rank 1 of 2 has no reads"):
        list(
            stream_of(
                folder, "one.fq", chain=["every(100)"], even="drop", world=2, unit=999, rank=1
            )
        )
    with pytest.raises(InputError, match="epoch 0 has no batch for rank 1"):
        list(stream_of(folder, "one.fq", steps=2, world=2, unit=999, rank=1))


def test_ranks_with_different_numbers_are_warned_about(folder):
    with pytest.warns(UserWarning, match="give steps="):
        list(stream_of(folder, world=2))


@pytest.mark.parametrize("place", range(0, 9, 2))
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("more", [{}, {"steps": 25}, {"even": "repeat", "world": 2, "rank": 1}])
def test_a_state_goes_on_with_the_next_batch_again_and_again(folder, place, workers, more):
    given = {"chain": CHAIN, "shuffle_buffer": 11, "batch_size": 3, "encode": "integer", **more}
    whole = list(stream_of(folder, **given))
    found, state = [], None
    for stop in (place, place + 3, None):
        stream = stream_of(folder, workers=workers if state else 0, **given)
        if state:
            stream.load_state_dict(state)
            stream.set_epoch(0)  # as a loop over epochs does
        batches = iter(stream)
        while stop is None or len(found) < stop:
            if (batch := next(batches, None)) is None:
                break
            found.append(batch)
        state = stream.state_dict()
    assert items_of(found) == items_of(whole)
    assert all(np.array_equal(a.tensor, b.tensor) for a, b in zip(found, whole, strict=True))


def test_a_state_of_other_settings_or_files_is_refused(folder, tmp_path):
    state = stream_of(folder, chain=["mutate(0.1)"]).state_dict()
    with pytest.raises(InputError, match="seed is 1, and was 0"):
        stream_of(folder, chain=["mutate(0.1)"], seed=1).load_state_dict(state)
    with pytest.raises(InputError, match=r"chain is .*0.2.*, and was .*0.1"):
        stream_of(folder, chain=["mutate(0.2)"]).load_state_dict(state)
    path = tmp_path / "one.fq"
    path.write_bytes(ONE)
    state = FastqStream(path).state_dict()
    path.write_bytes(ONE[:-2] + b"?\n")
    with pytest.raises(InputError, match=r"files are not those of the state: .*one.fq"):
        FastqStream(path).load_state_dict(state)
    with pytest.raises(InputError, match="pipe"):
        FastqStream(io.BytesIO(ONE)).state_dict()
    with pytest.raises(InputError, match="version"):
        FastqStream(path).load_state_dict({})
