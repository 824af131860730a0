"""The small study of alleles as it ships, through a real Snakemake: every strategy counts the same."""

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from workplace import ROOT, Workplace

pytestmark = pytest.mark.workflow
CONFIG = yaml.safe_load((ROOT / "config" / "alleles_pilot.yaml").read_text())
COMPARED = {
    *("serial-w1-b2000", "serial-w1-b2000-again", "threads-w2-b50", "processes-w2-b100-file"),
    *("arrays-serial-w1-b2000", "auto-w2"),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    workplace = Workplace(tmp_path_factory.mktemp("alleles"), CONFIG)
    done = workplace.snakemake("--cores", "2")
    assert done.returncode == 0, done.stderr[-3000:]
    return workplace


@pytest.fixture(scope="module")
def rows(study):
    return pq.read_table(study.results / "results.parquet").to_pandas()


def test_every_launch_of_every_round_is_right(rows):
    launches = rows[rows["stage"] == "total"]
    assert set(launches["method"]) == {*COMPARED, "reference", "read", "inflate"}
    bad = launches[launches["status"] != "ok"]
    assert bad.empty, bad[["method", "status", "message"]].to_string()
    assert launches.groupby("method")["trial"].nunique().eq(CONFIG["trials"]).all()


def test_all_strategies_write_the_same_table(rows):
    launches = rows[(rows["stage"] == "total") & rows["method"].isin({*COMPARED, "reference"})]
    assert launches["output_digest"].nunique() == 1 and launches["output_digest"].ne("").all()


def test_units_are_the_reads_of_all_files(rows):
    reads, (files,) = 300_000 * 30 // 150, CONFIG["workload"]["files"]
    assert set(rows["units"]) == {reads * files} and set(rows["unit"]) == {"reads"}


def test_stages_of_the_command_are_told_apart(rows):
    own = rows[rows["method"] == "serial-w1-b2000"]
    assert {"start", "import", "compile", "open", "compute", "write"} <= set(own["stage"])
    for _, launch in own.groupby(["trial", "position", "counted"]):
        whole = launch.loc[launch["stage"] == "total", "wall_seconds"].item()
        parts = launch.loc[launch["stage"] != "total", "wall_seconds"].sum()
        assert parts == pytest.approx(whole, rel=0.02)


def test_claims_of_the_guide_are_all_there_and_those_beyond_the_cores_are_not_judged(study):
    claims = pd.read_csv(study.results / "claims.csv", dtype={"number": str})
    numbers = claims["number"].str.extract(r"(\d+)", expand=False)
    assert list(dict.fromkeys(numbers)) == [str(number) for number in range(1, 15)]
    beyond = claims[claims["number"].isin(["2", "3", "4"])]
    assert beyond["verdict"].eq("not testable here").all()
