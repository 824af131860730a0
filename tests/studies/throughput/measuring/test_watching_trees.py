"""What others do to the machine is named, and what this process does itself is not."""

import os
import subprocess
import time
from dataclasses import replace

import planted_trees as planted
import pytest

from tiltyard.engine.journal.usage import CoreTimes
from tiltyard.studies.throughput.measuring import reading, watch
from tiltyard.studies.throughput.measuring.reading import Program, Reading, read_now
from tiltyard.studies.throughput.measuring.watch import Watch

CALM = Reading(
    clock=0.0,
    cores=CoreTimes("0,1", 100.0, 5.0, 50.0),
    own_seconds=1.0,
    others={(7, 1): Program("editor", 3.0)},
    throttled_seconds=0.0,
    hot=0,
    swapped_mb=0.0,
    stalled={"cpu": 1.0, "memory": 0.0},
    free_mb=8000.0,
    mhz=(2400.02,),
    load=0.5,
)


@pytest.fixture(autouse=True)
def plain_machine(monkeypatch):
    """Nothing that is so all the time is warned of."""
    monkeypatch.setattr(watch, "governors", list)
    monkeypatch.setattr(watch, "addresses_are_random", lambda: True)
    monkeypatch.setattr(watch, "topology", lambda: reading_topology(()))


def reading_topology(shared):
    return type("Topology", (), {"shared": list(shared)})()


def watched(needs_mb=0.0, busy=0.0, steal=0.0, **changes):
    """A watch of ten seconds on two cores in which `changes` came about."""
    cores = CoreTimes("0,1", 100.0 + busy, 5.0 + steal, 70.0 - busy - steal)
    seen = iter([CALM, replace(CALM, clock=10.0, cores=cores, **changes)])
    found = Watch(needs_mb, read=lambda: next(seen))
    found.look()
    found.look()
    return found


def test_own_work_is_nothing_foreign():
    found = watched(busy=10.0, own_seconds=11.0)
    assert (found.seconds, found.steal_share, found.foreign_share) == (10.0, 0.0, 0.0)
    assert found.warnings == ()


def test_foreign_work_has_its_share_and_names():
    others = {(7, 1): Program("editor", 7.0), (9, 4): Program("bwa", 2.0), (3, 2): Program("a", 0)}
    found = watched(busy=16.0, own_seconds=11.0, others=others)
    assert found.foreign_share == pytest.approx(0.3)
    assert found.others == {"editor (7)": pytest.approx(0.4), "bwa (9)": pytest.approx(0.2)}
    [warning] = found.warnings
    assert warning == (
        "other programs took 30% of the cores' time: editor (7) 40% of a core, bwa (9) 20% of a "
        "core"
    )


def test_id_that_is_used_again_is_another_program():
    found = watched(busy=9.0, own_seconds=9.0, others={(7, 2): Program("sort", 1.0)})
    assert found.others == {"sort (7)": pytest.approx(0.1)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steal": 4.0}, "host took 20% of the cores' time"),
        ({"busy": 2.0, "own_seconds": 1.0}, "none that can be seen from here"),
        ({"throttled_seconds": 1.0}, "a quota kept it from its cores for 1.00 of 10.00 s"),
        ({"hot": 2}, "slowed down for their heat, 2 times"),
        ({"swapped_mb": 30.0}, "30 MB went to or from swap"),
        ({"stalled": {"memory": 0.5}}, "waited for memory 5% of the time"),
        ({"free_mb": 900.0, "needs_mb": 1000.0}, "0.9 GB of memory were free, less than"),
    ],
)
def test_each_disturbance_is_a_sentence(changes, words):
    [warning] = watched(**changes).warnings
    assert words in warning


def test_what_is_so_all_the_time_is_warned_of_too(monkeypatch):
    monkeypatch.setattr(watch, "governors", lambda: ["performance", "powersave"])
    monkeypatch.setattr(watch, "addresses_are_random", lambda: False)
    monkeypatch.setattr(watch, "topology", lambda: reading_topology((3,)))
    warnings = watched().warnings
    assert len(warnings) == 3
    for words, warning in zip(["powersave", "randomize_va_space", "core 3"], warnings, strict=True):
        assert words in warning


def test_frequencies_are_shown_and_not_warned_of():
    found = watched(mhz=(1200.0, 3000.0))
    assert (found.facts["mhz_low"], found.facts["mhz_high"]) == (1200.0, 3000.0)
    assert found.facts["load"] == 0.5 and found.warnings == ()


def test_a_machine_that_counts_nothing_is_not_called_calm():
    seen = iter([replace(CALM, cores=None), replace(CALM, cores=None, clock=3.0)])
    found = Watch(read=lambda: next(seen))
    assert found.seconds == 0.0
    found.look()
    found.look()
    assert (found.seconds, found.foreign_share, found.others) == (0.0, 0.0, {})


def test_a_busy_loop_beside_it_is_named_and_a_child_is_not():
    start = (
        "import subprocess\n"
        f"one = subprocess.Popen({planted.python('while True: pass')}, stdout=subprocess.DEVNULL)\n"
        "print(one.pid)\n"
    )
    # Its parent has ended: it is no descendant of this test.
    out = subprocess.run(
        planted.python(start), stdout=subprocess.PIPE, text=True, check=True, timeout=60
    ).stdout
    beside = int(out)
    child = subprocess.Popen(planted.python("while True: pass"))
    try:
        found = Watch()
        found.look()
        for pid in (beside, child.pid):
            begun = time.clock_gettime((~pid << 3) | 2)
            while time.clock_gettime((~pid << 3) | 2) < begun + 0.3:
                time.sleep(0.01)
        found.look()
    finally:
        os.kill(beside, 9)
        child.kill()
        child.wait()
    shares = {int(name.rpartition("(")[2][:-1]): share for name, share in found.others.items()}
    assert shares[beside] * found.seconds >= 0.28
    assert child.pid not in shares and os.getpid() not in shares


def test_reading_of_this_machine_grows():
    first, last = read_now(), read_now()
    assert last.clock > first.clock and last.own_seconds >= first.own_seconds
    assert first.others and first.free_mb > 0
    assert set(first.stalled) <= set(reading.RESOURCES)
