"""The page in a real Chromium: it draws what the study's files say, and asks no network."""

import csv
import io
import os
import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from planted import PLANTED, make_study, make_tiny_study
from tab import Page
from tiny import Coins, Tosses

from tiltyard.report.page.picture import open_browser
from tiltyard.studies.derivatives.kind import Derivatives

pytestmark = pytest.mark.browser

CELL = {"signal": "bump", "samples": 25, "noise_model": "gaussian", "noise_level": 0.01, "order": 1}


@pytest.fixture(scope="module")
def browser():
    try:
        with open_browser() as chromium:
            yield chromium
    except RuntimeError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def page(browser, planted):
    return Page(browser, planted.page)


@pytest.fixture
def cell(page):
    page.open(**CELL)
    return page


@pytest.fixture(scope="module")
def summary(planted):
    return pd.read_csv(planted.folder / "summary.csv").fillna({"tags": ""})


def in_cell(summary, **changes):
    """The summary's rows of CELL, those that compete, best first."""
    wanted = {**CELL, **changes}
    for column, value in wanted.items():
        summary = summary[summary[column] == value]
    return summary[~summary["tags"].str.contains("control")].sort_values("median")


def keys(rows):
    return list(zip(rows["method"], rows["language"], strict=True))


def test_page_opens_on_the_answer_without_an_error_or_a_request(browser, planted):
    page = Page(browser, planted.page)
    headline = page.text("#answer .headline")
    assert "process_fit" in headline and "(Python)" in headline
    for figure in ("fit-plot", "levels-plot", "cost-plot"):
        page.tab.locator(f"#{figure}").scroll_into_view_if_needed()
        page.tab.wait_for_selector(f"#{figure}[data-drawn] .main-svg")
    assert page.faults == []
    assert [url for url in page.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert page.requests.count(page.address) == 1
    question = "Which estimator recovers derivatives from noisy samples?"
    assert page.tab.title() == f"planted: {question}", "a message ran as markup"
    page.tab.close()


def test_answer_is_that_of_the_summary(cell, summary):
    best = in_cell(summary).iloc[0]
    assert f"{best['median']:.3g}" in cell.text("#answer .headline")
    assert cell.tab.get_attribute("#answer", "data-verdict") == "good"
    assert cell.text("#answer .verdict") == "Recovered"
    assert "5 of 6" in cell.text("#answer"), "broken_fit solved nothing"


def test_answer_tells_the_regret_against_the_own_oracle_alone(cell, summary):
    best = in_cell(summary).iloc[0]
    (oracle,) = summary[
        (summary[list(CELL)] == pd.Series(CELL)).all(axis=1) & summary["method"].eq("oracle_fit")
    ]["median"]
    said = " ".join(cell.text("#answer .figures").split())
    assert f"Its own oracle reaches {oracle:.3g} oracle_fit" in said
    assert f"; regret {best['regret']:.3g}" in said and best["regret"] > 1.0
    assert "The best of all oracles reaches" in said and "a better model may err less" in said


def test_answer_without_an_own_oracle_tells_no_regret(browser, tmp_path, monkeypatch):
    others = {one: PLANTED[one] for one in PLANTED if not one.oracle}
    monkeypatch.setattr("planted.PLANTED", others)
    page = Page(browser, make_study(tmp_path, noise_models=["gaussian"], samples=[21]).page)
    said = page.text("#answer .figures")
    assert "Its own oracle" not in said and "regret" not in said
    assert "The best of all oracles reaches" in said
    page.tab.close()


def test_worst_cells_are_those_of_the_table_and_lead_there(cell, planted):
    found = pd.read_csv(planted.folder / "worst.csv", keep_default_na=False)
    assert cell.tab.input_value("select[name=worst]") == "process_fit~python", "the best by rank"
    assert "none is better" in cell.text("#worst tbody tr >> nth=0")
    cell.tab.select_option("select[name=worst]", "wave_fit~python")
    assert cell.said["worst"] == ["wave_fit~python"]
    own = found[found["method"].eq("wave_fit")]
    assert cell.tab.locator("#worst tbody tr").count() == len(own) == 10
    for place, row in enumerate(own.to_dict("records")):
        said = cell.text(f"#worst tbody tr >> nth={place}")
        assert row["rival"] in said and f"{row['behind']:.3g}" in said
    saved = pd.read_csv(io.StringIO(cell.saved("worst")))
    assert saved["place"].tolist() == [*range(1, 11)] and set(saved["method"]) == {"wave_fit"}
    cell.tab.click("#worst tbody button >> nth=0")
    first = own.iloc[0]
    assert cell.said["signal"] == [first["signal"]] and cell.said["order"] == [str(first["order"])]
    assert cell.said["pick"] == ["wave_fit~python"]


def test_worst_cells_relate_to_the_reference_and_say_what_was_not_solved(
    browser, tmp_path, monkeypatch
):
    monkeypatch.setattr(Derivatives, "reference", ("spline_fit", "python"))
    study = make_study(tmp_path, noise_models=["gaussian"], samples=[21])
    page = Page(browser, study.page)
    found = pd.read_csv(study.folder / "worst.csv").set_index(["method", "place"])
    assert "in relation to that of spline_fit" in page.text("#worst-lead")
    ratio = found.loc[("process_fit", 1), "ratio"]
    assert f"{ratio:.3g}" in page.text("#worst tbody tr >> nth=0")
    page.tab.select_option("select[name=worst]", "broken_fit~python")
    assert "not solved" in page.text("#worst tbody tr >> nth=0")
    assert page.faults == []
    page.tab.close()


def test_table_has_the_cell_that_competes_best_first_and_failures_last(cell, summary):
    assert cell.rows == keys(in_cell(summary))
    assert cell.rows[-1] == ("broken_fit", "python")
    assert "0 of 2" in cell.text('tr[data-key="broken_fit~python"]')


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("signal", "runge"),
        ("samples", 21),
        ("noise_model", "proportional"),
        ("noise_level", 0.001),
    ],
)
def test_each_axis_changes_the_table(cell, summary, name, value):
    before = cell.text("#cell-table")
    cell.tab.select_option(f"select[name={name}]", str(value))
    assert cell.text("#cell-table") != before
    expected = in_cell(summary, **{name: value})
    assert cell.rows == keys(expected)
    assert cell.said[name] == [str(value)]


