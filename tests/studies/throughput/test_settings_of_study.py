"""A configuration is refused before any work, with key, value and remedy."""

from dataclasses import replace
from pathlib import Path

import pytest
from planted_pipeline import STRATEGIES

from tiltyard.engine.grid.places import ConfigError
from tiltyard.engine.methods.versions import closure
from tiltyard.pipelines.pipeline import Strategy
from tiltyard.studies.throughput import strategies
from tiltyard.studies.throughput.settings import complete, least_rounds, most_rounds
from tiltyard.studies.throughput.strategies import methods_of


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pipeline": "none"}, "pipeline: 'none' is unknown; installed packages bring planted"),
        ({"workload": {"lines": 0}}, "workload.lines: got 0, needs at least 1"),
        ({"workload": 3}, "workload: got 3, needs a mapping"),
        ({"strategies": {"fault": True}}, "strategies: a fault, as asked for"),
        ({"trials": 4, "rounds": {"most": 5}}, "rounds.most: got 5, needs at most 4, the number"),
        ({"trials": 4, "rounds": {"least": 5}}, "rounds.least: got 5, needs at most 4"),
        ({"precision": 0}, "precision: got 0, needs more than 0"),
        ({"disturbance": 2}, "disturbance: got 2, needs at most 1"),
    ],
)
def test_faults_of_a_configuration_are_said(bench, changes, words):
    with pytest.raises(ConfigError) as refused:
        bench.study(**changes)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"names": ()}, "workload: gives nothing to measure"),
        ({"names": ("n3", "n3")}, "workload: gives 'n3' 2 times"),
        ({"strategies": STRATEGIES[1:]}, "needs one reference"),
        ({"strategies": [STRATEGIES[0], *STRATEGIES]}, "strategies: gives 'plain' 2 times"),
        ({"strategies": STRATEGIES[:2]}, "lacks the baseline 'serial'"),
        (
            {"strategies": [*STRATEGIES, replace(STRATEGIES[0], name="serial-again", tags=())]},
            "'serial-again' is the name of the A/A control",
        ),
        ({"strategies": [*STRATEGIES, Strategy(name="A b", implementation="x")]}, "'A b'"),
        (
            {"needs": ("no-such-package-at-all",)},
            "pipeline: 'planted' needs no-such-package-at-all, which is not installed",
        ),
    ],
)
def test_faults_of_a_pipeline_are_said(bench, facts, words):
    bench.pipeline.__init__(**facts)
    with pytest.raises(ConfigError) as refused:
        bench.study()
    assert words in str(refused.value)


def test_the_extra_of_a_pipeline_is_named_where_its_packages_are_missing(bench):
    bench.pipeline.__init__(needs=("no-such-package-at-all",))
    bench.pipeline.extra = "alleles"
    with pytest.raises(ConfigError, match=r"pip install 'tiltyard\[alleles\]'"):
        bench.study()


def test_defaults_of_the_pipeline_are_filled_in(bench):
    assert complete(bench.study().config)["workload"] == {"lines": 3}


@pytest.mark.parametrize(
    ("changes", "least", "most"),
    [
        ({"trials": 30}, 5, 30),
        ({"trials": 2}, 2, 2),
        ({"trials": 30, "rounds": {"least": 7, "most": 9}}, 7, 9),
        ({"trials": 30, "rounds": {"most": 3}}, 3, 3),
    ],
)
def test_rounds_are_trials(bench, changes, least, most):
    study = bench.study(**changes)
    assert (least_rounds(study.config), most_rounds(study.config)) == (least, most)
    assert study.ids[:2] == ["n3-t1", "n3-t2"] and len(study.ids) == 2 * most


def test_thirty_rounds_are_the_most_if_nothing_is_said(bench):
    config = {"kind": "throughput", "study": "planted", "seed": 3, "pipeline": "planted"}
    study = type(bench.study()).from_config({**config, "workload": {}, "strategies": {}})
    assert most_rounds(study.config) == 30


def test_baseline_takes_part_twice_and_names_and_facts_are_the_strategies(bench):
    methods = {one.name: one for one in methods_of(bench.study().config)}
    assert set(methods) == {*(one.name for one in STRATEGIES), "serial-again"}
    again, serial = methods["serial-again"], methods["serial"]
    assert again.same_as == "serial" and "again" in again.tags
    assert again.version == serial.version
    assert again.facts_of_strategy() == serial.facts_of_strategy()
    threads = methods["threads-w2"]
    assert (threads.backend, threads.workers, threads.block, threads.threads) == (
        *("threads", 2, "9"),
        2,
    )
    assert Strategy(**threads.facts_of_strategy()) == STRATEGIES[3]


def test_version_follows_from_all_that_decides_a_time(bench, tmp_path, monkeypatch):
    config = bench.study().config
    before = {one.name: one.version for one in methods_of(config)}
    assert {one.name: one.version for one in methods_of(config)} == before
    changed = [replace(STRATEGIES[3], options={"blocks": 7})]
    bench.pipeline.__init__([*STRATEGIES[:3], *changed])
    after = {one.name: one.version for one in methods_of(config)}
    assert [name for name in before if before[name] != after[name]] == ["threads-w2"]
    source = tmp_path / "source.py"
    source.write_text("x = 1\n")
    bench.pipeline.sources = lambda strategy: [source]
    first = methods_of(config)[0].version
    source.write_text("x = 2\n")
    assert methods_of(config)[0].version != first


def test_programs_of_others_are_part_of_a_version(bench, tmp_path, monkeypatch):
    bench.study()
    program = tmp_path / "tool"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    bench.pipeline.programs = lambda strategy: ["tool"]
    versions = []
    for said in ("", "tool 1.0", "tool 1.1"):
        if said:
            program.write_text(f"#!/bin/sh\necho {said}\necho more\n")
            program.chmod(0o755)
        study = bench.study()
        versions.append(methods_of(study.config)[0].version)
        assert study.kind.runtimes(study.config) == {"tool": said or "missing"}
    assert len(set(versions)) == 3


def test_what_measures_a_launch_decides_its_version_and_what_makes_tables_does_not():
    here = Path(strategies.__file__).parent
    files = {
        file.relative_to(here).as_posix()
        for name in strategies.LAUNCHING
        for file in closure(here / name, strategies._imports_here)
    }
    measuring = {"environment", "group", "launcher", "marks", "measure", "staging", "tree_meter"}
    assert {"launching.py", "launch.py", *(f"measuring/{name}.py" for name in measuring)} <= files
    assert not {"kind.py", "meanings.py", "scoring.py", "measuring/alone.py"} & files
