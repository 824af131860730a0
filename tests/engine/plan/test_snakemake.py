"""The room of a run: what there is, what was asked for, and what could never run."""

from types import SimpleNamespace

import pytest
from snakemake.cli import parse_args
from snakemake.resources import Resource, Resources

from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.machine.room import Room
from tiltyard.engine.plan import plan, snakemake
from tiltyard.engine.plan.snakemake import room_for, share

HERE = Room(0.5, "the control group's cpu.max", 1200.0, 1500.0, "of the control group's 1.5 GB")
NOTHING = plan.Resources(cores=None)


def settings(**facts):
    plain = {"cores": None, "nodes": None, "resources": {}, "overwrite_resources": {}}
    return SimpleNamespace(**{**plain, "overwrite_threads": {}, **facts})


@pytest.fixture
def container(monkeypatch):
    """16 cores in the affinity mask, half of one by quota, and 1.5 GB of which 1.2 are free."""
    monkeypatch.setattr(snakemake, "available_room", lambda: HERE)
    monkeypatch.setattr(snakemake, "counted_cores", lambda: 16)


@pytest.mark.parametrize("cores", [None, 16])
def test_all_cores_are_those_that_there_are(container, cores):
    """Snakemake makes the number of the affinity mask of `all`, whatever the quota."""
    room = share(NOTHING, HERE, cores, None)
    assert (room.cores, room.speed, room.memory_mb) == (1, 0.5, 1200.0)
    assert any(
        note.startswith("1 core of the 16") and "0.5 by the control" in note for note in room.notes
    )


@pytest.mark.parametrize("cores", [1, 3, 64])
def test_another_number_of_cores_is_the_users_and_said(container, cores):
    room = share(NOTHING, HERE, cores, None)
    assert room.cores == cores
    assert any("as asked for: there are 0.5 by the control group's" in note for note in room.notes)
    assert any("time limit is wall time" in note for note in room.notes)


def test_nothing_is_said_where_all_is_free(monkeypatch):
    monkeypatch.setattr(snakemake, "counted_cores", lambda: 4)
    whole = Room(4.0, "the affinity mask", 8000.0, 9000.0, "of this machine's 9.0 GB")
    for cores in (None, 4, 2):
        assert share(NOTHING, whole, cores, None).notes == ()


def test_memory_that_is_asked_for_is_taken_and_more_than_there_is_said(container):
    room = room_for(settings(cores=16, resources={"mem_mb": Resource("mem_mb", 4000)}), False)
    assert (room.memory_mb, room.free_mb) == (4000.0, 1200.0)
    assert any("4.0 GB of memory, as asked for, are more" in note for note in room.notes)
    less = room_for(settings(cores=16, resources={"mem_mb": 1000}), False)
    assert less.memory_mb == 1000.0
    assert not any("memory" in note for note in less.notes)


def test_memory_of_a_job_is_the_users_unless_snakemake_computes_it():
    def chosen(text):
        own = Resources.parse([f"mem_mb={text}"], allow_expressions=True)
        return room_for(settings(cores=2, overwrite_resources={"evaluate": own}), False)

    assert chosen("3000").job_memory_mb == 3000
    assert chosen("3000 * attempt").job_memory_mb is None


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("cores", "--cores (or --jobs)"),
        ("nodes", "--jobs"),
        ("local_cores", "--local-cores"),
        ("max_threads", "--max-threads"),
    ],
)
def test_no_cores_and_no_jobs_are_refused_but_in_jobs(name, option, value):
    with pytest.raises(ConfigError) as refused:
        room_for(settings(**{"cores": 2, name: value}), in_job=False)
    assert str(refused.value).startswith(f"{option} {value}, of the command line or a profile")
    room_for(settings(**{"cores": 2, name: value}), in_job=True)


def test_cores_and_jobs_that_snakemake_reads_come_here_as_they_are():
    _, arguments = parse_args(["--cores", "0", "--local-cores", "-1"])
    assert (arguments.cores, arguments.local_cores) == (0, -1)