def test_order_changes_the_table(cell, summary):
    cell.tab.check("input[name=order][value='2']", force=True)
    rows = in_cell(summary, order=2)
    assert cell.rows == keys(rows)
    assert "not offered" in cell.text('tr[data-key="flat_fit~python"]')


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("family", "spectral", {("wave_fit", "python"), ("flat_fit", "python")}),
        ("language", "julia", {("spline_fit", "julia")}),
        ("tag", "peer", {("wave_fit", "python")}),
    ],
)
def test_each_filter_leaves_what_it_names(cell, name, value, left):
    cell.tab.click(f"[data-filter={name}] summary")
    cell.tab.check(f"[data-filter={name}] input[value={value}]")
    assert set(cell.rows) == left
    assert cell.said[name] == [value]
    cell.tab.keyboard.press("Escape")
    assert not cell.tab.is_visible(f"[data-filter={name}] input[value={value}]")
    cell.tab.click("#clear-filters")
    assert len(cell.rows) == 6


def test_name_and_controls_filter_too(cell):
    cell.tab.fill("input[name=search]", "fit")
    assert len(cell.rows) == 6
    cell.tab.fill("input[name=search]", "wave")
    assert cell.rows == [("wave_fit", "python")]
    cell.tab.fill("input[name=search]", "")
    cell.tab.select_option("select[name=who]", "all")
    assert {("zero", "python"), ("oracle_fit", "python")} < set(cell.rows)


def test_heading_sorts_up_and_down_and_says_so(cell, summary):
    rows = in_cell(summary)
    timed = keys(rows.dropna(subset="cpu_seconds").sort_values("cpu_seconds"))
    missing = keys(rows[rows["cpu_seconds"].isna()])  # last, either way
    assert missing == [("broken_fit", "python")]
    cell.tab.focus("[data-sort=cpu_seconds]")
    for way, expected in (("ascending", timed), ("descending", timed[::-1])):
        cell.tab.keyboard.press("Enter")  # the heading keeps the focus
        heading = cell.tab.locator(
            "#cell-table th", has=cell.tab.locator("[data-sort=cpu_seconds]")
        )
        assert heading.get_attribute("aria-sort") == way
        assert cell.rows == expected + missing
    assert cell.tab.locator("#cell-table th[aria-sort]").count() == 1


def drawn(page, figure="fit-plot"):
    """Curves of a figure by name: x and y of the first with that name."""
    page.tab.locator(f"#{figure}").scroll_into_view_if_needed()
    page.tab.wait_for_selector(f"#{figure}[data-drawn]")
    return page.tab.evaluate(
        "id => Object.fromEntries(document.getElementById(id).data.filter(d => d.name)"
        ".reverse().map(d => [d.name, [Array.from(d.x), Array.from(d.y)]]))",
        figure,
    )


