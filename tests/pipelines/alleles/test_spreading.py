"""Counts do not depend on how the work is spread, and no worker is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from multiprocessing.connection import Connection

import numpy as np
import psutil
import pytest
from counting import make
from made_alignments import Read

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.implementations import NAMES
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.sites import sites_of
from tiltyard.pipelines.alleles.spreading import blocks, choosing
from tiltyard.pipelines.alleles.spreading.choosing import choose
from tiltyard.pipelines.alleles.spreading.counting import count_files
from tiltyard.pipelines.alleles.spreading.spread import BACKENDS, LEVELS, Spread
from tiltyard.pipelines.team import WorkerDied

OPTIONS = (Options(), Options(by="CB"), Options(by_read_group=True, fragment_tag="UB"))
GROUPS = (("a", "A"), ("b", "B"))


def pairs(rng, letters, contig, count, length=40):
    """Pairs of reads all over a contig, whose mates lie on different sides of any cut."""
    for i in range(count):
        start = int(rng.integers(1, len(letters) - 150))
        tags = (("CB", "XYZ"[i % 3]), ("UB", f"u{i % 50}"), ("RG", "ab"[i % 2]))
        for k, at in enumerate((start, start + int(rng.integers(0, 100)))):
            bases = list(letters[at - 1 : at - 1 + length])
            bases[int(rng.integers(length))] = "G"
            qualities = tuple(map(int, rng.choice([10, 25, 40], length)))
            yield Read(
                f"p{i}",
                at,
                (("M", length),),
                "".join(bases),
                qualities,
                (99, 147)[k],
                contig=contig,
                tags=tags,
            )


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Three files of two contigs: one without reads on the second, one without any."""
    rng = np.random.default_rng(11)
    found = []
    contigs = {name: "".join(rng.choice(list("ACGT"), 3_000)) for name in ("one", "two")}
    variants = [
        (contig, position, letters[position - 1], "ACGT"["ACGT".index(letters[position - 1]) - 1])
        for contig, letters in contigs.items()
        for position in range(3, 2_990, 61)
    ]
    for number, counts in enumerate(((150, 80), (100, 0), (0, 0))):
        reads = [
            read
            for contig, (letters, count) in enumerate(zip(contigs.values(), counts, strict=True))
            for read in pairs(rng, letters, contig, count)
        ]
        folder = tmp_path_factory.mktemp(f"s{number}")
        files = make(folder, contigs, reads, variants, GROUPS, name=f"s{number}.bam")
        found.append(files)
    return found


def given(opened, options):
    files = []
    for each in opened:
        checked = each.opened(replace(options, by_read_group=True))  # two samples in a file
        sites, _ = sites_of(checked.variants, checked.alignments[0], options)
        files.append((checked.alignments[0], sites))
    return files


def counted(files, options, spread):
    found = dict(count_files(files, options, spread))
    assert sorted(found) == list(range(len(files)))
    return found


@pytest.fixture(scope="module")
def expected(opened):
    spread = Spread(implementation="reference", block_size=10**6, block_distance=10**9)
    return {options: counted(given(opened, options), options, spread) for options in OPTIONS}


def assert_same(found, expected):
    for file, counts in expected.items():
        assert found[file].groups == counts.groups
        for field in ("site", "group", "values", "reasons"):
            np.testing.assert_array_equal(getattr(found[file], field), getattr(counts, field))
        assert found[file].without_fragment == counts.without_fragment


