"""Where there is no jax, its way is refused before any work, with what installs it."""

import sys

import numpy as np
import pytest
from commandline import tiltyard
from made_h5ad import specificity, written

from tiltyard.engine.extras import MissingPackage
from tiltyard.pipelines.spatial.benchmark import peers
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.implementations import implementation
from tiltyard.pipelines.spatial.pipeline import Spatial

SPATIAL = Spatial()
SAID = "--implementation jax-batch needs jax, which is not installed: pip install jax"


@pytest.fixture(autouse=True)
def no_jax(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)


def test_scoring_is_refused_and_writes_nothing(tmp_path):
    source, output = written(tmp_path / "in.h5ad"), tmp_path / "out"
    done = specificity(source, output, "--implementation", "jax-batch", check=False)
    assert done.returncode == 2 and SAID in done.stderr
    assert list(tmp_path.iterdir()) == [source]


def test_regressing_is_refused_before_a_file_is_looked_for(tmp_path):
    given = ("scores", "snp-gene", "weights", "trait", "sumstats")
    done = tiltyard(
        *("spatial", "ldsc", *(f"--{name}=none" for name in given), f"--output={tmp_path / 'out'}"),
        "--implementation=jax-batch",
        check=False,
    )
    assert done.returncode == 2 and SAID in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("find", [implementation, way])
def test_in_python_the_same_is_said(find):
    with pytest.raises(MissingPackage, match="pip install jax"):
        find("jax-batch")


def config(*strategies):
    made = {"spots": [300], "genes": [200], "density": [40]}
    return {"workload": made, "strategies": list(strategies)}


def test_a_study_runs_it_where_it_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "project_root", lambda: tmp_path)
    own = config("numba-fused-w1", "jax-batch-w2-b50")
    with pytest.raises(ValueError, match=r"jax is not installed .*: make peers-jax"):
        SPATIAL.check(own)
    python = tmp_path / peers.JAX_PYTHON
    python.parent.mkdir(parents=True)
    python.touch(0o755)
    SPATIAL.check(own)
    by_name = {one.name: one for one in SPATIAL.strategies(own)}
    one = by_name["jax-batch-w2-b50"]
    assert SPATIAL.programs(one) == [str(python)] and SPATIAL.baseline(own) == "numba-fused-w1"
    assert not SPATIAL.programs(by_name["numba-fused-w1"])
    names = {path.name for path in SPATIAL.sources(one)}
    assert {"jax.in", "jax.py", "jitted.py"} <= names and "numba" in SPATIAL.packages(one)
    work = SPATIAL.make(SPATIAL.workloads(own)[0], tmp_path, np.random.default_rng(1))
    words = SPATIAL.command(one, work, tmp_path / "out")
    assert words[:4] == [str(python), "-m", "tiltyard", "spatial"]
    assert words[words.index("--implementation") + 1] == "jax-batch"
