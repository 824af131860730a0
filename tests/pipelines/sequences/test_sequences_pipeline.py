"""What the pipeline brings to a study: its workloads, the names of strategies, their commands."""

import re
import subprocess
import sys
from importlib import metadata

import jsonschema
import numpy as np
import pytest
import yaml
from workplace import ROOT

from tiltyard.pipelines.pipeline import (
    GROUP,
    LIMIT,
    REFERENCE,
    TOLERANT,
    Pipeline,
    Workload,
)
from tiltyard.pipelines.sequences.benchmark import peers
from tiltyard.pipelines.sequences.benchmark.claims import CLAIMS
from tiltyard.pipelines.sequences.embedding.files import read_vectors, write_vectors
from tiltyard.pipelines.sequences.embedding.running import Embedded
from tiltyard.pipelines.sequences.limits.products import Products
from tiltyard.pipelines.sequences.models.model import model_of
from tiltyard.pipelines.sequences.pipeline import Sequences

SEQUENCES = Sequences()
CONFIGS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "config").glob("sequences*.yaml"))
}
EMBEDDING = ("batched-b8", "sorted-budget-t400", "processes-w1-t2", "threads-w2", "load-per-file")


def config(strategies=("sorted-b32",), **workload):
    return {
        "workload": {"sequences": [60], "files": [2], "model": ["mosaic-2x64"], **workload},
        "strategies": list(strategies),
    }


def made(folder, own):
    (workload,) = SEQUENCES.workloads(own)
    folder.mkdir(exist_ok=True)
    SEQUENCES.make(workload, folder, np.random.default_rng(1))
    return SEQUENCES.open(Workload(workload.name, workload.axes), folder)  # as a study does


def test_it_is_found_by_its_entry_point_and_has_every_member_of_the_protocol():
    (point,) = metadata.entry_points(group=GROUP, name="sequences")
    found = point.load()()
    members = [*Pipeline.__annotations__, *(name for name in vars(Pipeline) if name[0] != "_")]
    assert found.name == "sequences" and all(hasattr(found, name) for name in members)


@pytest.mark.parametrize("name", CONFIGS)
def test_configurations_that_ship_fit_the_schema_and_give_strategies(name, monkeypatch):
    monkeypatch.setattr(peers, "python", lambda: sys.executable)  # as if it were installed
    own = CONFIGS[name]
    for key, schema in SEQUENCES.schema.items():
        jsonschema.validate(own[key], schema)
    assert own["kind"] == "throughput" and own["pipeline"] == "sequences" and own["study"] == name
    SEQUENCES.check(own)
    names = [one.name for one in SEQUENCES.strategies(own)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_.+-]*", one) for one in names)
    for workload in SEQUENCES.workloads(own):
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", workload.name)
        assert set(workload.axes) == {axis.name for axis in SEQUENCES.axes}
    claimed = {one for claim in CLAIMS for one in claim.strategies} - {"embedding"}
    assert name != "sequences" or claimed <= set(names)


def test_workloads_are_products_of_the_lists():
    lists = {"lengths": ["uniform", "skewed"], "sizes": ["even", "uneven"]}
    assert [one.name for one in SEQUENCES.workloads(config(**lists))] == [
        "embed-s60-f2-uniform-mosaic-2x64",
        "embed-s60-f2-uniform-uneven-mosaic-2x64",
        "embed-s60-f2-skewed-mosaic-2x64",
        "embed-s60-f2-skewed-uneven-mosaic-2x64",
    ]
    own = {"workload": {"task": "translate", "sequences": [5, 7]}, "strategies": ["numpy"]}
    assert [one.name for one in SEQUENCES.workloads(own)] == ["translate-s5", "translate-s7"]


@pytest.mark.parametrize(
    ("workload", "strategies", "words"),
    [
        ({"files": [61]}, ["sorted-b32"], "61 files of 60 sequences"),
        ({"own": ["none.fa"], "sequences": [1]}, ["sorted-b32"], "beside own"),
        ({"task": "translate", "files": [2]}, ["numpy"], "files is of the task embed"),
        ({}, ["sorted"], r"strategies\[0\]: sorted is none; write one such as batched-b32"),
        ({}, ["batched-b0"], "batched-b0 is none"),
        ({}, ["numpy"], "numpy is none"),
        ({}, ["processes-w2"], "processes-w2 is none"),
        ({}, ["biopython"], "biopython is none"),
    ],
)
def test_what_is_none_is_refused(workload, strategies, words):
    own = config(strategies, **workload)
    with pytest.raises(ValueError, match=words):
        SEQUENCES.check(own)
    plain = {"workload": {"task": "translate"}, "strategies": ["plain"]}
    with pytest.raises(ValueError, match="numpy is missing"):
        SEQUENCES.check(plain)


