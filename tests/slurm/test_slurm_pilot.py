"""Whole studies through the profile for Slurm: the same scores as on this machine."""

from concurrent.futures import ThreadPoolExecutor

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
def test_study_on_slurm_has_the_scores_of_this_machine(cluster, make_workplace, tmp_path, name):
    config = yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())
    here = Workplace(tmp_path / "here", config)
    there = make_workplace(tmp_path / "there", config)
    for workplace in (here, there):
        workplace.folder.mkdir()
    table = f"results/{config['study']}/results.parquet"
    # A study on Slurm mostly waits, so the other one runs meanwhile, as far as it is compared.
    runs = ((here, ("--cores", "2", table)), (there, ON_SLURM))
    with ThreadPoolExecutor() as pool:
        futures = [
            pool.submit(workplace.snakemake_anew, *options, timeout=3600)
            for workplace, options in runs
        ]
    for (workplace, _), future in zip(runs, futures, strict=True):
        done = future.result()
        assert done.returncode == 0, done.stdout + done.stderr + workplace.logs()
    assert there.scores() == here.scores()
    jobs = [job for job in cluster.jobs() if job["WorkDir"] == str(there.folder)]
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert {job["Comment"].split("_wildcards_")[0] for job in jobs} == {
        "rule_evaluate",
        "rule_manifest",
        "rule_merge",
    }
    again = there.snakemake(*ON_SLURM)
    assert "Nothing to be done" in again.stderr