def stored(planted, estimator, language, order):
    """Row of results.parquet of CELL's first trial."""
    name = "bump-n25-gaussian-1e-02-t1"
    wanted = [
        ("configuration", "=", name),
        ("method", "=", estimator),
        ("language", "=", language),
        ("order", "=", order),
    ]
    (row,) = pq.read_table(planted.folder / "results.parquet", filters=wanted).to_pylist()
    return row


def test_press_on_a_cell_of_the_map_shows_the_curve_that_is_in_the_results(cell, planted):
    cell.tab.click('#heatmap tr[data-key="spline_fit~julia"] button[data-value="2"]')
    cell.tab.wait_for_function("document.querySelectorAll('#fit-list tbody tr').length === 1")
    cell.tab.wait_for_function(
        "document.getElementById('fit-plot').data?.some(d => d.name === 'spline_fit')"
    )
    curves = drawn(cell)
    assert set(curves) == {"spline_fit", "truth"}
    row = stored(planted, "spline_fit", "julia", 2)
    # Single precision holds 24 bits.
    assert np.array_equal(np.float32(curves["spline_fit"][1]), np.float32(row["estimate"]))
    dataset = pd.read_parquet(planted.study.dataset(row["configuration"]))
    assert np.array_equal(np.float32(curves["truth"][1]), np.float32(dataset["d2"]))
    assert np.array_equal(np.float32(curves["truth"][0]), np.float32(dataset["t"]))
    assert f"{row['nrmse']:.3g}" in cell.text("#fit-list")


def test_name_in_the_table_shows_its_curve_with_its_band_and_saves_it(cell, planted):
    cell.tab.click('[data-pick="process_fit~python"]')
    cell.tab.wait_for_function("document.querySelectorAll('#fit-list tbody tr').length === 1")
    rows = list(csv.DictReader(io.StringIO(cell.saved("fit"))))
    row = stored(planted, "process_fit", "python", 1)
    for column, name in (
        ("estimate", "process_fit (python)"),
        ("standard_deviation", "process_fit (python) standard_deviation"),
        ("quantile_025", "process_fit (python) quantile_025"),
        ("quantile_975", "process_fit (python) quantile_975"),
    ):
        assert np.array_equal(
            np.float32([float(line[name]) for line in rows]), np.float32(row[column])
        )
    # The shading reaches from the lower quantile, drawn before it, to the upper one.
    band = cell.tab.evaluate(
        """() => {
          const lines = document.getElementById("fit-plot").data;
          const upper = lines.findIndex((line) => line.fill === "tonexty");
          return [lines[upper - 1], lines[upper]].map((line) => Array.from(line.y));
        }"""
    )
    for ends, column in zip(band, ("quantile_025", "quantile_975"), strict=True):
        assert np.array_equal(np.float32(ends), np.float32(row[column]))


def test_saved_table_is_the_summarys(cell, summary):
    saved = pd.read_csv(io.StringIO(cell.saved("cell")))
    expected = in_cell(summary)
    assert keys(saved) == keys(expected)
    assert list(saved.columns) == list(summary.columns)
    assert np.array_equal(saved["median"], expected["median"], equal_nan=True)


def test_address_restores_the_view(cell, browser, planted):
    cell.tab.select_option("select[name=who]", "all")
    cell.tab.click("[data-sort=family]")
    cell.tab.click('[data-pick="wave_fit~python"]')
    address = cell.tab.url
    expected = cell.rows, cell.text("#answer"), cell.text("[data-picks]")
    other = Page(browser, planted.page)
    other.tab.goto("about:blank")
    other.tab.goto(address)
    other.ready()
    assert (other.rows, other.text("#answer"), other.text("[data-picks]")) == expected
    assert "wave_fit" in expected[2] and other.tab.url == address
    other.tab.close()


def test_failures_provenance_and_what_was_left_out_are_said(page):
    assert re.search(r'onerror=.*& singular, at "x"', page.text("#failures"))
    command = page.text("#reproduce")
    assert "tiltyard evaluate" in command and "study.json" in command
    assert "all trials but the first" in page.text("#left-out")
    assert page.tab.is_hidden("#coverage")


def test_half_done_study_says_so_and_shows_what_is_there(browser, tmp_path):
    half = make_study(tmp_path, share=0.5, noise_models=["gaussian"], samples=[21])
    page = Page(browser, half.page)
    assert "4 of 8 configurations" in page.text("#coverage")
    assert "bump-n21-gaussian-1e-02-t1" in page.text("#coverage")
    assert page.text("[data-axis=signal]") == "runge" and len(page.rows) == 6
    assert page.faults == []
    page.tab.close()


