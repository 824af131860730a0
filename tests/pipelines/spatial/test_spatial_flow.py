"""Stages, queues, buffers, progress and files: nothing hangs, nothing is lost, nothing is left."""

import io
import os
import threading
import time
from collections import namedtuple

import numpy as np
import pytest

from tiltyard.pipelines.spatial.batches import HALF
from tiltyard.pipelines.spatial.faults import SpaceError
from tiltyard.pipelines.spatial.files import space
from tiltyard.pipelines.spatial.files.rows import RowFile, runs
from tiltyard.pipelines.spatial.files.scratch import copy_back, scratch
from tiltyard.pipelines.spatial.flow.buffers import Buffers, shaped
from tiltyard.pipelines.spatial.flow.channel import Stopped
from tiltyard.pipelines.spatial.flow.running import Plan, Spent, run
from tiltyard.pipelines.spatial.neighbouring.choosing import Neighbours
from tiltyard.pipelines.spatial.progress import Progress
from tiltyard.pipelines.spatial.scoring import BATCHES, Scoring
from tiltyard.pipelines.spatial.summary import summary, together, words


@pytest.mark.parametrize("workers", [(1, 1, 1), (3, 2, 4)])
@pytest.mark.parametrize("queues", [(1, 1), (5, 20)])
def test_every_item_goes_through_all_stages_once(workers, queues):
    found, lock = [], threading.Lock()

    def write(item):
        with lock:
            found.append(item)

    spent = run(range(100), (lambda x: x + 1, lambda x: 2 * x, write), Plan(workers, queues))
    assert sorted(found) == [2 * (one + 1) for one in range(100)]
    assert [one.items for one in spent] == [100] * 3
    assert [one.workers for one in spent] == list(workers)


def test_queues_are_bounded():
    under_way, most, lock = [0], [0], threading.Lock()

    def read(item):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        return item

    def write(item):
        time.sleep(0.001)
        with lock:
            under_way[0] -= 1

    run(range(60), (read, lambda x: x, write), Plan((1, 1, 1), (2, 3)))
    assert most[0] <= 2 + 3 + 3 and under_way[0] == 0


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_the_first_error_ends_all_stages_at_once(stage):
    def work(place):
        def do(item):
            if place == stage and item == 30:
                raise OSError(f"stage {place}")
            return item

        return do

    before, start = threading.active_count(), time.monotonic()
    with pytest.raises(OSError, match=f"stage {stage}"):
        run(range(10**9), tuple(work(place) for place in range(3)), Plan((2, 2, 2), (1, 1)))
    assert time.monotonic() - start < 5 and threading.active_count() == before


def test_an_error_of_the_items_themselves_is_raised():
    def items():
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        run(items(), (abs, abs, abs), Plan((2, 1, 1), (1, 1)))


def test_buffers_stay_in_the_budget_and_are_used_again():
    buffers = Buffers(1000)
    first = buffers.take(600)
    got = []
    waiting = threading.Thread(target=lambda: got.append(buffers.take(500)))
    waiting.start()
    time.sleep(0.05)
    assert not got
    buffers.give(first)
    waiting.join(5)
    assert got[0] is first and buffers.most == 600
    second = buffers.take(400)
    assert second is not first and buffers.most == 1000


def test_a_request_above_the_budget_is_served_alone():
    buffers = Buffers(100)
    one = buffers.take(80)
    got = []
    waiting = threading.Thread(target=lambda: got.append(buffers.take(500)))
    waiting.start()
    time.sleep(0.05)
    assert not got
    buffers.give(one)
    waiting.join(5)
    assert len(got[0]) == 500


def test_stopped_buffers_let_nobody_wait():
    buffers, ended = Buffers(10), []
    buffers.take(10)

    def wait():
        with pytest.raises(Stopped):
            buffers.take(10)
        ended.append(True)

    waiting = threading.Thread(target=wait)
    waiting.start()
    buffers.stop()
    waiting.join(5)
    assert ended


def test_a_buffer_is_shaped_from_its_beginning():
    found = shaped(np.arange(20, dtype=np.uint8), 2, 3, np.dtype("<u2"))
    assert found.shape == (2, 3) and found[0, 0] == 256


