"""Ranges of spots as jobs of a real Slurm: the numbers of one command."""

import gzip
import os
import sys
from pathlib import Path

import pytest
import yaml
from cluster import ON_SLURM
from commandline import tiltyard
from commands import COMMANDS
from workplace import ROOT

pytestmark = [pytest.mark.slurm, pytest.mark.workflow, pytest.mark.slow]


def snakemake(folder, cluster):
    """Exit status, and all that was said, of the workflow with the profile as it is shipped."""
    said = folder / ".said"
    path = f"{Path(sys.executable).parent}{os.pathsep}{cluster.environment['PATH']}"
    words = (
        *("snakemake", "--snakefile", str(ROOT / "workflow" / "pipelines" / "spatial.smk")),
        *("--configfile", "mine.yaml", *ON_SLURM),
    )
    environment = {**os.environ, **cluster.environment, "PATH": path}
    status = COMMANDS.run(list(words), folder, environment, said)
    return status, said.read_text(encoding="utf-8", errors="replace")


@pytest.mark.timeout(900)
def test_jobs_of_ranges_on_slurm_write_what_one_command_writes(cluster, tmp_path):
    config = yaml.safe_load((ROOT / "config" / "pipelines" / "spatial.yaml").read_text())
    config["cells"] = 640
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(config))
    tiltyard("spatial", "example", cwd=tmp_path)
    tiltyard(
        *("spatial", "specificity", "example/tissue.h5ad", "--embedding", "emb", "--quiet"),
        *("--annotation", "domain", "--output", "scores"),
        cwd=tmp_path,
    )
    status, said = snakemake(tmp_path, cluster)
    assert status == 0, said + cluster.logs()
    tiltyard(
        *("spatial", "ldsc", "--scores", "scores", *config["options"].split(), "--quiet"),
        *("--trait", "height", "--sumstats", "example/height.sumstats.gz", "--output", "whole"),
        cwd=tmp_path,
    )
    (whole,) = (tmp_path / "whole").glob("*.csv.gz")
    output = tmp_path / config["output"]
    assert len(list(output.glob("*_cells_*.csv.gz"))) == 2
    merged = gzip.decompress((output / "example_height.csv.gz").read_bytes())
    assert merged == gzip.decompress(whole.read_bytes())
    jobs = [job for job in cluster.jobs() if job["WorkDir"] == str(tmp_path)]
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert {job["Comment"].split("_wildcards_")[0] for job in jobs} == {
        *("rule_ldsc", "rule_merge", "rule_combine"),
    }
    assert "Nothing to be done" in snakemake(tmp_path, cluster)[1]
