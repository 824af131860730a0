"""In a container with little memory and half a core a study fits, and none of its rows is wrong."""

import json

import pytest
import yaml
from cage import caged
from workplace import ROOT, Workplace

from tiltyard.engine.machine.room import counted_cores


def test_the_pilot_passes_with_half_a_core_and_one_and_a_half_gigabytes(tmp_path):
    config = yaml.safe_load((ROOT / "config" / "pilot.yaml").read_text()) | {"julia": False}
    workplace = Workplace(tmp_path, config)
    options = {"env": workplace.environ(), "cwd": tmp_path}
    with caged(memory=1_500_000_000, cores=0.5) as cage:
        command = workplace.command("--cores", "all")
        tiltyard = ["tiltyard", "plan", "--config", "config.yaml", "--cores", "16"]
        planned = cage.run(*tiltyard, "--format", "json", **options)
        done = cage.run(*command, **options)
    assert done.returncode == 0, done.stdout + done.stderr + workplace.logs()
    said = done.stdout + done.stderr
    assert f"1 core of the {counted_cores()} that Snakemake counts: there are 0.5 by" in said
    assert "Provided cores: 1 " in said
    plan = json.loads(planned.stdout)
    assert plan["memory_mb"] <= 1500 and plan["obstacle"] == ""
    reasons = "\n".join(plan["reasons"])
    assert "16 cores, as asked for: there are 0.5 by the control group's" in reasons
    assert "GB are free of the control group's 1.5 GB" in reasons
    assert {row["status"] for row in workplace.rows()} == {"ok"}


@pytest.fixture
def starving(workplace):
    """A study with an estimator that takes more memory than the test leaves, ready to evaluate."""
    workplace.install("hungry")
    workplace.config |= {
        "julia": False,
        "estimators": {"include": {"name": ["hungry", "zero", "truth"]}},
    }
    workplace.run("results/trial/receipts/datasets_1-2.json", "results/trial/catalogue.json")
    return workplace


def test_evaluation_that_the_kernel_kills_for_memory_is_no_row_and_is_made_later(starving):
    first, second = (path.stem for path in (starving.results / "datasets").glob("*.parquet"))
    results = ["--config", "config.yaml", "--results", "results/trial", "--threads", "2"]
    assert starving.tiltyard("evaluate", second, *results).returncode == 0
    command = ["evaluate", first, second, *results, "--receipt", "receipt.json"]
    with caged(memory=600_000_000, cores=2.0) as cage:
        done = cage.run("tiltyard", *command, env=starving.environ(), cwd=starving.folder)
    assert done.returncode == 1
    said = f"{first}: killed by the kernel, for want of memory, alone too: hungry (python)"
    assert said in done.stderr
    assert "memory_limit" in done.stderr and "Traceback" not in done.stderr
    assert f"{second}: 0 computed, 3 recalled" in done.stderr  # it need not wait for more memory
    assert [path.stem for path in (starving.results / "evaluations").iterdir()] == [second]
    assert not (starving.folder / "receipt.json").exists()
    later = starving.tiltyard(*command)
    assert later.returncode == 0, later.stderr
    assert f"{first}: 1 computed, 2 recalled" in later.stderr
    assert (starving.folder / "receipt.json").exists()


def test_what_could_never_run_is_said_before_the_start_and_hinders_no_look(workplace):
    workplace.config["julia"] = False
    nothing = workplace.snakemake("--cores", "0")
    assert nothing.returncode == 1
    assert "--cores (or --jobs) 0, of the command line or a profile" in nothing.stderr
    little = ("--cores", "2", "--resources", "mem_mb=500")
    started = workplace.snakemake(*little)
    assert started.returncode == 1
    assert "study trial: not enough memory: a job takes 900 MB, and 500 MB are" in started.stderr
    assert not (workplace.results / "study.json").exists()
    for look in (["--dry-run"], ["--unlock"], ["--summary"]):
        looked = workplace.snakemake(*little, *look)
        assert looked.returncode == 0, looked.stderr
