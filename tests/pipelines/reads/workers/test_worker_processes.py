"""Worker processes: they give what one process gives, and none is left, however it ends."""

import contextlib
import gc
import multiprocessing
import os
import signal
import time
from collections import Counter

import numpy as np
import pytest
import worker_steps as steps
from read_outcomes import by_rule, facts
from reading_cases import CASES, MORE
from stream_files import CHAIN, MATES, ONE, TWO, stream_of
from stream_model import items_of, model

from tiltyard.pipelines.reads import FastqStream, InputError, ReadError
from tiltyard.pipelines.reads.faults import LetterError, WorkerDied
from tiltyard.pipelines.reads.workers.lending import Workers

ALL = CASES | MORE
KINDS = ("processes", "pipes")


def processes():
    """Worker processes of streams; what other tests keep is not theirs."""
    children = multiprocessing.active_children()
    return [one for one in children if one.name.startswith("tiltyard-reads")]


def opened():
    """How often this process has each file open, pipes and memory without names among them."""
    found = Counter()
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        with contextlib.suppress(OSError):  # the one by which they were listed
            file = os.fstat(descriptor)
            found[file.st_dev, file.st_ino] += 1
    return found


@pytest.fixture(autouse=True)
def nothing_left():
    """No process, no descriptor and, as it has no name, no memory is left behind a test."""
    gc.collect()  # what earlier tests left to it
    before = opened()
    yield
    gc.collect()  # what was raised has frames, and those what they had at hand
    assert processes() == []
    assert not opened() - before  # what earlier tests had open may be closed by now


@pytest.fixture
def workers():
    """Workers of each kind, which several streams share one after the other."""
    found = {kind: Workers(2, kind, 2, persistent=True) for kind in KINDS}
    yield found
    for each in found.values():
        each.close()


def two(folder, **given):
    return stream_of(folder, workers=2, worker_kind="processes", chunk=300, **given)


def test_each_case_has_the_records_and_the_error_of_the_rule(workers, written):
    for case, (raw, *_) in ALL.items():
        path = written(raw)
        expected = by_rule(raw, str(path))
        for kind in KINDS:
            for encode, chunk in ((None, 33), ("integer", 1 << 20)):
                stream = FastqStream(path, ["length(0)"], encode, chunk=chunk, batch_size=1)
                stream._workers = workers[kind]
                records, error = [], None
                try:
                    for batch in stream:
                        records += [(r.name, r.sequence, r.quality) for r in batch]
                        if encode:
                            assert (batch.tensor >= 0).sum() == batch.bases
                except ReadError as fault:
                    error = facts(fault)
                named = (case, kind, chunk)
                assert (named, records) == (named, [record[:3] for record in expected[0]])
                assert (named, error) == (named, expected[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "more",
    [
        {"shuffle_buffer": 11, "encode": "one_hot", "batch_size": 3},
        {"shuffle_buffer": 400, "encode": "one_hot(width=64, ambiguous='random')", "batch_size": 9},
        {"encode": "quality(width=66)", "batch_size": 1, "drop_last": True},
        {"encode": "kmers(3)", "steps": 40, "batch_size": 4},
        {"encode": "integer", "even": "repeat", "rank": 1, "world": 3, "batch_size": 5},
        {"chain": [*CHAIN, "dedup", "mutate(0.5)"], "encode": "integer", "batch_size": 7},
        {
            "chain": [steps.odd, "length(1)", steps.lower],
            "encode": "one_hot(dtype='uint8')",
            "batch_size": 5,
        },
        {"implementation": "numpy-record", "encode": "integer", "batch_size": 6},
        {"chain": [], "encode": None, "batch_size": 2},
    ],
)
def test_they_give_what_one_process_gives(folder, workers, kind, more):
    given = {"chain": CHAIN, "seed": 4, "chunk": 700, **more}
    one = list(stream_of(folder, **given))
    for prefetch in (1, 3):
        stream = stream_of(folder, **given)
        stream._workers = workers[kind]
        stream._workers.prefetch = prefetch
        found = list(stream)
        assert items_of(found) == items_of(one) and len(found) > 3
        for ours, other in zip(found, one, strict=True):
            for name in ("tensor", "mask", "repeated", "lengths"):
                mine, expected = getattr(ours, name), getattr(other, name)
                assert np.array_equal(mine, expected) and type(mine) is type(expected)
            if ours.encoded:
                assert ours.encoded.cut == other.encoded.cut
                assert np.array_equal(ours.encoded.lengths, other.encoded.lengths)
        report = stream.report.plain()
        assert report == _after(stream_of(folder, **given)).report.plain()


def _after(stream):
    for _ in stream:
        pass
    return stream


@pytest.mark.parametrize("mixed", [False, True])
def test_pairs_and_their_arrays(folder, mixed):
    files = (
        {"files": folder / "mixed.fq", "interleaved": True}
        if mixed
        else {"paired": (folder / "r1.fq", folder / "r2.fq")}
    )
    given = {"chain": CHAIN, "encode": "integer", "batch_size": 9, "chunk": 300}
    found = list(FastqStream(**files, **given, workers=2, worker_kind="processes"))
    assert items_of(found) == model([MATES], CHAIN)
    for ours, other in zip(found, FastqStream(**files, **given), strict=True):
        assert np.array_equal(ours.mate.tensor, other.mate.tensor)
        assert np.array_equal(ours.tensor, other.tensor)


def test_processes_that_are_kept_are_the_same_in_the_next_epoch(folder, tmp_path):
    for persistent, count in ((True, 2), (False, 4)):
        place = tmp_path / str(persistent)
        place.mkdir()
        stream = two(folder, chain=[steps.Pid(place), *CHAIN], persistent=persistent)
        for epoch in range(2):
            stream.set_epoch(epoch)
            assert items_of(stream) == model([ONE, TWO], CHAIN, epoch=epoch)
        assert len(processes()) == (2 if persistent else 0)
        assert 2 <= len(list(place.iterdir())) <= count
        stream.close()
        assert items_of(stream) == model([ONE, TWO], CHAIN, epoch=1)
        del stream  # ends those that were started once more
        gc.collect()


def test_batches_may_all_be_kept(folder):
    stream = two(folder, chain=CHAIN, encode="one_hot", batch_size=2, persistent=True)
    first, again = list(stream), list(stream)
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.tensor, other.tensor)
    assert items_of(first) == items_of(again) == model([ONE, TWO], CHAIN)
    (pool,) = [stream._workers._kept]
    counts = [len(worker.memories) for worker in pool._workers]
    del pool
    stream.close()
    assert max(counts) <= 2 * 2 + 4 + 3
    assert items_of(first) == model([ONE, TWO], CHAIN)