@pytest.mark.parametrize("batch", [10, 500])
def test_a_batch_takes_no_more_than_its_part_of_the_memory(tmp_path, batch):
    rng = np.random.default_rng(1)
    count, width, most = 300, 40, 6000
    rows = rng.integers(0, count, (count, 1, 21)).astype(np.int32)
    near = Neighbours(np.arange(count), rows, np.ones(rows.shape, np.float32))
    files = [RowFile(tmp_path / name, HALF, count, width, writable=True) for name in "ab"]
    scoring = Scoring(
        *(*files, np.zeros(count, np.uint16), lambda batch, out: 0),
        plan=Plan((1, 1, 1), (1, 1)),
        batch=batch,
        memory=BATCHES * most,
        done=np.zeros(count, np.bool_),
        note=lambda: None,
        advance=lambda _: None,
    )
    works = list(scoring._works(near, rng.uniform(size=(count, 2))))
    assert sorted(np.concatenate([work.spots for work in works])) == list(range(count))
    for work in works:
        size = 2 * width * (len(work.rows) + len(work.spots))
        assert len(work.spots) == 1 or (size <= most and len(work.spots) <= batch)
        wanted = rows[work.spots]
        assert (work.rows[work.local] == wanted).all()
    assert max(len(work.spots) for work in works) > 1
    for file in files:
        file.close()


def test_progress_is_said_while_it_lasts():
    said = io.StringIO()
    with Progress("scores", 200, interval=0.02, stream=said) as progress:
        progress.advance(50)
        time.sleep(0.3)
    lines = said.getvalue().splitlines()
    assert len(lines) >= 2 and lines[0].startswith("scores: 50/200 spots, ")
    assert lines[0].endswith(" s left")
    with Progress("scores", 200, interval=0.02, stream=said, quiet=True):
        time.sleep(0.06)
    assert said.getvalue().splitlines() == lines


def spent(workers, busy, cpu=0.0, items=10):
    return Spent(workers, items, busy, cpu)


@pytest.mark.parametrize(
    ("busy", "cpu", "limit", "advice"),
    [
        ((9, 2, 1), 0, "readers", "more --read-workers"),
        ((1, 18, 1), 5, "compute", "more --compute-workers"),
        ((1, 18, 1), 19, "compute", "all 2 cores are busy"),
        ((1, 2, 8), 0, "writers", "more --write-workers"),
    ],
)
def test_the_busiest_stage_limits(busy, cpu, limit, advice):
    parts = [spent(1, busy[0]), spent(2, busy[1], cpu), spent(1, busy[2])]
    found = summary(parts, 500, 10.0, 2)
    assert found["limit"] == limit and advice in found["advice"]
    stage = found["stages"]["readers"]
    assert stage["batches_per_second_per_worker"] == pytest.approx(10 / busy[0])
    assert stage["spots_per_second"] == pytest.approx(500 / busy[0])
    assert found["spots_per_second"] == 50 and found["batches_per_second"] == 1
    assert advice in words("brain", found)


def test_annotations_add_up():
    whole = together([[spent(1, 1), spent(2, 3, 2), spent(1, 1)]] * 2)
    assert [(one.items, one.busy) for one in whole] == [(20, 2), (20, 6), (20, 2)]


def test_runs_of_rows():
    assert list(runs(np.array([3, 4, 5, 9, 11, 12]))) == [(0, 3), (3, 4), (4, 6)]
    assert list(runs(np.array([], np.int64))) == []


def test_rows_are_read_as_they_were_written_in_any_order(tmp_path):
    rng = np.random.default_rng(1)
    values = rng.integers(0, 60_000, (40, 7)).astype(np.uint16)
    with RowFile(tmp_path / "x", np.dtype("<u2"), 40, 7, writable=True) as file:
        file.reserve()
        assert os.path.getsize(tmp_path / "x") == 40 * 7 * 2
        order = rng.permutation(40)
        for first in range(0, 40, 9):
            own = order[first : first + 9]
            file.write(own, values[own])
        rows = np.array([0, 1, 2, 17, 30, 31])
        out = np.empty((6, 7), np.uint16)
        file.read(rows, out)
        assert (out == values[rows]).all()
    with (
        RowFile(tmp_path / "x", np.dtype("<u2"), 41, 7) as file,
        pytest.raises(OSError, match="ends"),
    ):
        file.read(np.array([40]), np.empty((1, 7), np.uint16))


def test_too_little_room_is_refused_with_both_numbers(tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: usage(1000))
    space.check_space({tmp_path: 900})
    with pytest.raises(SpaceError, match="1,050 bytes are needed, and 1,000 are free"):
        space.check_space({tmp_path: 1000})
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(SpaceError):  # two folders of one disk
        space.check_space({tmp_path: 600, other: 600})


def test_a_scratch_folder_is_gone_however_it_ends(tmp_path):
    def work():
        with scratch(tmp_path) as folder:
            (folder / "file").write_text("x")
            with scratch(tmp_path / "other"):
                assert folder.is_dir()  # of a run that is at work
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        work()
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_what_cannot_be_copied_back_leaves_nothing(tmp_path):
    (tmp_path / "one").write_bytes(b"abc")
    copy_back(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == b"abc"
    with pytest.raises(FileNotFoundError):
        copy_back(tmp_path / "none", tmp_path / "three")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
