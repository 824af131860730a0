"""Made-up studies are merged like real ones, and never taken for one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_note, read_table
from tiltyard.engine.grid.checking import read_config
from tiltyard.engine.jobs import merge_results
from tiltyard.engine.merge.rehearsal import rehearse
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.contract import Estimator
from tiltyard.studies.derivatives.noise import NOISE_MODELS
from tiltyard.studies.derivatives.signals import SIGNALS

CONFIG = Path(__file__).parents[3] / "config" / "scale.yaml"

ENTRY = Estimator(
    name="made_up",
    family="spectral",
    max_order=5,
    exact_degree=0,
    min_samples=5,
    standard_deviation=True,
)
ENTRIES = [replace(ENTRY, name=f"made_up_{number}") for number in range(40)]


def scale(folder=None, **changes):
    return Study.from_config({**read_config(CONFIG), **changes}, folder)


def test_scale_study_has_closed_forms_every_noise_model_and_ten_thousand_configurations():
    study = scale()
    # No integrator: the study is about tables. It keeps its size when signals join.
    assert {SIGNALS[name].kind for name in study.config["signals"]} == {"analytic"}
    assert sorted(study.config["noise_models"]) == sorted(NOISE_MODELS)
    assert 9_000 < len(study.configurations) < 11_000


@pytest.fixture
def study(tmp_path):
    return scale(tmp_path, signals=["runge", "bump"], samples=[51], noise_levels=[1e-2], trials=2)


def test_made_up_study_is_merged_whole(study, tmp_path):
    count = rehearse(study, ENTRIES)
    coverage = merge_results(study, complete=True, threads=2)
    assert coverage.merged == coverage.expected == count == len(study.configurations)
    rows = pd.read_csv(tmp_path / "results.csv")
    assert len(rows) == count * len(ENTRIES) * 8
    assert set(rows["configuration"]) == {point.id for point in study.configurations}
    assert {"ok", "unsupported"} < set(rows["status"])
    assert rows.loc[rows["status"] == "ok", study.kind.measures.score].is_unique
    summary = pd.read_csv(tmp_path / "summary.csv")
    assert len(summary) == len(rows) / study.config["trials"]
    assert summary["signal"].is_monotonic_increasing  # runge came first


def test_made_up_estimates_differ_by_a_factor_so_that_neighbours_stay_alike(study):
    """Files with every digit random are half as large again as real ones."""
    rehearse(study, ENTRIES)
    same_size = [point.id for point in study.configurations if "runge" in point.id][:2]
    first, second = (read_table(study.evaluation(name))[0]["estimate"] for name in same_size)
    there = [k for k, one in enumerate(first) if one.is_valid]
    ratios = np.array([np.divide(second[k].as_py(), first[k].as_py()) for k in there])
    assert_allclose(ratios, np.broadcast_to(ratios[:, :1], ratios.shape), rtol=1e-12)
    assert len(np.unique(ratios[:, 0].round(9))) == len(there)


def test_made_up_evaluations_do_not_claim_to_be_the_studys(study):
    rehearse(study, ENTRIES[:1])
    note = read_note(study.evaluation(study.configurations[0].id))
    assert note["study"] != study.name


def test_folder_with_evaluations_is_refused(study):
    study.evaluation("real").parent.mkdir()
    study.evaluation("real").write_bytes(b"")
    with pytest.raises(ValueError, match="has evaluations already; name an empty folder"):
        rehearse(study, ENTRIES)


def test_merge_of_a_complete_study_refuses_one_that_is_not(study):
    rehearse(study, ENTRIES[:1])
    study.evaluation(study.configurations[3].id).unlink()
    with pytest.raises(
        UnreadableFile, match=r"only \d+ of \d+ configurations can be seen .* once more"
    ):
        merge_results(study, complete=True)
