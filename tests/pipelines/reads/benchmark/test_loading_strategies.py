"""Strategies that say who works on batches: their names, what they fit, and what they give."""

import re
import subprocess

import numpy as np
import pytest

from tiltyard.pipelines.pipeline import PEER, REFERENCE, Work
from tiltyard.pipelines.reads.benchmark import peers
from tiltyard.pipelines.reads.benchmark.strategies import ONE_THREAD, baseline_of
from tiltyard.pipelines.reads.pipeline import Reads

READS = Reads()


def config(*names, task="chain", **lists):
    workload = {"reads": [300], "task": [task], **lists}
    return {"workload": workload, "strategies": ["kernels-w1", *names]}


def strategy(name, task="chain"):
    return {one.name: one for one in READS.strategies(config(name, task=task))}[name]


@pytest.fixture
def no_torch(monkeypatch, tmp_path):
    """A place in which nothing of others is installed."""
    monkeypatch.setattr(peers, "project_root", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def torch(no_torch):
    """The same with something where torch's Python is."""
    path = no_torch / peers.TORCH_PYTHON
    path.parent.mkdir(parents=True)
    path.touch(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "backend", "workers", "options"),
    [
        ("kernels-w1", "serial", 1, ("threads", 0, 2, False)),
        ("kernels-w3-p4-b32", "threads", 3, ("threads", 2, 4, False)),
        ("processes-w1", "processes", 1, ("processes", 1, 2, False)),
        ("processes-w2-p4-b256-persistent", "processes", 2, ("processes", 2, 4, True)),
        ("pipes-w8-p2", "pipes", 8, ("pipes", 8, 2, False)),
        ("torch-w0-b32", "torch", 1, ("torch", 0, 2, False)),
        ("torch-w4-p3-b256-persistent", "torch", 4, ("torch", 4, 3, True)),
    ],
)
def test_names_say_who_works_on_batches(name, backend, workers, options):
    found = strategy(name)
    assert (found.backend, found.workers) == (backend, workers)
    assert tuple(found.options[key] for key in ("kind", "workers", "prefetch", "persistent")) == (
        options
    )
    assert found.block == (re.search(r"-b(\d+)", name) or ["", ""])[1]
    assert (PEER in found.tags) == (backend == "torch")
    assert (ONE_THREAD in found.tags) == (backend == "serial")


@pytest.mark.parametrize(
    "name", ["torch-w3", "torch-w1", "processes-w0", "processes-w2-persistent-p4", "pipes"]
)
def test_names_that_are_none_are_refused_with_the_workers_of_torch(name):
    with pytest.raises(ValueError, match=r"strategies\[1\]: .*torch with 0, 2, 4, 8"):
        READS.check(config(name))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kernels-w1-p4", "has no worker; leave out the -p"),
        ("torch-w0-p4", "has no worker; leave out the -p"),
        ("kernels-w2-persistent", "keeps worker processes, and has none"),
        ("torch-w0-persistent", "keeps worker processes, and has none"),
    ],
)
def test_what_says_nothing_is_refused(name, words):
    with pytest.raises(ValueError, match=words):
        READS.check(config(name, task="chain-epochs"))


@pytest.mark.parametrize(
    ("name", "task", "words"),
    [
        ("processes-w2", "filter", "hands batches over, and the workload .* hands none over"),
        ("torch-w2", "count", "hands arrays over, and the workload .* makes none"),
        ("processes-w2-persistent", "chain", r"has one \(chain-epochs has two\)"),
    ],
)
def test_what_does_not_fit_the_task_is_refused(torch, name, task, words):
    with pytest.raises(ValueError, match=f"strategies has {name}, which .*{words}"):
        READS.check(config(name, task=task))
    READS.check(config(name, task="chain-epochs"))


def test_torch_that_is_not_installed_is_refused_with_what_installs_it(no_torch):
    with pytest.raises(ValueError, match=r"torch is not installed .*: make peers-torch"):
        READS.check(config("torch-w2-b256"))


def test_a_process_is_no_base_of_speed_ups():
    with pytest.raises(ValueError, match="add kernels-w1"):
        baseline_of([strategy("processes-w1")])


def test_torch_runs_in_its_environment_with_our_streams(torch, tmp_path):
    one = strategy("torch-w2-p4-b256-persistent", "chain-epochs")
    (workload,) = READS.workloads(config(task="chain-epochs"))
    work = Work(workload, {"reads": [tmp_path / "a.fq"]}, {})
    command = READS.command(one, work, tmp_path / "out")
    assert command[:2] == [str(torch), "-m"] and command[-1] == str(tmp_path / "a.fq")
    at = command.index("--worker-kind")
    assert command[at : at + 7] == [
        *("--worker-kind", "torch", "--workers", "2", "--prefetch", "4", "--persistent")
    ]
    assert READS.programs(one) == [str(torch)] and "numba" in READS.packages(one)
    names = {path.name for path in READS.sources(one)}
    assert {"torch.py", "torch.in", "streaming.py", "seeing.py", "scanning.py"} <= names


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A file of reads of different lengths."""
    folder = tmp_path_factory.mktemp("made")
    (workload,) = READS.workloads(config(reads=[300], length=[60], lengths=["spread"]))
    return READS.make(workload, folder, np.random.default_rng(5))


def outputs(made, task, names, folder):
    own = config(*names, task=task)
    READS.check(own)
    (workload,) = READS.workloads(own)
    found = {}
    for one in READS.strategies(own):
        if one.name in ("kernels-w1", *names) or REFERENCE in one.tags:
            found[one] = folder / one.name
            command = READS.command(one, Work(workload, made.files, made.units), found[one])
            subprocess.run(command, check=True, capture_output=True, timeout=120)
    return found


@pytest.mark.parametrize("task", ["chain-epochs", "reverse-complement"])
def test_processes_give_what_the_reference_gives(made, task, tmp_path):
    """Whatever the size of batches, whose longest read says how wide arrays are."""
    kept = "-persistent" if task == "chain-epochs" else ""
    names = (f"processes-w2-p3-b50{kept}", "pipes-w2", "kernels-w2-p4-b7")
    found = outputs(made, task, names, tmp_path)
    (reference,) = (one for one in found if REFERENCE in one.tags)
    assert len({READS.digest(one, path) for one, path in found.items()}) == 1
    for one, path in found.items():
        assert READS.difference(one, found[reference], path) == ""
    assert ("/" in found[reference].read_text()) == (task == "chain-epochs")


@pytest.mark.peers
def test_workers_of_torch_give_each_its_share(made, tmp_path):
    """Of every read, once an epoch."""
    pytest.importorskip("torch", reason="torch is not installed; `make test-torch` has it")
    names = ("torch-w0-b32", "torch-w2-p3-b50-persistent")
    found = outputs(made, "chain-epochs", names, tmp_path)
    (reference,) = (one for one in found if REFERENCE in one.tags)
    for one, path in found.items():
        assert READS.difference(one, found[reference], path) == ""
    text = (tmp_path / names[1]).read_text()
    assert [line.split("\t")[0] for line in text.splitlines()] == [
        *("reads", "bases", "lengths/2/0", "tensor/2/0", "lengths/2/1", "tensor/2/1")
    ]
