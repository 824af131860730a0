"""What the page holds of a study, and that it says what it leaves out."""

import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tiltyard.engine.jobs import DatasetSource
from tiltyard.report.page.assembly import join_modules
from tiltyard.report.page.building import study_facts, write_page
from tiltyard.report.page.contents import first_trials, read_tables
from tiltyard.report.page.packing import unpack
from tiltyard.studies.derivatives.page.traces import read_traces


@pytest.fixture(scope="module")
def tables(planted):
    return read_tables(planted.paths.folder)


def traces_of(planted, tables, room):
    source = DatasetSource(planted.study.name, planted.study.seed, planted.paths.folder)
    names = first_trials(tables.tables["configurations"])
    return read_traces(planted.paths.evaluation, names, planted.study.orders, source.load, room)


def curves_in(text):
    """Number of curves in a pack."""
    return unpack(text)[0]["tables"]["curves"]["rows"]


def test_of_every_cell_the_first_trial_that_is_there_is_held(tables):
    configurations = tables.tables["configurations"]
    assert len(configurations) == 32
    assert {name[-2:] for name in first_trials(configurations)} == {"t1"}
    assert len(first_trials(configurations)) == 16
    later = configurations[configurations["configuration"] != "runge-n21-gaussian-1e-03-t1"]
    assert "runge-n21-gaussian-1e-03-t2" in first_trials(later)


def test_all_curves_are_held_where_they_fit_and_the_best_where_not(planted, tables):
    whole = traces_of(planted, tables, 10_000_000)
    assert whole.kept is None
    # Seven estimators give three orders, one of them two; one fails.
    assert {curves_in(text) for text in whole.packs.values()} == {6 * 3 + 2}
    some = traces_of(planted, tables, whole.size // 2)
    assert 0 < some.kept < 7 and 0 < some.size <= whole.size // 2
    assert {curves_in(text) for text in some.packs.values()} == {3 * some.kept}
    results = pq.read_table(
        planted.paths.folder / "results.parquet",
        filters=[("configuration", "=", "bump-n25-gaussian-1e-02-t1"), ("order", "=", 1)],
    ).to_pandas()
    best = results.sort_values("nrmse")["method"].head(some.kept)
    header, _ = unpack(some.packs["bump-n25-gaussian-1e-02-t1"])
    (names,) = [c for c in header["tables"]["curves"]["columns"] if c["name"] == "method"]
    assert set(names["words"][1:]) == set(best)
    assert traces_of(planted, tables, 10).kept == 0


def test_page_is_no_larger_than_asked_and_says_what_it_lacks(planted, tmp_path):
    whole = planted.page.stat().st_size
    for name in ("summary", "ranks", "robustness", "reach", "cost", "alarms", "failures"):
        (tmp_path / f"{name}.csv").symlink_to(planted.paths.folder / f"{name}.csv")
    (tmp_path / "results.parquet").symlink_to(planted.paths.folder / "results.parquet")
    page = write_page(planted.study, planted.paths, into=tmp_path, largest=whole - 5_000)
    assert page.stat().st_size <= whole - 5_000
    pack = re.search(r'data-pack="study">([^<]*)<', page.read_text(encoding="utf-8"))
    said = unpack(pack[1])[0]["facts"]["left_out"]
    assert any(re.search(r"beyond the \d+ of lowest nRMSE", sentence) for sentence in said)
    with pytest.raises(ValueError, match="needed without any curve"):
        write_page(planted.study, planted.paths, into=tmp_path, largest=1_000_000)


def test_too_many_rows_keep_controls_and_the_best_ranked_and_say_so(planted, tables):
    rows = len(tables.tables["summary"])
    cells = rows // 8
    small = read_tables(planted.paths.folder, most_rows=4 * cells)
    kept = small.tables["summary"][["method", "language"]].drop_duplicates()
    first = tables.tables["ranks"]["method"].iloc[:2]
    assert set(kept["method"]) == {"zero", "oracle_fit", *first} and len(kept) == 4
    assert small.left_out == [small.left_out[0]] and "4 of 8 estimators" in small.left_out[0]
    assert tables.left_out == []


def test_missing_configurations_are_counted_and_named(planted, tables):
    configurations = tables.tables["configurations"]
    gone = configurations["configuration"].iloc[-1]
    partial = read_tables(planted.paths.folder)
    partial.tables["configurations"] = configurations.iloc[:-1]
    facts = study_facts(planted.study, planted.paths, partial, traces_of(planted, partial, 10))
    assert (facts["merged"], facts["expected"], facts["missing"]) == (31, 32, [gone])


def test_missing_table_is_named_with_what_makes_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"summary\.csv.*tiltyard merge"):
        read_tables(tmp_path)


def test_empty_columns_and_names_like_null_are_read_as_they_are(planted, tmp_path, tables):
    for path in planted.paths.folder.glob("*.csv"):
        frame = pd.read_csv(path, nrows=1, keep_default_na=False)
        frame["method"] = "null"
        if "crps" in frame:
            frame["crps"] = ""
        frame.to_csv(tmp_path / path.name, index=False)
    (tmp_path / "results.parquet").symlink_to(planted.paths.folder / "results.parquet")
    (row,) = read_tables(tmp_path).tables["summary"].to_dict("records")
    assert row["method"] == "null" and np.isnan(row["crps"])


MODULES = {
    "main.js": 'import { one } from "./one.js";\nimport { two } from "./two.js";\none(two);\n',
    "one.js": 'import {\n  two,\n} from "./two.js";\nexport function one() { return two; }\n',
    "two.js": "export const two = 2;\nconst own = 3;\n",
}


def test_modules_are_joined_each_once_and_after_what_they_import():
    joined = join_modules(MODULES, "main.js")
    places = [joined.index(text) for text in ("const two = 2", "function one()", "one(two);")]
    assert places == sorted(places) and joined.count("const two") == 1
    assert not re.search(r"^\s*(import|export)\b", joined, re.MULTILINE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"two.js": None}, r"one\.js needs two\.js"),
        ({"two.js": 'import { one } from "./one.js";\nexport const two = 1;\n'}, "imports itself"),
        ({"two.js": "export default 2;\n"}, "write 'export default 2;'"),
        ({"two.js": "export const two = 2;\nfunction one() {}\n"}, "both declare one"),
    ],
)
def test_modules_that_cannot_be_joined_are_named(change, message):
    sources = {name: text for name, text in {**MODULES, **change}.items() if text is not None}
    with pytest.raises(ValueError, match=message):
        join_modules(sources, "main.js")
