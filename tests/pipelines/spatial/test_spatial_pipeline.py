"""What the pipeline brings to a study: its workloads, the names of strategies, their commands."""

import re
import subprocess
from importlib import metadata
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from made_h5ad import written
from workplace import ROOT

from tiltyard.engine.files.receipts import sha256_of
from tiltyard.pipelines.pipeline import (
    GROUP,
    LIMIT,
    PEER,
    REFERENCE,
    TOLERANT,
    Pipeline,
    Work,
)
from tiltyard.pipelines.spatial.benchmark import peers
from tiltyard.pipelines.spatial.benchmark.claims import CLAIMS
from tiltyard.pipelines.spatial.comparing import difference
from tiltyard.pipelines.spatial.pipeline import Spatial

SPATIAL = Spatial()
CONFIGS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "config").glob("spatial*.yaml"))
}


def config(strategies=("numba-fused-w1",), **workload):
    made = {"spots": [300], "genes": [200], "density": [40]}
    return {"workload": workload or made, "strategies": list(strategies)}


def test_it_is_found_by_its_entry_point_and_has_every_member_of_the_protocol():
    (point,) = metadata.entry_points(group=GROUP, name="spatial")
    found = point.load()()
    members = [*Pipeline.__annotations__, *(name for name in vars(Pipeline) if name[0] != "_")]
    assert found.name == "spatial" and all(hasattr(found, name) for name in members)


@pytest.mark.parametrize("name", CONFIGS)
def test_configurations_that_ship_fit_the_schema_and_give_strategies(name, monkeypatch):
    monkeypatch.setattr(peers, "_installed", lambda program, command: command)
    monkeypatch.setattr(peers, "jax", lambda: "python")
    own = CONFIGS[name]
    for key, schema in SPATIAL.schema.items():
        jsonschema.validate(own[key], schema)
    assert own["kind"] == "throughput" and own["pipeline"] == "spatial" and own["study"] == name
    SPATIAL.check(own)
    names = [one.name for one in SPATIAL.strategies(own)]
    assert len(set(names)) == len(names) and SPATIAL.baseline(own) == "numba-fused-w1"
    assert all(re.fullmatch(r"[a-z][a-z0-9_.+-]*", one) for one in names)
    for workload in SPATIAL.workloads(own):
        assert re.fullmatch(r"tissue-s\d+-g\d+-d\d+", workload.name)
        assert set(workload.axes) == {axis.name for axis in SPATIAL.axes}


