"""The pilot study as it is shipped, through a real Snakemake: every row, table and figure."""

import json
import subprocess
import zipfile
from collections import Counter
from xml.etree import ElementTree

import pandas as pd
import pytest
import yaml
from matplotlib.image import imread
from workplace import ROOT, Workplace

from tiltyard.engine.outcome import Status

pytestmark = pytest.mark.julia

#: Names of the pilot's figures; each is there as an SVG and as a PNG.
FIGURES = {
    *("differences", "error_by_order", "gallery", "pareto", "reach", "timeline"),
    *("error_by_noise-lotka_volterra-n51-gaussian", "heatmap-lotka_volterra-n51-gaussian"),
}


@pytest.fixture(scope="module")
def catalogue(pilot):
    return json.loads((pilot.results / "catalogue.json").read_text())["methods"]


def test_every_estimator_has_a_row_per_order_and_configuration(pilot, catalogue):
    rows = pilot.rows()
    assert len(rows) == 2 * len(catalogue) * len(pilot.config["orders"])
    assert "2 of 2 configurations (100%)" in pilot.said
    keys = {(r["configuration"], r["method"], r["language"], r["order"]) for r in rows}
    assert len(keys) == len(rows)
    assert {row["status"] for row in rows} <= set(map(str, Status))
    assert {entry["language"] for entry in catalogue} == {"python", "julia"}


def test_estimators_of_the_catalogue_all_work_here(pilot):
    bad = [row for row in pilot.rows() if row["status"] not in ("ok", "unsupported")]
    assert not bad, [(row["method"], row["language"], row["message"]) for row in bad]


def test_controls_anchor_the_scale(pilot):
    errors = {name: [] for name in ("truth", "zero", "constant")}
    for row in pilot.rows():
        if row["method"] in errors:
            errors[row["method"]].append((row["order"], row["nrmse"]))
    for found in errors.values():  # of two configurations
        assert sorted(order for order, _ in found) == sorted(2 * pilot.config["orders"])
    assert all(error == 0.0 for _, error in errors["truth"])
    # About 1: the derivatives' mean over the interval is small, and the ends are left out.
    assert all(0.9 < error < 1.1 for order, error in errors["zero"] if order)
    assert all(0.9 < error < 1.1 for _, error in errors["constant"])


def test_tables_say_the_same_as_the_rows(pilot):
    rows = pd.DataFrame(pilot.rows())
    summary = pd.read_csv(pilot.results / "summary.csv")
    assert summary["replicates"].sum() == len(rows)
    counts = Counter(rows["status"])
    for status in Status:
        assert summary[f"n_{status}"].sum() == counts[str(status)]
    ranks = pd.read_csv(pilot.results / "ranks.csv")
    assert "control" not in set(ranks["family"]) and ranks["mean_rank"].is_monotonic_increasing
    flat = pd.read_csv(pilot.results / "results.csv")
    assert len(flat) == len(rows) and "estimate" not in flat
    failures = pd.read_csv(pilot.results / "failures.csv")
    assert failures["rows"].sum() == len(rows) - counts["ok"]


def test_statistics_are_there_and_a_clean_study_raises_no_alarm(pilot):
    alarms = pd.read_csv(pilot.results / "alarms.csv")
    assert alarms.empty, alarms.to_string()
    ranks = pd.read_csv(pilot.results / "ranks.csv")
    moved = pd.read_csv(pilot.results / "robustness.csv")
    assert set(moved.loc[moved["variant"] == "all", "method"]) == set(ranks["method"])
    reach = pd.read_csv(pilot.results / "reach.csv")
    assert list(reach["noise_level"]) == [1e-3, 1e-2] and reach["reach"].between(-1, 3).all()
    cost = pd.read_csv(pilot.results / "cost.csv")
    assert cost["pareto"].any() and (cost["cpu_seconds"] > 0.0).all()
    differences = json.loads((pilot.results / "differences.json").read_text())
    assert differences["all"]["methods"] == len(ranks)


def test_numbers_are_the_same_with_two_threads_a_job(pilot, tmp_path):
    other = Workplace(tmp_path, pilot.config)
    other.run("results/pilot/results.parquet", "--set-threads", "evaluate=2")
    assert other.scores() == pilot.scores()