@pytest.fixture
def alone(monkeypatch):
    """Each block is a unit, although files as small as these are joined to one."""
    monkeypatch.setattr(blocks, "JOINED_BYTES", 0)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "tag", "read group"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_any_size_of_a_block_counts_the_same(opened, expected, options, name, size):
    spread = Spread(implementation=name, backend="threads", workers=2, block_size=size)
    assert_same(counted(given(opened, options), options, spread), expected[options])


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "tag", "read group"])
def test_joined_blocks_count_the_same(opened, expected, options):
    assert_same(counted(given(opened, options), options, Spread(block_size=7)), expected[options])


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("backend", "level"),
    [(each, level) for each in BACKENDS for level in LEVELS if each != "processes"]
    + [("processes", "both")],  # to start them takes seconds
)
def test_any_backend_and_level_counts_the_same(opened, expected, backend, level):
    options = OPTIONS[1]
    workers = 1 if backend == "serial" else 2
    spread = Spread(
        backend=backend, workers=workers, block_size=20, block_distance=900, level=level
    )
    assert_same(counted(given(opened, options), options, spread), expected[options])


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("backend", ["serial", "threads", "multiprocessing"])
def test_progress_goes_to_the_end(opened, backend):
    files = given(opened, Options())
    total = sum(len(sites) for _, sites in files)
    seen = []
    spread = Spread(backend=backend, workers=1, block_size=30, level="both")
    list(count_files(files, Options(), spread, lambda done, of: seen.append((done, of))))
    assert seen[-1] == (total, total)
    assert seen == sorted(seen)
    assert len(seen) > 3


def test_no_files_and_no_sites(opened):
    ((alignment, _), *_) = given(opened, Options())
    for backend in ("serial", "threads", "multiprocessing"):
        spread = Spread(backend=backend)
        assert list(count_files([], Options(), spread)) == []
        ((_, counts),) = count_files([(alignment, [])], Options(), spread)
        assert counts.groups == (None,)
        assert counts.values.shape == (0, 9)


