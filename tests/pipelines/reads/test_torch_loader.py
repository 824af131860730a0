"""Streams in torch's `DataLoader`: shards, epochs, states, and worker processes of its own."""

from collections import Counter

import numpy as np
import pytest
from stream_files import CHAIN, MATES, ONE, TWO, stream_of
from stream_model import model

from tiltyard.pipelines.reads import FastqStream, InputError

pytestmark = pytest.mark.peers
torch = pytest.importorskip("torch", reason="torch is not installed; `make test-torch` has it")
data = pytest.importorskip("torch.utils.data")


def loader(stream, workers, dataset=None, **given):
    dataset = stream.torch() if dataset is None else dataset
    return data.DataLoader(dataset, batch_size=None, num_workers=workers, **given)


def numbers(items):
    return [
        pair
        for item in items
        for pair in zip(item["files"].tolist(), item["records"].tolist(), strict=True)
    ]


def expected(**given):
    return [item[:2] for item in model([ONE, TWO], CHAIN, **given)]


def given_of(**more):
    return {"chain": CHAIN, "encode": "one_hot", "batch_size": 4, "shuffle_buffer": 7, **more}


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("rank", [0, 1])
def test_each_record_comes_once(folder, workers, rank):
    stream = stream_of(folder, **given_of(rank=rank, world=2))
    with pytest.warns(UserWarning, match="give steps="):
        items = list(loader(stream, 0))
    assert numbers(items) == expected(rank=rank, world=2, shuffle_buffer=7)
    if workers:
        shards = list(loader(stream, workers))
        assert Counter(numbers(shards)) == Counter(numbers(items))
        again = list(loader(stream, workers))
        assert numbers(again) == numbers(shards)
        assert all(torch.equal(a["sequences"], b["sequences"])
                   for a, b in zip(shards, again, strict=True))  # fmt: skip
    for item in items:
        assert item["sequences"].dtype == torch.float32 and item["mask"].dtype == torch.bool
        assert item["mask"].sum(1).tolist() == item["lengths"].tolist()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_arrays_of_each_record_are_those_of_the_stream(folder, method):
    given = given_of(encode="integer(width=70)", shuffle_buffer=0)
    plain = {}
    for batch in stream_of(folder, **given):
        plain |= zip(zip(batch.files, batch.records, strict=True), batch.tensor, strict=True)
    found = {}
    for item in loader(stream_of(folder, **given), 2, multiprocessing_context=method):
        found |= zip(numbers([item]), item["sequences"].numpy(), strict=True)
    assert found.keys() == plain.keys() and len(found) > 30
    assert all(np.array_equal(found[key], plain[key]) for key in plain)


def test_steps_are_as_many_on_each_rank_and_for_any_workers(folder):
    for rank in range(3):
        for workers in (0, 2, 3):
            stream = stream_of(folder, **given_of(steps=11, rank=rank, world=3))
            assert len(list(loader(stream, workers))) == 11
    stream = stream_of(folder, **given_of(even="drop", world=3))
    counts = {
        len(list(loader(stream_of(folder, **given_of(even="drop", rank=rank, world=3)), workers)))
        for rank in range(3)
        for workers in (0, 1)
    }
    assert len(counts) == 1
    with pytest.raises(InputError, match="give steps="):
        list(loader(stream, 2))


def test_epochs_reach_workers_that_are_kept(folder):
    stream = stream_of(folder, **given_of(shuffle_buffer=30))
    dataset = stream.torch()
    kept = loader(stream, 2, dataset, persistent_workers=True)
    epochs = []
    for epoch in (0, 1, 0):
        dataset.set_epoch(epoch)
        epochs.append(numbers(kept))
    assert epochs[0] == epochs[2] != epochs[1]
    assert Counter(epochs[0]) == Counter(expected())
    assert Counter(epochs[1]) == Counter(expected(epoch=1))


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("more", [{}, {"steps": 25}, {"batch_size": 1}])
def test_a_state_goes_on_behind_its_item_again_and_again(folder, workers, more):
    given = given_of(epoch=3, **more)
    whole = list(loader(stream_of(folder, **given), workers))
    every = ((0,), (1,), (2, 3), (5, 1, 4), (len(whole) - 1,), (len(whole),))
    for stops in every if workers == 0 else ((2, 3), (len(whole) - 1,)):
        found, state = [], None
        for stop in (*stops, None):
            dataset = stream_of(folder, **given).torch()
            if state is not None:
                dataset.load_state_dict(state)
                dataset.set_epoch(3)
            before = len(found)
            for item in loader(None, workers, dataset) if stop != 0 else ():
                found.append(item)
                if len(found) - before == stop:
                    break
            if len(found) > before:
                state = dataset.state_dict(found[-1])
            elif state is None:
                state = dataset.state_dict()
        assert numbers(found) == numbers(whole)
        assert all(torch.equal(a["sequences"], b["sequences"])
                   for a, b in zip(found, whole, strict=True))  # fmt: skip


@pytest.mark.parametrize("kept", [False, True])
def test_the_epoch_behind_a_state_is_whole(folder, kept):
    dataset = stream_of(folder, **given_of()).torch()
    first = next(iter(loader(None, 2, dataset)))
    other = stream_of(folder, **given_of()).torch()
    other.load_state_dict(dataset.state_dict(first))
    rest = loader(None, 2, other, persistent_workers=kept)
    assert Counter(numbers(rest)) + Counter(numbers([first])) == Counter(expected())
    assert Counter(numbers(rest)) == Counter(expected())
    other.set_epoch(1)
    assert Counter(numbers(rest)) == Counter(expected(epoch=1))


def test_other_workers_and_settings_than_those_of_the_state_are_refused(folder):
    dataset = stream_of(folder, **given_of()).torch()
    state = dataset.state_dict(next(iter(loader(None, 2, dataset))))
    other = stream_of(folder, **given_of()).torch()
    other.load_state_dict(state)
    with pytest.raises(InputError, match=r"there are 3 workers, and were 2 .*num_workers=2"):
        list(loader(None, 3, other))
    with pytest.raises(InputError, match="seed is 5, and was 0"):
        stream_of(folder, **given_of(seed=5)).torch().load_state_dict(state)


def test_pairs_letters_and_counts(folder):
    stream = FastqStream(paired=(folder / "r1.fq", folder / "r2.fq"), batch_size=100)
    (item,) = loader(stream, 1)
    row = int(item["mate_lengths"].argmax())
    start, length = int(item["mate_starts"][row]), int(item["mate_lengths"][row])
    letters = bytes(item["mate_sequences"][start : start + length].tolist())
    assert letters == model([MATES])[row][3][1]
    (item,) = loader(stream_of(folder, "one.fq", encode="kmers(2)"), 0)
    assert item["sequences"].dtype == torch.int64 and int(item["sequences"].sum()) > 1000


def test_worker_processes_of_ours_serve_a_loader_without_workers(folder):
    given = given_of(workers=2, worker_kind="processes", persistent=True)
    stream = stream_of(folder, **given)
    assert numbers(loader(stream, 0)) == expected(shuffle_buffer=7)
    with pytest.raises(InputError, match="this process is a worker itself"):
        list(loader(stream, 1))
    stream.close()
