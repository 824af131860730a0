"""BGZF is the same whoever compresses its blocks."""

import gzip
import io
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tiltyard.pipelines.reads.writing import bgzf

TEXT = np.random.default_rng(3).integers(65, 70, 5_000_000).astype("u1").tobytes()


def packed(sizes, pool=None):
    file = io.BytesIO()
    writer = bgzf.Writer(file, pool)
    place = 0
    for size in sizes:
        writer.write(memoryview(TEXT)[place : place + size])
        place += size
    writer.close()
    return file.getvalue(), place


@pytest.mark.parametrize("sizes", [[], [0], [10], [bgzf.BLOCK], [4_999_999, 1], [100_000] * 40])
def test_threads_write_the_same_bytes(sizes):
    alone, size = packed(sizes)
    assert gzip.decompress(alone) == TEXT[:size]
    for threads in (1, 3):
        with ThreadPoolExecutor(threads) as pool:
            assert packed(sizes, pool) == (alone, size)


def test_blocks_that_are_late_keep_their_place(monkeypatch):
    expected, _ = packed([3_000_000])
    block, calls = bgzf.block_of, []

    def slow(text):
        calls.append(len(text))
        time.sleep(0.02 if len(calls) % 3 == 1 else 0)
        return block(text)

    monkeypatch.setattr(bgzf, "block_of", slow)
    with ThreadPoolExecutor(4) as pool:
        assert packed([3_000_000], pool)[0] == expected
    assert len(calls) == 46


def test_text_may_be_changed_once_it_is_given():
    text = bytearray(TEXT[:200_000])
    file = io.BytesIO()
    with ThreadPoolExecutor(2) as pool:
        writer = bgzf.Writer(file, pool)
        writer.write(memoryview(text))
        text[:] = bytes(len(text))
        writer.close()
    assert gzip.decompress(file.getvalue()) == TEXT[:200_000]


def test_what_goes_wrong_in_a_thread_is_raised(monkeypatch):
    def fail(text):
        raise MemoryError("no more")

    monkeypatch.setattr(bgzf, "block_of", fail)
    with ThreadPoolExecutor(2) as pool:
        writer = bgzf.Writer(io.BytesIO(), pool)
        with pytest.raises(MemoryError, match="no more"):
            writer.write(memoryview(TEXT))  # of more blocks than may wait