@pytest.mark.parametrize("backend", BACKENDS)
def test_damage_is_told_by_every_backend(opened, tmp_path, backend):
    """A worker's error is the caller's, and no process is left."""
    ((alignment, sites), *_) = given(opened, Options())
    content = bytearray(alignment.path.read_bytes())
    content[len(content) // 3] ^= 4
    path = tmp_path / "bad.bam"
    path.write_bytes(content)
    bad = replace(alignment, path=path)
    before = set(psutil.Process().children(recursive=True))
    spread = Spread(backend=backend, workers=1 if backend == "serial" else 2, block_size=20)
    with pytest.raises(InputError, match=r"bad\.bam, byte [\d,]+: "):
        list(count_files([(bad, sites)], Options(), spread))
    left = workers_of(set(psutil.Process().children(recursive=True)) - before)
    assert not left


def workers_of(processes):
    """Without the tracker of resources, which ends with its parent and counts nothing."""
    found = []
    for process in processes:
        try:
            if "tracker" not in " ".join(process.cmdline()) and process.status() != "zombie":
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.mark.parametrize("backend", ["processes", "multiprocessing"])
def test_a_killed_worker_is_told(opened, monkeypatch, backend):
    ((alignment, sites), *_) = given(opened, Options())
    before = set(psutil.Process().children(recursive=True))

    def killing(done, total):
        for process in workers_of(set(psutil.Process().children(recursive=True)) - before):
            process.kill()

    spread = Spread(backend=backend, workers=2, block_size=1, level="both")
    with pytest.raises(WorkerDied, match="worker process ended before its work was done"):
        list(count_files([(alignment, sites)] * 50, Options(), spread, killing))
    time.sleep(0.2)
    assert not workers_of(set(psutil.Process().children(recursive=True)) - before)


def test_a_worker_killed_while_it_answers_is_told(opened, monkeypatch):
    parent, send = os.getpid(), Connection.send

    def half(self, found):
        if os.getpid() == parent:
            send(self, found)
        else:
            os.write(self.fileno(), b"\0\0\1\0half")  # of 256 bytes
            os._exit(1)

    monkeypatch.setattr(Connection, "send", half)
    files = given(opened, Options())
    spread = Spread(backend="multiprocessing", workers=2, block_size=1)
    with pytest.raises(WorkerDied, match="worker process ended before its work was done"):
        list(count_files(files, Options(), spread))


PROGRAM = """
    from pathlib import Path
    from tiltyard.pipelines.alleles.alignment import Alignment
    from tiltyard.pipelines.alleles.counts import Site
    from tiltyard.pipelines.alleles.options import Options
    from tiltyard.pipelines.alleles.spreading.counting import count_files
    from tiltyard.pipelines.alleles.spreading.spread import Spread

    def slow(done, total):
        print(done, flush=True)

    if __name__ == "__main__":
        alignment = Alignment(
            path=Path({path!r}), index=Path({index!r}), fasta=Path({fasta!r}), sample="s",
            cram=False, contigs={contigs!r}, letters={letters!r},
        )
        sites = [Site("one", k, "A", "G", "snp", 0) for k in range(2_900)]
        files = [(alignment, sites)] * 200
        spread = Spread(
            implementation={name!r}, backend={backend!r}, workers=2, block_size=5, level="both"
        )
        for _ in count_files(files, Options(), spread, slow):
            pass
"""


@pytest.mark.parametrize(
    ("backend", "number"),
    [
        ("threads", signal.SIGINT),
        ("processes", signal.SIGINT),
        ("processes", signal.SIGTERM),
        ("multiprocessing", signal.SIGINT),
        ("multiprocessing", signal.SIGKILL),
    ],
)
def test_nothing_is_left_behind_a_signal(opened, tmp_path, backend, number):
    ((alignment, _), *_) = given(opened, Options())
    program = tmp_path / "program.py"
    text = PROGRAM.format(
        path=str(alignment.path),
        index=str(alignment.index),
        fasta=str(alignment.fasta),
        contigs=dict(alignment.contigs),
        letters=dict(alignment.letters),
        name="mapped",
        backend=backend,
    )
    program.write_text(textwrap.dedent(text))
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout.readline()  # counting has begun
            children = psutil.Process(process.pid).children(recursive=True)
            assert bool(workers_of(children)) == (backend != "threads")
            os.kill(process.pid, number)
            assert process.wait(timeout=30) != 0
            _, alive = psutil.wait_procs(children, timeout=10)
            assert not alive
        finally:
            if process.poll() is None:
                process.kill()


def test_threads_that_nobody_waits_for_stop(opened):
    files = given(opened, Options()) * 30
    spread = Spread(backend="threads", workers=2, block_size=1, level="file")
    iterator = count_files(files, Options(), spread)
    next(iterator)
    iterator.close()  # waits for the blocks that are being counted only
    assert counted(files[:1], Options(), spread)


def test_what_is_chosen_is_said(opened, monkeypatch):
    files = given(opened, Options())
    monkeypatch.setattr(choosing, "cores", lambda: 2)
    spread, why = choose(files)
    assert spread.backend == "serial"
    assert "only 0.0 MB have to be read" in why
    monkeypatch.setattr(choosing, "_LITTLE", {"threads": 0, "processes": 0})
    spread, why = choose(files)
    assert (spread.backend, spread.workers, spread.level) == ("threads", 2, "file")
    assert "by file, for there are 3 of them for 2 workers" in why
    spread, why = choose(files[:1], 8)
    assert (spread.backend, spread.workers, spread.level) == ("threads", 2, "both")
    assert "8 were asked for, and there are 2 cores" in why
    spread, why = choose(files[:1], implementation_name="reference", block_size=7)
    assert (spread.backend, spread.block_size) == ("processes", 7)
    assert "reference holds Python's lock" in why
    assert why.startswith(spread.name)
    assert choose(files, 1)[0].backend == "serial"
    monkeypatch.setattr(choosing, "cores", lambda: 1)
    spread, why = choose(files)
    assert spread.backend == "serial"
    assert "there is one core" in why


def test_joblib_is_asked_for_by_name(opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib.externals", None)
    monkeypatch.setitem(sys.modules, "joblib.externals.loky.backend", None)
    monkeypatch.setitem(sys.modules, "joblib", None)
    files = given(opened, Options())
    with pytest.raises(ModuleNotFoundError, match="pip install joblib"):
        list(count_files(files, Options(), Spread(backend="processes", workers=2)))
