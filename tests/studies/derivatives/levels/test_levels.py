"""The pipeline of levels: its workloads and commands, and a launch that really runs a study."""

import json
import subprocess

import numpy as np
import pytest
import yaml

from tiltyard.engine.project import project_root
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.levels.journal_stages import STAGES
from tiltyard.studies.derivatives.levels.pipeline import Levels
from tiltyard.studies.derivatives.levels.workload import LEVELS, spread

CONFIG = {
    "workload": {"base": ["pilot"], "noise_levels": [1], "trials": [2]},
    "strategies": ["j2-t1-b1", "j1-t2-compiling"],
}


def make(folder):
    workload = Levels().workloads(CONFIG)[0]
    return Levels().make(workload, folder, np.random.default_rng(7))


def test_the_default_levels_are_the_default_study_s():
    study = Study.read(project_root() / "config" / "config.yaml")
    assert tuple(map(float, study.config["noise_levels"])) == LEVELS
    assert spread(7) == list(LEVELS) and spread(2) == [LEVELS[0], LEVELS[-1]]


def test_a_workload_is_a_study_of_its_size(tmp_path):
    work = make(tmp_path)
    assert work.workload.name == "pilot-l1-r2" and work.units == {"configurations": 2}
    study = Study.read(work.files["study"][0])
    assert len(study.ids) == 2 and study.name == "levels"
    again = yaml.safe_load((tmp_path / "study.yaml").read_text())
    make(tmp_path)
    assert yaml.safe_load((tmp_path / "study.yaml").read_text()) == again


def test_a_base_that_is_no_study_of_derivatives_is_named():
    with pytest.raises(ValueError, match=r"'nowhere': there is no nowhere\.yaml"):
        Levels().check({"workload": {"base": ["nowhere"]}})


def test_strategies_are_the_controls_the_plain_one_and_those_asked_for():
    names = [each.name for each in Levels().strategies(CONFIG)]
    assert names == ["by_hand", "evaluations", "j1-t1", "j2-t1-b1", "j1-t2-compiling"]


@pytest.mark.workflow
@pytest.mark.julia
def test_more_jobs_give_the_same_scores_bit_for_bit(tmp_path):
    levels, work = Levels(), make(tmp_path)
    digests = set()
    named = {one.name: one for one in levels.strategies(CONFIG)}
    for strategy in (named["by_hand"], named["j2-t1-b1"]):
        output, told = tmp_path / f"{strategy.name}.tsv", tmp_path / f"{strategy.name}.stages"
        command = ["env", f"TILTYARD_STAGES={told}", *levels.command(strategy, work, output)]
        subprocess.run(command, check=True, cwd=tmp_path)
        digests.add(levels.digest(strategy, output))
        lines = [json.loads(line) for line in told.read_text().splitlines()]
        assert {"python", "julia", "merge"} <= {line["stage"] for line in lines}
        assert {line["stage"] for line in lines} <= set(STAGES)
        assert [line["clock"] for line in lines] == sorted(line["clock"] for line in lines)
    assert len(digests) == 1
