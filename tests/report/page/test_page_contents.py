"""What the page holds of a study, and that it says what it leaves out."""

import base64
import json
import re
from functools import partial
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import write_catalogue
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.kind import Panel
from tiltyard.engine.methods.plugins import PluginFault
from tiltyard.report.page.assembly import import_map, read_scripts
from tiltyard.report.page.building import write_page
from tiltyard.report.page.contents import first_replicates, read_tables, study_facts
from tiltyard.report.page.packing import unpack
from tiltyard.studies.derivatives.page.traces import read_traces


@pytest.fixture(scope="module")
def tables(planted):
    return read_tables(planted.study, planted.folder)


def traces_of(planted, tables, room):
    study = planted.study
    names = first_replicates(study, tables.tables["configurations"])
    load = partial(datasets.load, study)
    return read_traces(study.evaluation, names, study.config["orders"], load, room)


def curves_in(text):
    """Number of curves in a pack."""
    return unpack(text)[0]["tables"]["curves"]["rows"]


def test_of_every_cell_the_first_trial_that_is_there_is_held(planted, tables):
    first_trials = partial(first_replicates, planted.study)
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
        planted.folder / "results.parquet",
        filters=[("configuration", "=", "bump-n25-gaussian-1e-02-t1"), ("order", "=", 1)],
    ).to_pandas()
    best = results.sort_values("nrmse")["method"].head(some.kept)
    header, _ = unpack(some.packs["bump-n25-gaussian-1e-02-t1"])
    (names,) = [c for c in header["tables"]["curves"]["columns"] if c["name"] == "method"]
    assert set(names["words"][1:]) == set(best)
    assert traces_of(planted, tables, 10).kept == 0


def test_curves_with_quantiles_have_the_ends_of_their_band(planted, tables):
    configuration = "bump-n25-gaussian-1e-02-t1"
    header, body = unpack(traces_of(planted, tables, 10_000_000).packs[configuration])
    results = pq.read_table(
        planted.folder / "results.parquet",
        filters=[("configuration", "=", configuration), ("method", "=", "process_fit")],
    ).to_pandas()
    for name in ("quantile_025", "quantile_975"):
        facts = header["matrices"][name]
        assert (facts["rows"], facts["columns"]) == (3, 25)
        # Numbers of single precision, their k-th bytes side by side.
        stored = np.frombuffer(body, np.uint8, 4 * 75, facts["start"]).reshape(4, 75)
        held = np.ascontiguousarray(stored.T).view("<f4").reshape(3, 25)
        assert sorted(map(tuple, held)) == sorted(map(tuple, np.float32([*results[name]])))


def test_page_is_no_larger_than_asked_and_says_what_it_lacks(planted, tmp_path):
    whole = planted.page.stat().st_size
    for path in planted.folder.glob("*.csv"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "results.parquet").symlink_to(planted.folder / "results.parquet")
    page = write_page(planted.study, into=tmp_path, largest=whole - 5_000)
    assert page.stat().st_size <= whole - 5_000
    pack = re.search(r'data-pack="study">([^<]*)<', page.read_text(encoding="utf-8"))
    said = unpack(pack[1])[0]["facts"]["left_out"]
    assert any(re.search(r"beyond the \d+ of lowest nRMSE", sentence) for sentence in said)
    with pytest.raises(ValueError, match="needed for its tables and scripts alone"):
        write_page(planted.study, into=tmp_path, largest=1_000_000)


def test_too_many_rows_keep_controls_and_the_best_ranked_and_say_so(planted, tables):
    rows = len(tables.tables["summary"])
    cells = rows // 8
    small = read_tables(planted.study, planted.folder, most_rows=4 * cells)
    kept = small.tables["summary"][["method", "language"]].drop_duplicates()
    first = tables.tables["ranks"]["method"].iloc[:2]
    assert set(kept["method"]) == {"zero", "oracle_fit", *first} and len(kept) == 4
    assert small.left_out == [small.left_out[0]] and "4 of 8 estimators" in small.left_out[0]
    assert tables.left_out == []


def test_missing_configurations_are_counted_and_named(planted, tables):
    configurations = tables.tables["configurations"]
    gone = configurations["configuration"].iloc[-1]
    some = read_tables(planted.study, planted.folder)
    some.tables["configurations"] = configurations.iloc[:-1]
    facts = study_facts(planted.study, some)
    assert (facts["merged"], facts["expected"], facts["missing"]) == (31, 32, [gone])


def test_packages_that_fail_are_named(planted, tables, tmp_path):
    study = planted.study
    fault = PluginFault("broken", "2.1", "SystemExit: 3")
    path = tmp_path / "catalogue.json"
    write_catalogue(study.kind, study.config, [], path, [fault])
    with patch.object(type(study), "catalogue", path):
        notes = study_facts(study, tables)["notes"]
    assert "without the estimators of broken 2.1: SystemExit: 3" in notes


def test_missing_table_is_named_with_what_makes_it(planted, tmp_path):
    with pytest.raises(UnreadableFile, match=r"summary\.csv.*tiltyard merge"):
        read_tables(planted.study, tmp_path)


def test_empty_columns_and_names_like_null_are_read_as_they_are(planted, tmp_path, tables):
    for path in planted.folder.glob("*.csv"):
        frame = pd.read_csv(path, nrows=1, keep_default_na=False)
        frame["method"] = "null"
        if "crps" in frame:
            frame["crps"] = ""
        frame.to_csv(tmp_path / path.name, index=False)
    (tmp_path / "results.parquet").symlink_to(planted.folder / "results.parquet")
    (row,) = read_tables(planted.study, tmp_path).tables["summary"].to_dict("records")
    assert row["method"] == "null" and np.isnan(row["crps"])


MODULES = {
    "main.js": 'import { one } from "./one.js";\none();\n',
    "one.js": 'import {\n  two,\n} from "./two.js";\nexport const one = () => two;\n',
    "two.js": "export const two = 'é';\n",
}


def module_in(written, name):
    kind, _, content = json.loads(written)["imports"][name].partition(",")
    assert kind == "data:text/javascript;base64"
    return base64.b64decode(content).decode()


def test_modules_name_each_other_in_the_import_map():
    written = import_map(MODULES)
    assert set(json.loads(written)["imports"]) == {f"tiltyard/{name}" for name in MODULES}
    assert 'from "tiltyard/two.js"' in module_in(written, "tiltyard/one.js")
    assert "'é'" in module_in(written, "tiltyard/two.js")
    assert "</" not in written


def test_module_that_is_missing_is_named():
    with pytest.raises(ValueError, match=r"one\.js imports two\.js: no such file"):
        import_map({name: MODULES[name] for name in ("main.js", "one.js")})


def test_a_panels_module_may_not_have_the_name_of_the_pages(tmp_path):
    (tmp_path / "own.js").write_text("")
    (tmp_path / "study.js").write_text("")
    html = tmp_path / "own.html"
    panel = Panel(name="own", script=tmp_path / "own.js", html=html, after="answer")
    with pytest.raises(ValueError, match=r"study\.js.*has a module study\.js already"):
        read_scripts([panel])
