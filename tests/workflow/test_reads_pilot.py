"""The small study of reads as it ships, through Snakemake: every strategy does the same."""

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from workplace import ROOT, Workplace

from tiltyard.pipelines.reads.benchmark.claims import CLAIMS

pytestmark = pytest.mark.workflow
CONFIG = yaml.safe_load((ROOT / "config" / "reads_pilot.yaml").read_text())
COMPARED = {"kernels-w1", "kernels-w1-again", "kernels-w2", "numpy-batch-w1"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    workplace = Workplace(tmp_path_factory.mktemp("reads"), CONFIG)
    done = workplace.snakemake("--cores", "2")
    assert done.returncode == 0, done.stderr[-3000:]
    return workplace


@pytest.fixture(scope="module")
def rows(study):
    return pq.read_table(study.results / "results.parquet").to_pandas()


def test_every_launch_of_every_round_is_right_and_long_enough(rows):
    launches = rows[rows["stage"] == "total"]
    assert set(launches["method"]) == {*COMPARED, "inflate"}
    bad = launches[launches["status"] != "ok"]
    assert bad.empty, bad[["method", "status", "message"]].to_string()
    rounds = launches.groupby(["workload", "method"])["trial"].nunique()
    assert rounds.eq(CONFIG["trials"]).all() and len(rounds) == 10


def test_all_strategies_of_a_workload_write_the_same(rows):
    launches = rows[(rows["stage"] == "total") & rows["method"].isin(COMPARED)]
    digests = launches.groupby("workload")["output_digest"].unique()
    assert len(digests) == 2 and all(len(own) == 1 and own[0] for own in digests)
    assert digests.iloc[0] != digests.iloc[1]


def test_units_are_reads_and_stages_add_up(rows):
    assert set(rows["units"]) == {40_000} and set(rows["unit"]) == {"reads"}
    own = rows[rows["method"] == "kernels-w1"]
    assert {"start", "import", "open", "compute", "close"} <= set(own["stage"])
    for _, launch in own.groupby(["workload", "trial", "position", "counted"]):
        whole = launch.loc[launch["stage"] == "total", "wall_seconds"].item()
        parts = launch.loc[launch["stage"] != "total", "wall_seconds"].sum()
        assert parts == pytest.approx(whole, rel=0.02)


def test_every_figure_of_the_guide_has_a_row(study):
    claims = pd.read_csv(study.results / "claims.csv", dtype={"number": str})
    assert list(dict.fromkeys(claims["number"])) == [one.number for one in CLAIMS]
    rates = claims[claims["number"].isin(["5a", "5c"])].set_index("number")
    assert rates["workload"].eq("r40000-l150-gzip-one-hot").all()
    assert rates["unit"].to_list() == ["reads/s", "bases/s"]
    measured = rates["measured"]
    assert measured["5c"] == pytest.approx(150 * measured["5a"]) and measured["5a"] > 0
    assert claims["verdict"].eq("not testable here").all()  # two rounds decide nothing
    assert claims.loc[claims["number"] == "14c", "reason"].str.contains("GPU").all()
