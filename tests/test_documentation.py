"""Pages and pictures that are generated say what the code, and the default study, say."""

import configparser
import json
from pathlib import Path

import pandas as pd
import pytest
from generators import generators

from tiltyard.engine.kind import DEFAULT, find_kind

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "estimators.md"
FINISHED = ROOT / "results" / "default"
#: By how much a mean rank, and a number of cells, may differ on another processor.
RANK, CELLS = 0.1, 3


def test_the_page_of_the_estimators_is_the_catalogue():
    kind = find_kind(DEFAULT)
    assert PAGE.read_text(encoding="utf-8") == kind.methods_page(kind.methods({})), (
        "run `make docs`"
    )


@pytest.fixture(scope="module")
def readme():
    """The module that writes README's figures."""
    with generators() as imported:
        yield imported("readme")


@pytest.fixture(scope="module")
def rooms():
    """The module that draws the picture of the rooms."""
    with generators() as imported:
        yield imported("rooms")


def test_readme_states_the_recorded_figures_of_the_default_study(readme):
    text = readme.PAGE.read_text(encoding="utf-8")
    recorded = json.loads(readme.RECORD.read_text(encoding="utf-8"))
    assert readme.with_figures(text, recorded) == text, "run `make pictures`"
    recorded["best"][0]["mean_rank"] += 0.1
    assert readme.with_figures(text, recorded) != text


def test_readme_counts_the_promises_of_the_page():
    with generators() as imported:
        promises = imported("promises")
    page = promises.PAGE.read_text(encoding="utf-8")
    text = promises.README.read_text(encoding="utf-8")
    lines = list(promises.summary_lines(page))
    inside = text.split(promises.BEGIN)[1].split(promises.END)[0]
    assert inside.strip().splitlines() == lines, "run `python docs/generate/promises.py`"
    rows = [[int(cell) for cell in line.strip("| ").split(" | ")[-5:]] for line in lines[2:]]
    assert [sum(column) for column in zip(*rows[:-1], strict=True)] == rows[-1]
    assert all(total == sum(parts) > 0 for total, *parts in rows)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([("holds", ""), ("does not hold", "too slow")], "does not hold"),
        ([("holds", ""), ("not testable here", "4 workers")], "holds"),
        ([("not testable here", "x; it allows 0.1: contradicted")] * 2, "contradicted"),
        ([("not testable here", "x; it allows 0.1: open")], "not testable here"),
    ],
)
def test_a_promise_fails_where_one_workload_denies_it(rows, verdict):
    with generators() as imported:
        promises = imported("promises")
    held = [promises.Held("a promise", "1 ×", *row) for row in rows]
    assert promises.verdict_of(held) == verdict


@pytest.mark.skipif(not (FINISHED / "reach.csv").exists(), reason="needs a finished default study")
def test_the_recorded_figures_are_those_of_the_default_study(readme):
    if "method" not in pd.read_csv(FINISHED / "ranks.csv", nrows=0):
        pytest.skip("results/default is an earlier version's")
    assert_alike(readme.figures_of(FINISHED), json.loads(readme.RECORD.read_text(encoding="utf-8")))


def assert_alike(found, recorded):
    """Two processors differ in the last bits, and so by a place in a few cells."""
    for one, other in zip(found.pop("best"), recorded.pop("best"), strict=True):
        assert one["method"] == other["method"]
        assert one["mean_rank"] == pytest.approx(other["mean_rank"], abs=RANK)
        assert one["first_in"] == pytest.approx(other["first_in"], abs=CELLS)
    assert found == recorded


def test_figures_come_from_the_tables(readme, tmp_path):
    write_tables(tmp_path)
    found = readme.figures_of(tmp_path)
    assert found["ranked"] == 3 and found["cells"] == 2
    assert found["best"] == [
        {"method": "good", "mean_rank": 1.26, "first_in": 1},
        {"method": "fair", "mean_rank": 1.75, "first_in": 1},
    ]
    assert [level["reach"] for level in found["reach"]] == [5, 2]
    assert "| 1e-8 | 0.01 |" in readme.text(found)
    with pytest.raises(AssertionError):
        assert_alike(found, json.loads(readme.RECORD.read_text(encoding="utf-8")))


def write_tables(folder):
    """Tables of a study of two cells and four methods, one of which is not ranked."""
    (folder / "ranks.csv").write_text(
        "method,mean_rank,cells\ngood,1.255001,2\nfair,1.75,2\npoor,3,2\n"
    )
    (folder / "summary.csv").write_text(
        "method,ranked,place\ngood,True,1\nfair,True,2\nfair,True,1\ngood,True,2\ntruth,False,\n"
    )
    (folder / "reach.csv").write_text(
        "noise_level,threshold,reach,model_reach\n0.01,0.1,2,7\n1e-8,0.1,5,7\n"
    )


def test_the_picture_of_the_rooms_is_drawn_anew(rooms):
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.draw(), "run `make pictures`"


def test_the_picture_has_every_room_where_the_rules_of_imports_have_it(rooms):
    package = ROOT / "python" / "tiltyard"
    for drawn, folder, apart in (
        (rooms.ROOMS, package, {"plugin", "derivatives", "study"}),  # a path and two shims
        (rooms.ENGINE, package / "engine", set()),
    ):
        names = [name for row in drawn for name, _ in row]
        there = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
        assert {name for name in there if not name.startswith("_")} == {*names, *apart}
    rules = configparser.ConfigParser()
    rules.read(ROOT / ".importlinter", encoding="utf-8")
    for drawn, contract in ((rooms.ROOMS, "rooms"), (rooms.ENGINE, "engine")):
        layers = rules[f"importlinter:contract:{contract}"]["layers"].split("\n")
        level = {name: place for place, row in enumerate(drawn) for name, _ in row}
        places = [
            level[name.strip().removeprefix("tiltyard.")]
            for layer in filter(None, layers)
            for name in layer.replace("|", ":").split(":")
        ]
        assert places == sorted(places)
