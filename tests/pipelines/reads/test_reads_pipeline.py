"""What the pipeline brings to a study: its workloads, the names of strategies, their commands."""

import gzip
import re
import subprocess
import sys
from importlib import metadata

import jsonschema
import numpy as np
import pytest
import yaml
from read_files import fastq
from workplace import ROOT

from tiltyard.pipelines.pipeline import GROUP, LIMIT, PEER, REFERENCE, Pipeline, Work
from tiltyard.pipelines.reads.benchmark import limits, peers
from tiltyard.pipelines.reads.benchmark.claims import CLAIMS
from tiltyard.pipelines.reads.benchmark.strategies import ONE_THREAD
from tiltyard.pipelines.reads.benchmark.tasks import TASKS, Streamed
from tiltyard.pipelines.reads.pipeline import Reads

READS = Reads()
CONFIGS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "config").glob("reads*.yaml"))
}


def config(strategies=("kernels-w1",), **workload):
    return {"workload": workload or {"reads": [300]}, "strategies": list(strategies)}


def made(folder, **lists):
    (workload,) = READS.workloads(config(**{"reads": [300], **lists}))
    folder.mkdir(exist_ok=True)
    return READS.make(workload, folder, np.random.default_rng(1))


def test_it_is_found_by_its_entry_point_and_has_every_member_of_the_protocol():
    (point,) = metadata.entry_points(group=GROUP, name="reads")
    found = point.load()()
    members = [*Pipeline.__annotations__, *(name for name in vars(Pipeline) if name[0] != "_")]
    assert found.name == "reads" and all(hasattr(found, name) for name in members)


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """The programs and libraries of others, as far as they are looked for."""
    for path in (
        *(peers.LIBRARIES, peers.TORCH_PYTHON),
        *(peers.PROGRAMS / name for name in ("seqkit", "fastp", "igzip")),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch(0o755)
    monkeypatch.setattr(peers, "project_root", lambda: tmp_path)
    monkeypatch.setenv("PATH", "")
    return tmp_path


@pytest.mark.parametrize("name", CONFIGS)
def test_configurations_that_ship_fit_the_schema_and_give_strategies(name, installed):
    own = CONFIGS[name]
    for key, schema in READS.schema.items():
        jsonschema.validate(own[key], schema)
    assert own["kind"] == "throughput" and own["pipeline"] == "reads" and own["study"] == name
    READS.check(own)
    names = [one.name for one in READS.strategies(own)]
    assert len(set(names)) == len(names) and READS.baseline(own) == "kernels-w1"
    assert all(re.fullmatch(r"[a-z][a-z0-9_.+-]*", one) for one in names)
    for workload in READS.workloads(own):
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", workload.name)
        assert set(workload.axes) == {axis.name for axis in READS.axes}


def test_workloads_are_products_of_the_lists():
    lists = {"reads": [10, 20], "compression": ["plain", "gzip"], "lengths": ["spread"]}
    assert [one.name for one in READS.workloads(config(**lists))] == [
        *("r10-l150-plain-spread", "r10-l150-gzip-spread"),
        *("r20-l150-plain-spread", "r20-l150-gzip-spread"),
    ]


def test_made_files_are_the_same_for_a_seed_whatever_the_compression(tmp_path):
    texts = []
    for number, compression in enumerate(("plain", "plain", "gzip", "bgzf")):
        work = made(tmp_path / str(number), compression=[compression])
        (file,) = work.files["reads"]
        raw = file.read_bytes()
        texts.append(raw if compression == "plain" else gzip.decompress(raw))
        assert work.units == {"reads": 300, "bases": 45_000}
        again = READS.open(work.workload, tmp_path / str(number))
        assert again.files == work.files
    assert len(set(texts)) == 1 and texts[0].count(b"\n") == 1200
    file.unlink()
    with pytest.raises(ValueError, match="is gone; make it again"):
        READS.open(work.workload, tmp_path / "3")


def test_lengths_may_be_spread(tmp_path):
    work = made(tmp_path, lengths=["spread"], length=[500])
    lengths = [len(line) for line in work.files["reads"][0].read_bytes().split(b"\n")[1::4]]
    assert 350 < np.median(lengths) < 700 and max(lengths) > 1000


def test_own_files_are_counted_where_they_are(tmp_path):
    path = tmp_path / "mine.fq.gz"
    path.write_bytes(gzip.compress(fastq((b"a", b"ACG", b"III"), (b"b", b"A", b"I"))))
    (workload,) = READS.workloads(config(files=[str(path)]))
    assert workload.name.startswith("own-")
    work = READS.make(workload, tmp_path, np.random.default_rng(1))
    assert work.files["reads"] == [path] and work.units == {"reads": 2, "bases": 4}
    for other, words in (
        ({"files": [str(path)], "reads": [3]}, "reads is of files that are made"),
        ({"files": ["none.fq"]}, "there is no file"),
    ):
        with pytest.raises(ValueError, match=words):
            READS.workloads(config(**other))


@pytest.mark.parametrize(
    "name", ["kernels", "kernels-w0", "fast-w1", "reference-w2", "kernels-w1 "]
)
def test_names_that_are_none_are_refused_with_examples(name):
    with pytest.raises(ValueError, match=r"strategies\[1\].*kernels-w1, kernels-w2"):
        READS.check(config(("kernels-w1", name)))


def test_a_serial_strategy_is_needed():
    with pytest.raises(ValueError, match="add kernels-w1"):
        READS.check(config(("kernels-w2",)))


NAMES = ("kernels-w1", "kernels-w2", "numpy-batch-w1")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Outputs of all strategies on one file, by strategy."""
    folder = tmp_path_factory.mktemp("outputs")
    work = made(folder / "made", compression=["bgzf"])
    found = {}
    for one in READS.strategies(config(NAMES)):
        found[one] = folder / f"{one.name}.out"
        command = READS.command(one, work, found[one])
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return work, found


def test_every_strategy_writes_what_the_reference_writes(outputs):
    _, found = outputs
    (reference,) = (one for one in found if REFERENCE in one.tags)
    digests = {READS.digest(one, path) for one, path in found.items() if LIMIT not in one.tags}
    assert len(digests) == 1 and len(found) == 6
    assert all(READS.difference(one, found[reference], path) == "" for one, path in found.items())
    assert 0 < found[reference].stat().st_size < 300 * 400


def test_limits_read_and_inflate_all_of_it(outputs):
    work, found = outputs
    sizes = {one.name: path.read_text() for one, path in found.items() if LIMIT in one.tags}
    (file,) = work.files["reads"]
    text = gzip.decompress(file.read_bytes())
    assert sizes == {"read": f"{file.stat().st_size}\n", "inflate": f"{len(text)}\n"}
    assert {READS.digest(one, found[one]) for one in found if LIMIT in one.tags} == {""}


def test_a_limit_refuses_a_damaged_file(outputs, tmp_path):
    work, _ = outputs
    bad = tmp_path / "bad.fq.gz"
    bad.write_bytes(work.files["reads"][0].read_bytes()[:-40])
    command = [sys.executable, "-m", "tiltyard.pipelines.reads.limits", "inflate"]
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "x"), str(bad)], capture_output=True, check=False
    )
    assert done.returncode == 2 and b"gzip_truncated at byte" in done.stderr


def test_the_first_difference_is_told(outputs, tmp_path):
    _, found = outputs
    (one,) = (each for each in found if each.name == "kernels-w1")
    right, wrong = found[one], tmp_path / "wrong"
    lines = right.read_bytes().split(b"\n")
    wrong.write_bytes(b"\n".join([*lines[:5], b"ACGT", *lines[6:]]))
    assert re.fullmatch(
        r"record 2, sequence: '.*' … expected, 'ACGT\\n' found", READS.difference(one, right, wrong)
    )
    wrong.write_bytes(b"\n".join(lines[:-5]) + b"\n")
    assert READS.difference(one, right, wrong).endswith("expected, nothing found")


def test_sources_and_packages_are_those_of_a_strategy():
    by_name = {one.name: one for one in READS.strategies(config())}
    kernels, limit = by_name["kernels-w1"], by_name["inflate"]
    names = {path.name for path in READS.sources(kernels)}
    assert {"scanning.py", "filter.py", "stages.py"} <= names
    assert not {"claims.py", "simulating.py", "pipeline.py", "torch.py"} & names
    assert all(path.is_file() for path in READS.sources(limit))
    assert "numba" in READS.packages(kernels) and READS.packages(by_name["read"]) == ()


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    return made(folder, reads=[150], compression=["gzip"])


@pytest.mark.parametrize(
    "task", [name for name, task in TASKS.items() if isinstance(task, Streamed)]
)
def test_streams_of_every_task_give_what_the_reference_gives(small, task, tmp_path):
    own = {"workload": {"reads": [150], "task": [task], "compression": ["gzip"]}}
    own["strategies"] = ["kernels-w1", "kernels-w2-b7"]
    READS.check(own)
    (workload,) = READS.workloads(own)
    assert workload.name == f"r150-l150-gzip-{task}"
    found = {}
    for one in READS.strategies(own):
        if LIMIT not in one.tags:
            found[one.name] = tmp_path / one.name
            run(READS.command(one, Work(workload, small.files, small.units), found[one.name]))
            assert READS.difference(one, found["reference"], found[one.name]) == ""
    assert len(found) == 3 and len({READS.digest(one, path) for path in found.values()}) == 1
    names = [line.split("\t")[0] for line in found["kernels-w1"].read_text().splitlines()]
    assert names == ["reads", "bases", *TASKS[task].looked_at]


def test_a_number_that_differs_is_named(tmp_path):
    (one, *_) = READS.strategies(config())
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("reads\t3\nbases\t30\ntensor\t7\n")
    wrong.write_text("reads\t3\nbases\t30\ntensor\t8\n")
    assert "tensor: 'tensor\\t7\\n' expected" in READS.difference(one, right, wrong)
    assert READS.difference(one, right, right) == ""


def test_limits_fill_and_copy_as_many_bytes_as_the_reads_need(small, tmp_path):
    sizes = {}
    for name in ("fill", "copy"):
        run(limits.command(name, small, tmp_path / name))
        sizes[name] = int((tmp_path / name).read_text())
    assert sizes == {"fill": 150 * 150 * 16, "copy": 150 * 150}
    assert run(limits.command("lines", small, tmp_path / "x")).stdout.split()[0].isdigit()


@pytest.mark.parametrize(
    ("strategy", "workload", "words"),
    [
        ("fill", {"task": ["count"]}, "fill, a limit of task one-hot"),
        ("lines", {"compression": ["gzip"]}, "lines, a limit of compression plain"),
        ("igzip", {"compression": ["plain"]}, "igzip, a limit of compression gzip or bgzf"),
        ("dnaio", {"task": ["chain"]}, "dnaio, which does the task count"),
        ("fastp", {}, "fastp, which does the task filter"),
        ("kernels-w1-b32", {}, "hands none over"),
    ],
)
def test_what_does_not_fit_the_workload_is_refused(installed, strategy, workload, words):
    with pytest.raises(ValueError, match=words):
        READS.check(config(("kernels-w1", strategy), reads=[300], **workload))


def test_others_take_one_file(installed, tmp_path):
    paths = [tmp_path / "a.fq", tmp_path / "b.fq"]
    for path in paths:
        path.write_bytes(fastq((b"a", b"ACG", b"III")))
    own = {"files": [str(path) for path in paths], "task": ["count"]}
    with pytest.raises(ValueError, match="dnaio, which takes one file"):
        READS.check(config(("kernels-w1", "dnaio"), **own))
    READS.check(config(("kernels-w1", "kernels-w1-b16"), **own))


@pytest.mark.parametrize(
    ("strategy", "workload"),
    [
        ("dnaio", {"task": ["count"]}),
        ("seqkit", {"task": ["count"]}),
        ("igzip", {"task": ["count"], "compression": ["gzip"]}),
    ],
)
def test_what_is_not_installed_is_refused_with_what_installs_it(
    monkeypatch, tmp_path, strategy, workload
):
    monkeypatch.setattr(peers, "project_root", lambda: tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match=r"installed: make peers-reads"):
        READS.check(config(("kernels-w1", strategy), reads=[300], **workload))


def test_others_are_compared_in_what_both_say(installed, tmp_path):
    own = {"reads": [300], "task": ["chain"]}
    (peer,) = (
        one
        for one in READS.strategies(config(("kernels-w1", "dnaio-numpy-batch"), **own))
        if PEER in one.tags
    )
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_text("reads\t3\nbases\t10000\nlengths\t1\ntensor\t2\n")
    for text, words in (
        ("reads\t3\nbases\t10000\nchanged\t1000\n", ""),
        ("reads\t3\nbases\t10000\nchanged\t1200\n", "replaced bases: about 1000 expected"),
        ("reads\t3\nbases\t10000\nchanged\t800\n", "800 found"),
        ("reads\t2\nbases\t10000\n", "reads: 3 expected, 2 found"),
        ("reads\t3\n", "bases: 10000 expected, nothing found"),
    ):
        theirs.write_text(text)
        found = READS.difference(peer, ours, theirs)
        assert words in found and bool(words) == bool(found)
    theirs.write_text("file\tnum_seqs\tsum_len\nx\t3\t10000\n")
    assert peers.numbers("seqkit", theirs) == {"reads": 3, "bases": 10_000}
    theirs.write_text("nothing\n")
    with pytest.raises(ValueError, match="seqkit wrote no numbers"):
        peers.numbers("seqkit", theirs)
    assert READS.programs(peer) == [str(installed / peers.LIBRARIES)] and not READS.packages(peer)
    assert peers.LOCKED.name in {path.name for path in READS.sources(peer)}


def test_claims_are_numbered_and_each_figure_is_in_reads_and_in_bases():
    assert len({claim.number for claim in CLAIMS}) == len(CLAIMS)
    rates = [claim for claim in CLAIMS if claim.measure == "rate"]
    assert len(rates) == 24 and {claim.unit for claim in rates} == {"reads", "bases"}
    for claim in rates:
        (of_reads,) = (one for one in rates if one.number == f"{claim.number[:-1]}a")
        assert claim.least == of_reads.least * (150 if claim.unit == "bases" else 1)
    scaling = [claim for claim in CLAIMS if claim.measure == "speed_up"]
    assert [claim.workers for claim in scaling] == [(2,), (4,), (8,)]
    named = {name for claim in CLAIMS for name in claim.strategies}
    shipped = {name for own in CONFIGS.values() for name in own["strategies"]}
    assert named - {ONE_THREAD} <= shipped
    assert all(claim.strategies == (ONE_THREAD,) for claim in rates)
    assert {claim.measure for claim in CLAIMS if not claim.untestable} == {
        *("rate", "speed_up", "memory", "order")
    }