def test_claims_compare_strategies_that_the_study_has():
    names = {one.name for one in SPATIAL.strategies(CONFIGS["spatial"])}
    assert len({claim.number for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert claim.untestable or set(claim.strategies) <= names


def test_names_say_workers_batch_queue_and_readers():
    (one,) = (
        one
        for one in SPATIAL.strategies(config(("numba-fused-w2-b50-q5-r16", "numba-fused-w1")))
        if one.workers == 2
    )
    assert one.options == {"batch": 50, "queue": 5, "readers": 16} and one.block == "50"
    assert one.backend == "threads"


def test_processes_are_no_serial_strategy_and_are_asked_for():
    own = config(("numba-fused-processes-w1", "numba-fused-w1"))
    by_name = {one.name: one for one in SPATIAL.strategies(own)}
    assert by_name["numba-fused-processes-w1"].backend == "processes"
    assert SPATIAL.baseline(own) == "numba-fused-w1"
    work = Work(SPATIAL.workloads(own)[0], {"tissue": [Path("x")]}, {}, {})
    for name, there in (("numba-fused-processes-w1", True), ("numba-fused-w1", False)):
        words = SPATIAL.command(by_name[name], work, Path("out"))
        assert ("processes" in words) == there


@pytest.mark.parametrize("name", ["numba-fused", "numba-fused-w0", "jax-w1", "numba-fused-w1-r0"])
def test_names_that_are_none_are_refused_with_examples(name):
    with pytest.raises(ValueError, match=r"strategies\[1\].*numba-fused-w1"):
        SPATIAL.check(config(("numba-fused-w1", name)))


def test_a_program_of_others_is_a_strategy_where_it_is_installed(tmp_path, monkeypatch):
    own = config(("numba-fused-w1", "gsmap3d-w4"))
    monkeypatch.setattr(peers, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="gsmap3d is not installed: make peers-spatial"):
        SPATIAL.check(own)
    folder = tmp_path / "spatial" / "bin"
    folder.mkdir(parents=True)
    for name in ("python", "gsmap"):
        (folder / name).touch()
    SPATIAL.check(own)
    (one,) = (each for each in SPATIAL.strategies(own) if PEER in each.tags)
    assert one.workers == 4 and SPATIAL.programs(one) == [str(folder / "python")]
    assert SPATIAL.packages(one) == () and TOLERANT not in one.tags
    command = " ".join(SPATIAL.command(one, made(tmp_path / "made"), tmp_path / "a b"))
    assert "--mkscore-compute-workers 4" in command and "--annotation domain" in command
    assert f"mkdir -p '{tmp_path}/a b'" in command
    path = written(tmp_path / "in.h5ad")
    with pytest.raises(ValueError, match=r"gsmap3d-w4, which makes no embedding"):
        SPATIAL.check({**own, "workload": {"file": str(path), "annotation": "domain"}})


def test_a_serial_strategy_is_needed():
    with pytest.raises(ValueError, match="add numba-fused-w1"):
        SPATIAL.check(config(("numba-fused-w2",)))


def made(folder, seed=1):
    (workload,) = SPATIAL.workloads(config())
    folder.mkdir(exist_ok=True)
    return SPATIAL.make(workload, folder, np.random.default_rng(seed))


def test_made_tissue_is_the_same_for_a_seed(tmp_path):
    one, two, other = (made(tmp_path / name, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    digests = [sha256_of(work.files["tissue"][0]) for work in (one, two, other)]
    assert digests[0] == digests[1] != digests[2]
    assert one.units == {"spots": 300, "genes": 200}
    one.files["tissue"][0].unlink()
    with pytest.raises(ValueError, match="is gone; make it again"):
        SPATIAL.open(one.workload, tmp_path / "a")


def test_a_file_of_ones_own_is_used_where_it_is(tmp_path):
    path = written(tmp_path / "in.h5ad")
    own = config(file=str(path), embedding="emb", annotation="domain")
    (workload,) = SPATIAL.workloads(own)
    work = SPATIAL.make(workload, tmp_path, np.random.default_rng(1))
    assert work.files["tissue"] == [path] and work.units == {"spots": 150, "genes": 80}
    (one,) = (each for each in SPATIAL.strategies(own) if TOLERANT in each.tags)
    words = SPATIAL.command(one, work, tmp_path / "out")
    assert "--annotation" in words and "domain" in words
    for other, said in (
        ({"file": str(path), "spots": [300]}, "spots is of tissue that is made"),
        ({"file": "none.h5ad"}, "there is no file"),
        ({"embedding": "emb"}, "is of a file of your own"),
    ):
        with pytest.raises(ValueError, match=said):
            SPATIAL.workloads(config(**other))


NAMES = (
    *("numba-fused-w1", "numba-fused-w2-b50-q5-r16", "matmul-batch-w1"),
    "numba-fused-processes-w2",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Outputs of all strategies on one tissue, by strategy."""
    folder = tmp_path_factory.mktemp("outputs")
    work = made(folder / "made")
    found = {}
    for one in SPATIAL.strategies(config(NAMES)):
        found[one] = folder / f"{one.name}.out"
        command = SPATIAL.command(one, work, found[one])
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    return found


def test_every_strategy_writes_what_the_reference_writes(outputs):
    (reference,) = (one for one in outputs if REFERENCE in one.tags)
    for one, path in outputs.items():
        assert SPATIAL.difference(one, outputs[reference], path) == ""
    digests = {one.name: SPATIAL.digest(one, path) for one, path in outputs.items()}
    assert digests["numba-fused-w1"] == digests["numba-fused-w2-b50-q5-r16"]
    assert digests["numba-fused-w1"] == digests["numba-fused-processes-w2"]
    assert digests["copy"] == "" and len(digests) == 6


def test_the_limit_writes_as_many_bytes_and_leaves_nothing_else(outputs):
    sizes = {one.name: path.stat().st_size for one, path in outputs.items() if LIMIT in one.tags}
    (path,) = (path for one, path in outputs.items() if LIMIT in one.tags)
    assert sizes == {"copy": 300 * 200 * 2} and not path.with_name("copy.out.ranks").exists()


def test_the_first_difference_is_told(outputs, tmp_path):
    (right,) = (path for one, path in outputs.items() if REFERENCE in one.tags)
    values = np.fromfile(right, "<f2")
    genes = 200
    wrong = tmp_path / "wrong"
    place = int(np.flatnonzero(values > 2)[5])

    def told(change):
        changed = values.copy()
        change(changed)
        changed.tofile(wrong)
        return difference(right, wrong, genes)

    def step(by):
        def change(found):
            found[place : place + 1].view(np.int16)[:] += by

        return change

    assert told(step(1)) == "" and told(step(-1)) == ""
    assert told(step(2)).startswith(f"spot {place // genes}, gene {place % genes}: ")

    def gone(found):
        found[place] = 0

    def flips(found):
        found[np.flatnonzero(found == 0)[:9]] = 1.72

    assert told(gone).endswith("expected, 0.0 found")
    assert "0 in one and not in the other" in told(flips)
    values[:-genes].tofile(wrong)
    assert difference(right, wrong, genes).endswith("found")


def test_sources_and_packages_are_those_of_a_strategy():
    by_name = {one.name: one for one in SPATIAL.strategies(config())}
    fused, limit = by_name["numba-fused-w1"], by_name["copy"]
    names = {path.name for path in SPATIAL.sources(fused)}
    assert {"scores.py", "specificity.py", "stages.py"} <= names
    assert not {"claims.py", "simulating.py", "pipeline.py", "sumstats.py"} & names
    assert all(path.is_file() for path in SPATIAL.sources(limit))
    assert "numba" in SPATIAL.packages(fused) and "numba" not in SPATIAL.packages(limit)
