"""The way of jax beyond what is asked of every way: what it compiles, and its commands."""

import json
import subprocess

import numpy as np
import pytest
from made_batches import WITH_JAX, Scored, spots_of, tissue
from made_h5ad import scores, specificity, written
from scipy import sparse
from test_ldsc_command import ldsc, place  # noqa: F401 - a fixture
from test_regression_ways import made, near

from tiltyard.pipelines.spatial.comparing import difference
from tiltyard.pipelines.spatial.heritability.prepared import SPOTS, Prepared
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.pipeline import Spatial
from tiltyard.pipelines.spatial.rule.formulas import FORMULAS

pytestmark = list(WITH_JAX)
SPATIAL = Spatial()


def test_batches_of_any_size_compile_a_few_times(monkeypatch):
    from tiltyard.pipelines.spatial.implementations import jitted

    traced, sums = [], jitted._sums

    def counting(logs, *given):
        traced.append(logs.shape)
        return sums(logs, *given)

    monkeypatch.setattr(jitted, "_sums", counting)
    made = tissue(400, 61)  # as many genes as no other test has
    own = Scored(made.counts.toarray(), spots_of(made), FORMULAS["B"])
    own.by("jax-batch", batch=37)
    assert 1 <= len(traced) <= 3


@pytest.mark.parametrize("genes", [9, 70, 150])
def test_snps_of_many_genes_are_summed_in_steps(genes):
    prepared, scores = made(2)
    rng = np.random.default_rng(4)
    more = np.zeros(prepared.weights.shape, np.float32)
    more[::7, :genes] = rng.random((len(more[::7]), genes))
    prepared = Prepared(prepared.trait, (prepared.weights + sparse.csr_matrix(more)).tocsr())
    right = way("numpy-spot").regressor(prepared, 64)(scores)
    near(way("jax-batch").regressor(prepared, 32)(scores), right, 1e-4)
    near(way("jax-batch").regressor(prepared, 64)(scores), right, 1e-9)


def test_blocks_of_several_runs_and_in_several_turns(monkeypatch):
    from tiltyard.pipelines.spatial.heritability import jitted

    monkeypatch.setattr(jitted, "RUN", 33)
    monkeypatch.setattr(jitted, "AT_ONCE", 2**17)
    prepared, scores = made(9, blocks=19)
    regress = way("jax-batch").regressor(prepared, 64)
    assert 1 < regress._at_once < 19
    near(regress(scores), way("numpy-spot").regressor(prepared, 64)(scores), 1e-9)


def test_a_chunk_again_has_the_same_bits():
    prepared, scores = made(9)
    regress = way("jax-batch").regressor(prepared, 32)
    first, again = regress(scores), regress(scores)
    assert len(first.beta) == SPOTS
    for name, values in vars(first).items():
        assert (values == vars(again)[name]).all(), name


def test_scoring_says_the_device_and_no_setting_changes_a_byte(tmp_path):
    source = written(tmp_path / "in.h5ad")
    jax = ("--implementation", "jax-batch", "--min-group", "1")
    done = specificity(source, tmp_path / "one", *jax)
    found = json.loads((tmp_path / "one" / "summary.json").read_text())
    assert found["device"].startswith("jax ") and f"scored by {found['device']}" in done.stderr
    for settings in (
        ("--batch", "13", "--compute-workers", "2"),
        ("--backend", "processes", "--compute-workers", "2"),
    ):
        specificity(source, tmp_path / settings[-1] / settings[0], *jax, *settings, "--quiet")
        assert scores(tmp_path / settings[-1] / settings[0]) == scores(tmp_path / "one")


def test_regressing_says_the_device_and_threads_change_no_byte(place, tmp_path):  # noqa: F811
    name = "spatial_height_cells_0_150.csv.gz"
    done = ldsc(place, tmp_path / "one", implementation="jax-batch")
    assert "; jax " in done.stderr
    ldsc(place, tmp_path / "two", implementation="jax-batch", threads=2)
    ldsc(place, tmp_path / "two", implementation="jax-batch", cells="64:100")
    whole, range_ = (tmp_path / "two" / one for one in (name, "spatial_height_cells_64_100.csv.gz"))
    assert whole.read_bytes() == (tmp_path / "one" / name).read_bytes() and range_.exists()


def test_the_strategy_of_a_study_writes_what_the_reference_writes(tmp_path):
    own = {
        "workload": {"spots": [300], "genes": [200], "density": [40]},
        "strategies": ["jax-batch-w1"],
    }
    work = SPATIAL.make(SPATIAL.workloads(own)[0], tmp_path, np.random.default_rng(1))
    (one,) = (each for each in SPATIAL.strategies(own) if each.name == "jax-batch-w1")
    command = SPATIAL.command(one, work, tmp_path / "found")
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    right = tmp_path / "right"
    specificity(work.files["tissue"][0], right, "--implementation", "numpy-spot", "--quiet")
    assert difference(right / "scores.f16", tmp_path / "found", 200) == ""
