"""Memory of reading does not grow with what is read, and what is kept is not written over."""

import gc
import subprocess
import sys

import numpy as np

from tiltyard.pipelines.reads import FastqStream
from tiltyard.pipelines.reads.buffers import Buffers, aligned
from tiltyard.pipelines.reads.reading.chunks import PAGE, Chunks
from tiltyard.pipelines.reads.texts import buffer_of

#: Streams so many copies of a part of FASTQ, and prints the peak of resident memory in kB.
PROGRAM = """
import io, resource, sys
from tiltyard.pipelines.reads import FastqStream

class Made(io.RawIOBase):
    part = b"@r 1\\n" + b"ACGT" * 40 + b"\\n+\\n" + b"I" * 160 + b"\\n"
    left = int(sys.argv[1])
    def readable(self):
        return True
    def readinto(self, view):
        count = min(len(view) // len(self.part), self.left)
        self.left -= count
        view[: count * len(self.part)] = self.part * count
        return count * len(self.part)

chain = ["mean_error(20)", "mutate(0.1)"]
count = 0
for batch in FastqStream(Made(), chain, "one_hot", shuffle_buffer=2000, batch_size=256):
    count += len(batch)
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_peak_memory_is_that_of_a_small_file():
    found = {}
    for count in (10_000, 120_000):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(count)], capture_output=True, text=True, check=True
        )
        read, found[count] = map(int, done.stdout.split())
        assert read == count
    assert found[120_000] - found[10_000] < 8_000


def test_batches_are_in_no_cycle_that_would_keep_them(folder):
    chain = ["mean_arithmetic(1)", "mutate(0.1)"]
    paths = [folder / "r1.fq", folder / "r2.fq"]
    for how in ({"files": folder / "one.fq"}, {"paired": paths, "rank": 0, "world": 3}):
        even = {"even": "repeat"} if "world" in how else {}
        stream = FastqStream(chain=chain, encode="one_hot", batch_size=1, **how, **even)
        list(stream)
        gc.collect()
        gc.disable()
        try:
            count = sum(1 for _ in stream)
            found = gc.collect()
        finally:
            gc.enable()
        assert count >= 10 and found < count


def test_a_buffer_is_used_again_when_nobody_has_a_part_of_it():
    buffers = Buffers(buffer_of, 64)
    first = buffers.take(100)
    place = first.ctypes.data
    part = first[10:20][2:]
    del first
    other = buffers.take(100)
    assert other.ctypes.data != place
    del part
    assert buffers.take(100).ctypes.data == place
    assert buffers.take(300).shape[0] >= 364


def test_kept_buffers_are_few():
    buffers = Buffers(lambda size: np.empty(size), most=3)
    held = [buffers.take(5) for _ in range(10)]
    assert len({each.ctypes.data for each in held}) == 10
    assert len(buffers._kept) == 3


def test_an_array_that_begins_with_a_cache_line_is_used_again_like_others():
    buffers = Buffers(aligned)
    first = buffers.take(1000)
    place = first.ctypes.data
    assert place % 64 == 0 and len(first) == 1000
    part = np.ndarray((10, 10), np.float32, first)[2:][3]
    del first
    assert buffers.take(1000).ctypes.data != place
    del part
    held = [buffers.take(1000) for _ in range(2)]
    assert place in {each.ctypes.data for each in held}


class Noted:
    """A source that notes where it was to write text to first."""

    cut = None

    def __init__(self, text, most):
        self.text, self.most, self.places = text, most, []

    def take(self, before):
        return None

    def fill(self, view):
        size = min(len(view), len(self.text), self.most)
        view[:size], self.text = self.text[:size], self.text[size:]
        self.places.append(np.frombuffer(view, np.uint8).ctypes.data)
        return size


def test_text_is_read_to_where_a_page_begins():
    text = bytes(np.random.default_rng(1).integers(0, 256, 9 * 4096 + 5, np.uint8))
    source = Noted(text, 1 << 14)
    chunks, found = Chunks(source, 1 << 13), b""
    while not chunks.final:
        before = len(source.places)
        chunks.more()
        assert source.places[before] % PAGE == 0
        used = len(chunks) * 2 // 3 + 1 if len(chunks) else 0
        found += chunks.bytes(used)
        chunks.use(used)
    assert found + chunks.bytes() == text and len(source.places) > 4


def long_reads(path, count, length):
    rng = np.random.default_rng(count)
    path.write_bytes(
        b"".join(
            b"@r%d\n%b\n+\n%b\n"
            % (n, rng.choice(list(b"ACGT"), length).astype("u1"), b"I" * length)
            for n in range(count)
        )
    )
    return path


def test_long_reads_of_many_chunks_are_not_copied_into_one(tmp_path):
    file = long_reads(tmp_path / "long.fq", 60, 20_000)
    (batch,) = FastqStream(file, chunk=1 << 16, batch_size=60)
    assert len(batch.sequences.parts) > 16 and len(batch) == 60
    assert batch.bases == 60 * 20_000


def test_a_few_reads_of_many_chunks_do_not_keep_all_of_them(tmp_path):
    file = long_reads(tmp_path / "short.fq", 4_000, 150)
    (batch,) = FastqStream(file, ["every(100)"], chunk=1 << 13, batch_size=60)
    assert batch.records.tolist() == list(range(0, 4_000, 100))
    assert batch.names.held < 1 << 18 < file.stat().st_size