def test_a_worker_that_is_killed_is_named(folder):
    found = []
    stream = two(folder, chain=[steps.die], encode="integer", batch_size=1)
    with pytest.raises(WorkerDied, match=r"worker [12] of 2 \(process \d+\) was killed by SIGKILL"):
        found.extend(stream)
    assert items_of(found) == model([ONE, TWO])[: len(found)]
    assert len(found) <= 40


def test_a_worker_that_ends_by_itself_is_named(folder):
    with pytest.raises(WorkerDied, match=r"worker [12] of 2 .* with status 3: .*__main__"):
        list(two(folder, chain=[steps.leave]))


def test_a_killed_worker_that_has_nothing_to_do_is_noticed_or_replaced(folder):
    stream = two(folder, chain=CHAIN, persistent=True)
    assert items_of(stream) == model([ONE, TWO], CHAIN)
    os.kill(processes()[0].pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while len(processes()) > 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert items_of(stream) == model([ONE, TWO], CHAIN)
    stream.close()


def test_an_error_in_a_worker_comes_in_its_place_with_the_name_of_the_worker(folder):
    found = []
    for persistent in (False, True):
        stream = two(folder, chain=[steps.fail], batch_size=1, persistent=persistent)
        found.clear()
        with pytest.raises(ValueError, match="forty is no number") as caught:
            found.extend(stream)
        (note,) = caught.value.__notes__
        assert note.startswith("In worker ") and "worker_steps.py" in note
        assert items_of(found) == model([ONE, TWO])[: len(found)] and len(found) > 30
        stream.close()
    with pytest.raises(RuntimeError, match="Unsendable: this and that") as caught:
        list(two(folder, chain=[steps.fail_oddly]))
    assert caught.value.__notes__[0].startswith("In worker ")


def test_a_letter_that_an_encoder_refuses_is_named(folder):
    given = {"encode": "integer(ambiguous='error')"}
    errors = []
    for stream in (stream_of(folder, **given), two(folder, **given)):
        with pytest.raises(LetterError) as caught:
            list(stream)
        errors.append(caught.value.args)
    assert errors[0] == errors[1]


def test_functions_that_cannot_be_given_to_processes_are_refused_before(folder):
    with pytest.raises(InputError, match=r"cannot be given the steps .*def in a module"):
        two(folder, chain=[lambda batch: batch.records > 3])
    with pytest.raises(InputError, match="give workers=2, worker_kind='processes'"):
        stream_of(folder, persistent=True, workers=2)
    with pytest.raises(InputError, match="'threads', 'processes', 'pipes'"):
        stream_of(folder, worker_kind="fibres")


def test_functions_that_keep_batches_are_refused(folder):
    with pytest.raises(InputError, match="keeps a part of a batch"):
        list(two(folder, chain=[steps.keep]))


@pytest.mark.parametrize("persistent", [False, True])
def test_who_leaves_early_waits_for_nobody(folder, persistent):
    began = time.monotonic()
    stream = two(folder, chain=[steps.slow], persistent=persistent)
    batches = iter(stream)
    threading_timer = _later(0.5, os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        next(batches)
    threading_timer.join()
    stream.close()
    assert time.monotonic() - began < 30
    for persistent_too in (False, True):
        stream = two(folder, chain=CHAIN, batch_size=1, persistent=persistent_too)
        for _ in range(2):
            for batch in stream:
                assert len(batch) == 1
                break
        assert items_of(stream) == model([ONE, TWO], CHAIN)
        stream.close()


def _later(seconds, process, number):
    import threading

    timer = threading.Timer(seconds, os.kill, (process, number))
    timer.start()
    return timer


def test_a_worker_of_others_starts_none(folder):
    reader, writer = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_started, args=(two(folder, chain=CHAIN), writer), daemon=True
    )
    process.start()
    assert "this process is a worker itself" in reader.recv()
    process.join()
    process.close()
    reader.close()
    writer.close()


def _started(stream, pipe):
    try:
        list(stream)
    except InputError as error:
        pipe.send(str(error))
