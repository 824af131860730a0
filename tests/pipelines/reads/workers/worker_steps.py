"""Steps of a chain that worker processes can load, well-behaved and not."""

from __future__ import annotations

import os
import signal
import time

KEPT = []


class Unsendable(Exception):
    """An error that cannot be made again from its pickle."""

    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")


def odd(batch):
    return batch.records % 2 == 1


def lower(batch):
    found = batch.contiguous()
    found.sequences.buffer[: found.sequences.size] |= 32
    return found


def slow(batch):
    time.sleep(60)
    return odd(batch)


def die(batch):
    if 40 in batch.records:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch.records >= 0


def leave(batch):
    os._exit(3)


def fail(batch):
    if 40 in batch.records:
        raise ValueError("forty is no number of mine")
    return batch.records >= 0


def fail_oddly(batch):
    raise Unsendable("this", "that")


def keep(batch):
    KEPT.append(batch)
    return batch.records >= 0


def process(batch):
    """Which reads are worked on in a process of an even number."""
    return (batch.records >= 0) & (os.getpid() % 2 == 0)


class Pid:
    """Notes the number of each process that it is called in."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, batch):
        (self.folder / str(os.getpid())).touch()
        return batch.records >= 0
