"""The room is the least of what machine, affinity, control group and batch system leave."""

import os
from types import SimpleNamespace

import pytest

from tiltyard.engine.machine import room
from tiltyard.engine.machine.allocation import Allotment
from tiltyard.engine.machine.groups import Allowance


@pytest.fixture
def planted(monkeypatch):
    """Plants what each of them says; the machine has 16 cores, and 30 of 32 GB free."""

    def plant(quotas=(), limits=(), cores=(), memory=(), affinity=16):
        monkeypatch.setattr(room, "counted_cores", lambda: affinity)
        machine = SimpleNamespace(available=30e9, total=32e9)
        monkeypatch.setattr(room.psutil, "virtual_memory", lambda: machine)
        monkeypatch.setattr(room, "quotas", lambda: [Allowance(q, q, "quota") for q in quotas])
        monkeypatch.setattr(
            room, "memory_limits", lambda: [Allowance(most, free, "max") for most, free in limits]
        )
        monkeypatch.setattr(room, "allotted_cores", lambda: [Allotment(n, "NSLOTS") for n in cores])
        monkeypatch.setattr(room, "allotted_memory", lambda: [Allotment(m, "MEM") for m in memory])
        return room.available_room()

    return plant


@pytest.mark.parametrize(
    ("facts", "cores", "speed", "word"),
    [
        ({}, 16, 16, "affinity"),
        ({"affinity": 3}, 3, 3, "affinity"),
        ({"quotas": [0.5]}, 1, 0.5, "control group"),
        ({"quotas": [2.9, 4]}, 2, 2.9, "control group"),
        ({"quotas": [64]}, 16, 16, "affinity"),
        ({"cores": [4, 12], "quotas": [8]}, 4, 4, "NSLOTS"),
    ],
)
def test_cores(planted, facts, cores, speed, word):
    here = planted(**facts)
    assert (here.cores, here.speed) == (cores, speed)
    assert word in here.cores_by


@pytest.mark.parametrize(
    ("facts", "free", "most", "word"),
    [
        ({}, 30e3, 32e3, "this machine's 32.0 GB"),
        ({"limits": [(1500, 1200)]}, 1200, 1500, "control group's 1.5 GB (max)"),
        # A group that leaves more than the machine has free binds nothing now.
        ({"limits": [(31e3, 31e3)]}, 30e3, 31e3, "this machine's"),
        ({"limits": [(64e3, 64e3)]}, 30e3, 32e3, "this machine's"),
    ],
)
def test_memory(planted, facts, free, most, word):
    here = planted(**facts)
    assert (here.memory_mb, here.most_memory_mb) == (free, most)
    assert word in here.memory_by


def test_what_this_process_has_is_taken_from_the_batch_systems_memory(planted):
    here = planted(memory=[2000])
    assert 1000 < here.memory_mb < 2000
    assert "batch system's 2.0 GB (MEM)" in here.memory_by


def test_this_machine_has_room():
    here = room.available_room()
    assert 0 < here.speed <= room.counted_cores() <= (os.cpu_count() or 1)
    assert 0 < here.memory_mb <= here.most_memory_mb