def verify(pilot, *options):
    """Exit status of `tiltyard verify` on the pilot, and its report."""
    config = str(pilot.results / "study.json")
    done = subprocess.run(
        ["tiltyard", "verify", "--config", config, "--format", "json", *options],
        cwd=pilot.folder,
        env=pilot.environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_fresh_study_is_verified_in_both_languages(pilot, catalogue):
    name = "lotka_volterra-n51-gaussian-1e-02-t1"
    # Of Julia's as many as are compiled in a moment where there is no image.
    few = {("central_difference", "julia"), ("fourier", "julia")}
    keys = {(entry["name"], entry["language"]) for entry in catalogue}
    assert few < keys
    chosen = [f"{name}/{n}/{lang}" for n, lang in keys if lang == "python" or (n, lang) in few]
    status, report = verify(pilot, *(word for key in chosen for word in ("--only", key)))
    assert status == 0, report
    assert sorted(each["evaluation"] for each in report["recomputed"]) == sorted(chosen)
    assert {each["finding"] for each in report["recomputed"]} == {"same"}


def test_study_is_bundled_with_its_figures(pilot):
    assert "left out: benchmarks, evaluations" in pilot.run("bundle", "--cores", "1")
    with zipfile.ZipFile(pilot.results / "bundle.zip") as archive:
        names = set(archive.namelist())
    assert {"manifest.json", "results.parquet", "figures/timeline.svg", "Snakefile"} <= names


def test_finished_study_runs_nothing_again(pilot):
    assert "Nothing to be done" in pilot.run()
    # Another plan does not cut what is done anew.
    assert "Nothing to be done" in pilot.run("--dry-run", "--cores", "7")


def test_every_figure_is_drawn_and_no_other(pilot):
    folder = pilot.results / "figures"
    expected = {f"{name}.{kind}" for name in FIGURES for kind in ("svg", "png")}
    assert {path.name for path in folder.iterdir()} == expected
    assert "estimators (python)" in (folder / "timeline.svg").read_text()  # of a real journal
    for name in FIGURES:
        picture = ElementTree.parse(folder / f"{name}.svg").getroot()
        assert picture.tag == "{http://www.w3.org/2000/svg}svg" and len(picture) > 0
        pixels = imread(folder / f"{name}.png")
        assert pixels.shape[1] > 1000 and pixels.max() - pixels.min() > 0.5  # ink on paper


def test_study_without_julia_says_so(tmp_path):
    config = yaml.safe_load((ROOT / "config" / "pilot.yaml").read_text())
    config["estimators"] = {"include": {"name": ["zero", "fourier"]}}
    config["noise_levels"] = [1.0e-2]
    workplace = Workplace(tmp_path, {**config, "julia": False})
    # A Julia that does not work must not matter.
    workplace.environment["TILTYARD_JULIA"] = "/bin/false"
    figure = "figures/error_by_order.svg"
    workplace.run(f"results/pilot/{figure}")
    assert {row["language"] for row in workplace.rows()} == {"python"}
    svg = (workplace.results / figure).read_text()
    assert "Julia's estimators are switched off" in svg


def test_study_with_a_broken_julia_stops_before_any_job(tmp_path):
    config = yaml.safe_load((ROOT / "config" / "pilot.yaml").read_text())
    workplace = Workplace(tmp_path, config)
    workplace.environment["TILTYARD_JULIA"] = "/bin/false"
    done = workplace.snakemake("--cores", "1")
    assert done.returncode != 0
    assert "TILTYARD_JULIA" in done.stderr and "Traceback" not in done.stderr
    assert not workplace.results.exists()


def test_bad_configuration_stops_before_any_job(tmp_path):
    config = yaml.safe_load((ROOT / "config" / "pilot.yaml").read_text())
    workplace = Workplace(tmp_path, {**config, "trails": 3})
    done = workplace.snakemake("--cores", "1")
    assert done.returncode != 0
    assert "did you mean 'trials'" in done.stderr and "Traceback" not in done.stderr
    assert not workplace.results.exists()
