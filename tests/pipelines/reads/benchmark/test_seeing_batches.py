"""Checksums of what is handed over: the same for any batches, by share for torch's workers."""

import numpy as np
import pytest

from tiltyard.pipelines.reads import FastqStream
from tiltyard.pipelines.reads.benchmark.seeing import Seen
from tiltyard.pipelines.reads.comparing import difference, digest_of

COLUMNS = ("lengths", "tensor")


def seen(folder, names, shares=(), columns=COLUMNS, whole=True, **given):
    found = Seen(columns, shares, whole)
    for batch in FastqStream([folder / name for name in names], encode="one_hot", **given):
        found.add(batch)
    return found.lines()


def numbers(lines):
    return {name: int(value) for name, value in (line.split("\t") for line in lines)}


def test_batches_and_padding_do_not_matter(folder):
    whole = seen(folder, ["one.fq"])
    assert all(seen(folder, ["one.fq"], batch_size=size) == whole for size in (1, 7, 64))
    assert list(numbers(whole)) == ["reads", "bases", *COLUMNS] and numbers(whole)["reads"] == 70
    other = seen(folder, ["one.fq"], chain=["mutate(0.01)"])
    assert numbers(other)["tensor"] != numbers(whole)["tensor"]
    assert numbers(other)["lengths"] == numbers(whole)["lengths"]


@pytest.mark.parametrize("workers", [2, 4])
def test_shares_are_those_of_streams_that_each_worker_reads(folder, workers):
    found = numbers(seen(folder, ["one.fq", "two.fq"], (0, 2, 4), batch_size=16))
    for worker in range(workers):
        stream = FastqStream([folder / "one.fq", folder / "two.fq"], encode="one_hot")
        own = Seen(COLUMNS)
        for batch in stream.for_worker(worker, workers):
            own.add(batch)
        expected = numbers(own.lines())
        for name in COLUMNS:
            assert found[f"{name}/{workers}/{worker}"] == expected[name] != 0


def item(batch, workers, worker):
    """What the adapter for torch makes of a batch, in arrays that say `numpy` themselves."""

    class Tensor:
        def __init__(self, array):
            self.array = array

        def numpy(self):
            return self.array

        def tolist(self):
            return self.array.tolist()

    arrays = {"lengths": batch.lengths, "sequences": batch.tensor, "mask": batch.mask}
    arrays["place"] = np.array([workers, worker, 0])
    return {name: Tensor(array) for name, array in arrays.items()}


def items(folder, workers):
    """Items of torch's workers in turns, as its loader gives them."""
    streams = [
        iter(FastqStream(folder / "one.fq", encode="one_hot", batch_size=9).for_worker(n, workers))
        for n in range(workers)
    ]
    while streams:
        for worker, stream in enumerate(streams):
            batch = next(stream, None)
            if batch is None:
                return
            yield item(batch, workers, worker)


@pytest.fixture
def output(tmp_path):
    def write(name, lines):
        path = tmp_path / name
        path.write_text("".join(lines))
        return path

    return write


def test_items_of_workers_are_compared_by_share(folder, output):
    right = output("right", seen(folder, ["one.fq"], (2, 4)))
    given = list(items(folder, 2))
    good, lost, swapped = (Seen(COLUMNS, (2,), whole=False) for _ in range(3))
    for one in given:
        good.add_item(one)
    for one in given[:-1]:
        lost.add_item(one)
    for one in [given[2], given[1], given[0], *given[3:]]:
        swapped.add_item(one)
    assert difference(right, output("good", good.lines())) == ""
    assert difference(right, output("lost", lost.lines())).startswith("reads: 'reads\\t70\\n'")
    assert "/2/0: " in difference(right, output("swapped", swapped.lines()))


def test_items_without_workers_are_compared_as_a_whole(folder, output):
    right = output("right", seen(folder, ["one.fq"], (2,)))
    found = Seen(COLUMNS)
    for batch in FastqStream(folder / "one.fq", encode="one_hot", batch_size=9):
        found.add_item(item(batch, 1, 0))
    path = output("found", found.lines())
    assert difference(right, path) == "" and digest_of(path) == digest_of(right)


def test_shares_are_no_part_of_the_digest_and_a_missing_number_is_named(output):
    lines = ["reads\t3\n", "bases\t9\n", "tensor\t5\n"]
    plain, more = output("plain", lines), output("more", [*lines, "tensor/2/0\t1\n"])
    assert digest_of(plain) == digest_of(more)
    assert digest_of(output("other", [*lines[:2], "tensor\t6\n"])) != digest_of(plain)
    assert difference(more, plain) == ""
    fewer = output("fewer", lines[:2])
    assert difference(plain, fewer) == "tensor: 'tensor\\t5\\n' expected, nothing found"
    odd = output("odd", [*lines[:2], "tensor/4/0\t1\n"])
    assert difference(more, odd) == "tensor/4/0: nothing expected, 'tensor/4/0\\t1\\n' found"
