"""What the page is told besides tables, and who is ranked."""

import json

import pandas as pd
import planted_answer
from planted_answer import BASE, LIMIT, STRATEGIES, TWICE, Costs, Pipeline, plant

from tiltyard.engine.study import Study
from tiltyard.studies.throughput import settings
from tiltyard.studies.throughput.outputs import TABLES, page_facts
from tiltyard.studies.throughput.workloads import made_folder


class Typed(Pipeline):
    """A pipeline whose files must be there to be opened."""

    def open(self, workload, folder):
        (folder / "lines.txt").read_text()
        return super().open(workload, folder)

    def command(self, strategy, work, output):
        return [
            "/opt/bin/count",
            "--workers",
            str(strategy.workers),
            *map(str, work.files["lines"]),
        ]


def test_commands_are_those_of_workloads_whose_files_are_there(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "find_pipeline", lambda name: Typed())
    config = {
        "kind": "throughput",
        "study": "typed",
        "seed": 3,
        "pipeline": "planted",
        "workload": {},
        "strategies": {},
        "trials": 2,
    }
    study = Study.from_config(config, tmp_path / "typed")
    assert page_facts(study)["commands"] == {}
    made_folder(study, "n2").mkdir(parents=True)
    assert page_facts(study)["commands"] == {}, "a folder without its files"
    (made_folder(study, "n2") / "lines.txt").write_text("1\n")
    facts = page_facts(study)
    assert list(facts["commands"]) == ["n2"]
    assert facts["commands"]["n2"][BASE.name] == "count --workers 1 lines.txt"
    assert facts["workloads"]["n4"] == {"lines": 4} and facts["baseline"] == BASE.name
    json.dumps(facts, allow_nan=False)


def test_every_table_has_a_name_of_its_own():
    names = [table.name for table in TABLES]
    assert len(set(names)) == len(names)
    asked = {"scaling", "stages", "equality", "claims", "stability"}
    assert asked <= set(names)


def test_limits_copies_and_programs_of_others_are_not_ranked(tmp_path, monkeypatch):
    other = Costs("samtools-view", 0.2, implementation="samtools", tags="peer")
    known = [*STRATEGIES, other]
    monkeypatch.setattr(planted_answer, "STRATEGIES", known)
    study = plant(tmp_path, monkeypatch, rounds=5, only=known, page=False).study
    summary = pd.read_csv(study.folder / "summary.csv")
    whole = summary[summary["stage"].eq("total")].groupby("method")["ranked"].all()
    unranked = {TWICE.name, LIMIT.name, other.name}
    assert whole[[*unranked]].eq(False).all()
    assert whole.drop([*unranked]).all() and len(whole) == len(known)