def test_own_files_are_counted_where_they_are(tmp_path):
    path = tmp_path / "mine.fa"
    path.write_text(">a_chunk_1F1\nACGT\n>b_chunk_1F1\nAC\n")
    own = {"workload": {"own": [str(path)], "model": ["bert-2x64"]}, "strategies": ["sorted-b32"]}
    work = made(tmp_path / "w", own)
    assert work.files["sequences"] == [path] and work.units == {"sequences": 2, "bases": 6}
    with pytest.raises(ValueError, match="there is no file"):
        SEQUENCES.workloads({"workload": {"own": ["none.fa"]}})


def test_made_files_are_the_same_for_a_seed_and_of_the_sizes_that_are_asked_for(tmp_path):
    texts = []
    for number, sizes in enumerate(("even", "even", "uneven")):
        work = made(tmp_path / str(number), config(files=[4], sizes=[sizes], lengths=["mixed"]))
        texts.append([path.read_bytes() for path in work.files["sequences"]])
        counts = [text.count(b">") for text in texts[-1]]
        assert counts == ([15] * 4 if sizes == "even" else [46, 5, 4, 5])
        assert work.units["sequences"] == 60
        # A study knows name and axes alone when it opens what was made.
        bare = Workload(work.workload.name, work.workload.axes)
        opened = SEQUENCES.open(bare, tmp_path / str(number))
        assert (opened.files, opened.facts) == (work.files, work.facts)
        assert opened.facts == {"task": "embed", "model": "random-mosaic-2x64"}
    assert texts[0] == texts[1] and b"".join(texts[0]) == b"".join(texts[2])
    work.files["sequences"][1].unlink()
    with pytest.raises(ValueError, match="is gone; make it again"):
        SEQUENCES.open(work.workload, tmp_path / "2")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Outputs of all strategies on mixed frames, by strategy."""
    folder = tmp_path_factory.mktemp("outputs")
    own = config(EMBEDDING, lengths=["mixed"])
    work = made(folder / "made", own)
    found = {}
    for one in SEQUENCES.strategies(own):
        found[one] = folder / f"{one.name}.out"
        command = SEQUENCES.command(one, work, found[one])
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return work, found


def test_every_strategy_gives_the_vectors_of_the_reference(outputs):
    _, found = outputs
    (reference,) = (one for one in found if REFERENCE in one.tags)
    assert reference.name == "single" and len(found) == len(EMBEDDING) + 3
    assert {SEQUENCES.difference(one, found[reference], path) for one, path in found.items()} == {
        ""
    }
    assert all(TOLERANT in one.tags for one in found if not {LIMIT, REFERENCE} & set(one.tags))
    by_name = {one.name: SEQUENCES.digest(one, path) for one, path in found.items()}
    # The same batches give the same bits, whoever computes them.
    usual = ("threads-w2", "load-per-file", "processes-w1-t2")
    assert len({by_name[name] for name in usual}) == 1
    names, vectors, _ = read_vectors(found[reference])
    assert len(names) == 60 and vectors.shape == (60, 64)


def test_planted_faults_are_told_apart_from_rounding(outputs, tmp_path):
    _, found = outputs
    (reference,) = (one for one in found if REFERENCE in one.tags)
    (one,) = (each for each in found if each.name == "batched-b8")
    names, vectors, note = read_vectors(found[reference])
    rms = np.sqrt((vectors**2).mean())

    def told(names, vectors):
        lengths = np.ones(len(names), np.int32)
        write_vectors(tmp_path / "w", names, lengths, Embedded(vectors, lengths, lengths < 0), note)
        return SEQUENCES.difference(one, found[reference], tmp_path / "w")

    assert told(names, vectors * np.float32(1 + 1e-5)) == ""
    shifted = vectors.copy()
    shifted[7, 3] += 1e-2 * rms
    assert re.fullmatch(
        r"record 8 \(made_chunk_8F1\), column 4: .* expected, .* found", told(names, shifted)
    )
    assert (
        told(names[::-1], vectors[::-1])
        == "record 1, id: made_chunk_1F1 expected, made_chunk_60F1 found"
    )
    assert told(names[:-1], vectors[:-1]).endswith("made_chunk_60F1 expected, nothing found")
    assert told(names, vectors[:, :-1]) == "64 columns expected, 63 found"
    # Order alone: the right names, with the vectors of their neighbours.
    assert told(names, np.roll(vectors, 1, axis=0)).startswith("record 1 (made_chunk_1F1)")


def test_limits_read_all_and_multiply_what_the_model_does(outputs):
    work, found = outputs
    said = {one.name: path.read_text() for one, path in found.items() if LIMIT in one.tags}
    size = sum(path.stat().st_size for path in work.files["sequences"])
    shape = model_of("random-mosaic-2x64").shape()
    tokens = [len(one) for path in work.files["sequences"] for one in lengths(path)]
    width, inner = shape.hidden, shape.inner
    linear = sum(tokens) * (4 * width * width + 3 * width * inner)
    attention = sum(2 * length * length * width for length in tokens)
    assert said == {"read": f"{size}\n", "products": f"{2 * shape.layers * (linear + attention)}\n"}
    assert Products(shape).multiply([5, 9], 1024) == Products(shape).multiply([5, 9], 1)


def lengths(path):
    lines = path.read_bytes().split(b"\n")[1::2]
    return model_of("random-mosaic-2x64").tokenizer().tokens(lines)


def test_chunks_are_read_alike_by_all(tmp_path):
    own = {"workload": {"task": "translate", "sequences": [8]}, "strategies": ["numpy"]}
    work = made(tmp_path / "made", own)
    found = {}
    for one in SEQUENCES.strategies(own):
        found[one.name] = (one, tmp_path / f"{one.name}.out")
        command = SEQUENCES.command(one, work, found[one.name][1])
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    digests = {SEQUENCES.digest(*found[name]) for name in ("plain", "numpy")}
    assert len(digests) == 1 and found["numpy"][1].stat().st_size > 1000
    assert SEQUENCES.baseline(own) == "numpy"
    plain = found["plain"][1]
    lines = plain.read_text().split("\n")
    (tmp_path / "wrong").write_text("\n".join([*lines[:3], "MAF", *lines[4:]]))
    told = SEQUENCES.difference(found["numpy"][0], plain, tmp_path / "wrong")
    assert re.fullmatch(r"record 2, protein: .* expected, MAF found", told)


def test_a_limit_refuses_what_it_cannot_do(tmp_path):
    command = [sys.executable, "-m", "tiltyard.pipelines.sequences.limits", "products"]
    done = subprocess.run(
        [*command, "--model", "random-x", "--output", str(tmp_path / "x"), str(tmp_path / "none")],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2 and b"write random-KIND-LAYERSxWIDTH" in done.stderr


def test_others_that_are_not_installed_are_said_with_what_installs_them(monkeypatch, tmp_path):
    own = {"workload": {"task": "translate"}, "strategies": ["numpy", "biopython"]}
    monkeypatch.setattr(peers, "project_root", lambda: tmp_path)
    with pytest.raises(ValueError, match="not installed: make peers-sequences"):
        SEQUENCES.check(own)
    assert SEQUENCES.baseline(own) == "numpy"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="apt-get install emboss"):
        peers.transeq()


def test_sources_and_packages_are_those_of_a_strategy():
    by_name = {one.name: one for one in SEQUENCES.strategies(config())}
    embedding = {path.name for path in SEQUENCES.sources(by_name["sorted-b32"])}
    assert {"pool.py", "encoders.py", "embed.py", "stages.py"} <= embedding
    assert (
        not {"claims.py", "simulating.py", "pipeline.py", "training.py", "tables.tsv"} & embedding
    )
    translating = {"workload": {"task": "translate"}, "strategies": ["numpy"]}
    (numpy,) = (one for one in SEQUENCES.strategies(translating) if one.name == "numpy")
    reading = {path.name for path in SEQUENCES.sources(numpy)}
    assert {"frames.py", "codons.py", "fasta.py"} <= reading and "pool.py" not in reading
    assert "onnxruntime" in SEQUENCES.packages(by_name["single"])
    assert SEQUENCES.packages(by_name["read"]) == ()


def test_claims_are_numbered_and_those_of_devices_say_why_they_are_open():
    assert len({claim.number for claim in CLAIMS}) == len(CLAIMS) == 9
    open_ones = {claim.number: claim.untestable for claim in CLAIMS if claim.untestable}
    assert set(open_ones) == {"2b", "3", "7"} and "55 %" in open_ones["3"]
    assert -(-100_000 // 256) == 391
