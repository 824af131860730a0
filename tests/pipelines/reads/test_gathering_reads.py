"""Reports of jobs as one table, and the workflow's plan: what is no whole is refused."""

import json

import pytest

from tiltyard.pipelines.reads import InputError
from tiltyard.pipelines.reads.gathering import read_reports, table_of
from tiltyard.pipelines.reads.workflow import read_plan


def report(folder, name, first, **changes):
    content = {
        "unit": "reads",
        "read": 10,
        "kept": 7,
        "bases_kept": 70,
        "dropped": {"length": 3},
        "files": [[f"{name}.fq"]],
        "first_file": first,
        "steps": ["Length(least=5, most=None)"],
        "pair_rule": "any",
        "seed": 0,
        "epoch": 0,
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content | changes))
    return path


def test_rows_are_in_the_order_of_the_files_and_add_up(tmp_path):
    paths = [
        report(tmp_path, "b", 0, dropped={"length": 1, "max_n": 2}),
        report(tmp_path, "c", 3, read=5, kept=5, dropped={}),
        report(tmp_path, "a", 1, files=[["x.fq"], ["y.fq"]]),
    ]
    assert [line.split("\t") for line in table_of(read_reports(paths)).splitlines()] == [
        ["job", "files", "unit", "read", "kept", "bases_kept", "dropped_length", "dropped_max_n"],
        ["b", "1", "reads", "10", "7", "70", "1", "2"],
        ["a", "2", "reads", "10", "7", "70", "3", "0"],
        ["c", "1", "reads", "5", "5", "70", "0", "0"],
        ["all", "4", "reads", "25", "19", "210", "4", "2"],
    ]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"first": 2}, "file number 1 is missing"),
        ({"first": 0}, "file number 0 is there twice"),
        ({"first": 1, "seed": 3}, "b has seed 3, and a 0: filter both in the same way"),
        ({"first": 1, "steps": []}, "b has steps"),
        ({"first": 1, "unit": "pairs"}, "b has unit 'pairs'"),
    ],
)
def test_gaps_overlaps_and_other_jobs_are_refused(tmp_path, second, words):
    paths = [report(tmp_path, "a", 0), report(tmp_path, "b", **second)]
    with pytest.raises(InputError, match=words):
        read_reports(paths)


def test_what_is_no_report_is_refused(tmp_path):
    for content in ("", "{}", "[1]"):
        (tmp_path / "x.json").write_text(content)
        with pytest.raises(InputError, match="is no report"):
            read_reports([tmp_path / "x.json"])
    with pytest.raises(InputError, match="is no report"):
        read_reports([tmp_path / "none.json"])
    (tmp_path / "again").mkdir()
    paths = [report(tmp_path, "a", 0), report(tmp_path / "again", "a", 1)]
    with pytest.raises(InputError, match="the same name"):
        read_reports(paths)


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.fq", "b.fq"):
        (tmp_path / name).write_bytes(b"")
    return {"lanes": {"L1": "a.fq", "L.2-b": "b.fq"}, "output": "out"}


def test_a_plan_numbers_its_lanes_and_names_its_files(config):
    plan = read_plan(config | {"options": "--min-length 5 --step 'mutate(0.1)'", "threads": 2})
    assert plan.reads == ["out/L1.fq.gz", "out/L.2-b.fq.gz"]
    assert plan.reports == ["out/L1.json", "out/L.2-b.json"] and plan.table == "out/reads.tsv"
    assert [plan.number(lane) for lane in plan.lanes] == [0, 1]
    assert plan.words == "--min-length 5 --step 'mutate(0.1)'" and plan.threads == 2
    assert plan.pattern(paired=False) == r"L1|L\.2\-b" and plan.pattern(paired=True) == "(?!)"
    pairs = read_plan({"lanes": {"p": ["a.fq", "b.fq"]}, "output": "out"})
    assert pairs.reads == ["out/p_1.fq.gz", "out/p_2.fq.gz"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lane": {}}, "lane: unknown; did you mean lanes?"),
        ({"lanes": {}}, "lanes: got {}, needs a name"),
        ({"lanes": ["a.fq"]}, "needs a name"),
        ({"lanes": {"a/b": "a.fq"}}, "'a/b': a name has letters"),
        ({"lanes": {"a": ["a.fq", "b.fq", "c.fq"]}}, r"needs a file, or [R1, R2]"),
        ({"lanes": {"a": 3}}, "a: got 3"),
        ({"lanes": {"a": "c.fq"}}, "a: there is no file c.fq, seen from"),
        ({"lanes": {"a": "a.fq", "b": ["a.fq", "b.fq"]}}, "some are pairs and some are not"),
        ({"output": None}, "output: got None, needs a folder"),
        ({"threads": 0}, "threads: got 0, needs a whole number from 1"),
        ({"minutes": True}, "minutes: got True"),
        ({"options": ["--first", "3"]}, "needs words as on the command line"),
        ({"options": "--min-lenght 3"}, "did you mean --min-length"),
        ({"options": "--output x.fq"}, "--output: the workflow itself gives this"),
        ({"options": "-ox.fq"}, "-o: the workflow itself gives this"),
        ({"options": "--first=3"}, "--first depends on the reads of all lanes"),
        ({"options": "--step 'mutate"}, "No closing quotation"),
    ],
)
def test_a_wrong_configuration_is_named_with_a_remedy(config, change, words):
    with pytest.raises(InputError) as caught:
        read_plan(config | change)
    assert words in str(caught.value)
