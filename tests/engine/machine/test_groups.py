"""Limits of control groups, as containers and batch systems lay them out, are found."""

import pytest

from tiltyard.engine.machine import groups

#: Mounts of version 1, with one controller alone and two together, of version 2, and of both.
ONE = """31 23 0:28 / {at} rw - tmpfs tmpfs rw
32 31 0:29 {root} {at}/cpu,cpuacct rw shared:9 master:1 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 {root} {at}/memory rw - cgroup cgroup rw,memory
"""
TWO = "31 23 0:28 {root} {at} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
HYBRID = ONE + "41 31 0:38 {root} {at}/unified rw - cgroup2 cgroup2 rw\n"


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """Plants what the kernel says of this process's groups, and the files in their folders."""
    for name in ("GROUP", "MOUNTS", "VMSTAT"):
        monkeypatch.setattr(groups, name, tmp_path / name)

    def planted(mounts, group, files, root="/"):
        groups._counters.cache_clear()
        at = tmp_path / "mounted here"
        written = str(at).replace(" ", r"\040")
        groups.MOUNTS.write_text(mounts.format(at=written, root=root))
        groups.GROUP.write_text(group)
        for name, text in files.items():
            (at / name).parent.mkdir(parents=True, exist_ok=True)
            (at / name).write_text(f"{text}\n")

    yield planted
    groups._counters.cache_clear()


CPU, MEMORY = "cpu,cpuacct", "memory"


@pytest.mark.parametrize(
    ("mounts", "group", "root", "files", "cores"),
    [
        (TWO, "0::/job/step", "/", {"job/cpu.max": "150000 100000"}, [1.5]),
        (TWO, "0::/job", "/", {"job/cpu.max": "max 100000", "cpu.max": "50000 100000"}, [0.5]),
        (TWO, "0::/", "/", {"cpu.max": "50000 100000"}, [0.5]),
        # In a container: the group is the mount's own, or it is another's view of it.
        (TWO, "0::/docker/a1", "/docker/a1", {"cpu.max": "20000 10000"}, [2.0]),
        (TWO, "0::/../../init", "/", {"cpu.max": "20000 10000"}, [2.0]),
        (TWO, "0::/not/mounted/here", "/", {"cpu.max": "20000 10000"}, [2.0]),
        (
            ONE,
            "3:cpu,cpuacct:/job\n4:memory:/other",
            "/",
            {f"{CPU}/job/cpu.cfs_quota_us": "50000", f"{CPU}/job/cpu.cfs_period_us": "100000"},
            [0.5],
        ),
        (
            ONE,
            "3:cpuacct,cpu:/job",
            "/",
            {f"{CPU}/job/cpu.cfs_quota_us": "-1", f"{CPU}/job/cpu.cfs_period_us": "100000"},
            [],
        ),
        # The same text of a group whose controller is another says nothing.
        (ONE, "4:memory:/job", "/", {"memory/job/cpu.max": "50000 100000"}, []),
        (HYBRID, "3:cpu,cpuacct:/j\n0::/j", "/", {"unified/j/cpu.max": "30000 10000"}, [3.0]),
        (TWO, "0::/job", "/", {}, []),
        ("", "", "/", {}, []),
    ],
)
def test_quotas_of_every_layout(plant, mounts, group, root, files, cores):
    plant(mounts, group, files, root)
    assert [one.amount for one in groups.quotas()] == cores


STAT = "cache 900\ninactive_file 300000000\nactive_file 100000000\nshmem 5"
TOTAL = "inactive_file 1\nactive_file 1\ntotal_inactive_file 300000000\ntotal_active_file 100000000"


@pytest.mark.parametrize(
    ("mounts", "group", "files", "left"),
    [
        (
            TWO,
            "0::/job/step",
            {
                "job/step/memory.max": "max",
                "job/memory.max": "1500000000",
                "job/memory.current": "1000000000",
                "job/memory.stat": STAT,
            },
            [(1500, 900)],
        ),
        (
            TWO,
            "0::/job",
            {
                "job/memory.max": "1500000000",
                "job/memory.high": "1000000000",
                "job/memory.current": "1200000000",
            },
            [(1500, 300), (1000, 0)],
        ),
        (
            ONE,
            "4:memory:/a/b",
            {
                "memory/a/b/memory.limit_in_bytes": "9223372036854771712",
                "memory/a/memory.limit_in_bytes": "2000000000",
                "memory/a/memory.usage_in_bytes": "1900000000",
                "memory/a/memory.stat": TOTAL,
                "memory/memory.limit_in_bytes": "9223372036854771712",
            },
            [(2000, 500)],
        ),
        (TWO, "0::/job", {"job/memory.max": "max", "job/memory.high": "max"}, []),
    ],
)
def test_memory_is_what_every_group_above_leaves_with_cached_files_free(
    plant, mounts, group, files, left
):
    plant(mounts, group, files)
    found = groups.memory_limits()
    assert [(one.amount, one.free) for one in found] == left
    assert all(one.source.endswith(tuple(groups.LIMITS)) for one in found)


def test_kills_for_memory_are_those_of_the_own_group_or_else_of_the_machine(plant):
    plant(TWO, "0::/job", {"job/memory.events": "low 0\noom 2\noom_kill 3\noom_group_kill 1"})
    groups.VMSTAT.write_text("nr_free_pages 9\noom_kill 70\n")
    assert groups.kills_for_memory() == 3
    plant(ONE, "4:memory:/j", {"memory/j/memory.oom_control": "under_oom 0\noom_kill 4"})
    assert groups.kills_for_memory() == 4
    plant(TWO, "0::/", {})
    assert groups.kills_for_memory() == 70
    groups.VMSTAT.unlink()
    assert groups.kills_for_memory() is None


def test_this_machines_own_files_are_read_without_a_fault():
    assert all(one.amount > 0 and one.free <= one.amount for one in groups.memory_limits())
    assert all(one.amount > 0 for one in groups.quotas())
