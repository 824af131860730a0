"""Whole studies through the profile for Slurm: the same scores as on this machine."""

import pytest
import yaml
from cluster import ON_SLURM
from workplace import ROOT, Workplace

pytestmark = [pytest.mark.slurm, pytest.mark.workflow, pytest.mark.julia]


@pytest.mark.parametrize(
    "name",
    [
        "pilot",
        pytest.param("config", marks=(pytest.mark.slow, pytest.mark.timeout(4000)), id="default"),
    ],
)
def test_study_on_slurm_has_the_scores_of_this_machine(
    cluster, make_workplace, tmp_path, name, request
):
    config = yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())
    folder = f"results/{config['study']}"
    if name == "pilot":
        here = request.getfixturevalue("pilot")
    else:
        here = Workplace(tmp_path / "here", config)
        here.folder.mkdir()
        here.run(f"{folder}/results.parquet")
    there = make_workplace(tmp_path / "there", config)
    there.folder.mkdir()
    # Figures and page are drawn where Snakemake itself runs, as on this machine.
    options = (*ON_SLURM, f"{folder}/manifest.json")
    done = there.snakemake(*options)
    assert done.returncode == 0, done.stdout + done.stderr + there.logs()
    assert there.scores() == here.scores()
    jobs = [job for job in cluster.jobs() if job["WorkDir"] == str(there.folder)]
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert {job["Comment"].split("_wildcards_")[0] for job in jobs} == {
        "rule_evaluate",
        "rule_manifest",
        "rule_merge",
    }
    again = there.snakemake(*options)
    assert "Nothing to be done" in again.stderr