@pytest.mark.parametrize("width", [320, 400])  # 320 pixels: a window of 1280 at 400 %
def test_nothing_but_tables_is_wider_than_the_window(cell, width):
    cell.tab.set_viewport_size({"width": width, "height": 700})
    try:
        assert cell.tab.evaluate("document.documentElement.scrollWidth") == width
        assert (
            cell.tab.evaluate("getComputedStyle(document.querySelector('.chooser')).position")
            == "static"
        )
    finally:
        cell.tab.set_viewport_size({"width": 1280, "height": 600})


def test_theme_follows_the_system_and_the_button(cell):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = cell.tab.evaluate(ground)
    cell.tab.emulate_media(color_scheme="dark")
    dark = cell.tab.evaluate(ground)
    cell.tab.click("#theme")
    assert cell.tab.evaluate(ground) == light != dark
    cell.tab.emulate_media(color_scheme="light")
    assert cell.faults == []


def test_page_of_a_study_that_recovers_nothing_and_has_no_order_0(browser, tmp_path, monkeypatch):
    hopeless = {one: PLANTED[one] for one in PLANTED if one.name in ("broken_fit", "zero")}
    monkeypatch.setattr("planted.PLANTED", hopeless)
    changes = {"noise_models": ["gaussian"], "samples": [21], "orders": [1, 2]}
    page = Page(browser, make_study(tmp_path, **changes).page)
    page.tab.click("#reach button >> nth=0")
    assert page.tab.get_attribute("#answer", "data-verdict") is not None
    assert "best" not in page.text('tr[data-key="broken_fit~python"]')
    assert page.faults == []
    page.tab.close()


@pytest.mark.parametrize("kind", [Coins(), Tosses()], ids=lambda kind: kind.name)
def test_page_of_a_kind_with_none_of_what_a_kind_may_leave_out(browser, tmp_path, kind):
    study = make_tiny_study(kind, tmp_path)
    page = Page(browser, study.page)
    assert page.text("#study-title") == "Which guess is nearest? Study “tiny”"
    best = pd.read_csv(study.folder / "summary.csv").iloc[:4].dropna(subset="median")
    best = best.sort_values("median").iloc[0]
    headline = page.text("#answer .headline")
    assert best["method"] in headline and f"{best['median']:.3g}" in headline
    assert page.tab.get_attribute("#answer", "data-verdict") == "good"
    assert page.tab.is_visible("#levels") == bool(kind.levels)
    assert page.tab.is_visible("#cost") == bool(kind.measures.size)
    shown = page.tab.eval_on_selector_all(".plot", "all => all.filter(one => one.offsetParent)")
    assert len(shown) == 2 * bool(kind.levels)
    page.tab.select_option("select[name=coin]", "lead_coin")
    assert "hopeful_guess" in page.text("#answer .headline")
    assert page.said["coin"] == ["lead_coin"]
    page.tab.click('#heatmap tr[data-key="always_half~python"] button >> nth=0')
    assert page.said["pick"] == ["always_half~python"]
    saved = pd.read_csv(io.StringIO(page.saved("heat")))
    assert list(saved["method"])[-1] == "gives_up" and saved.iloc[-1, 2:].isna().all()
    assert "did not try" in page.text("#failures")
    for plot in page.tab.query_selector_all(".plot"):
        if plot.is_visible():
            plot.scroll_into_view_if_needed()
            page.tab.wait_for_selector(f"#{plot.get_attribute('id')}[data-drawn]")
    said = page.text("main").lower()
    assert not [word for word in ("nrmse", "noise", "estimator", "derivative") if word in said]
    assert page.faults == []
    page.tab.close()


def test_table_that_is_wider_than_the_window_says_so_until_its_end(cell):
    hint, box = cell.tab.locator(".hint:has(+ #heatmap)"), cell.tab.locator("#heatmap")
    assert hint.is_hidden()
    cell.tab.set_viewport_size({"width": 390, "height": 700})
    try:
        hint.wait_for(state="visible")
        assert "sideways" in hint.inner_text()
        assert "goes-on" in box.get_attribute("class")
        box.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
        cell.tab.wait_for_function(
            "!document.getElementById('heatmap').classList.contains('goes-on')"
        )
    finally:
        cell.tab.set_viewport_size({"width": 1280, "height": 600})
    hint.wait_for(state="hidden")


def test_banner_counts_all_that_is_missing_not_only_what_is_listed(browser, tmp_path, monkeypatch):
    monkeypatch.setattr("tiltyard.report.page.contents.LISTED", 2)
    page = Page(browser, make_study(tmp_path, share=0.25, samples=[21]).page)
    assert "4 of 16 configurations" in page.text("#coverage")
    assert "and 10 more" in page.text("#coverage")
    page.tab.close()
