"""The command line: machine-readable forms, progress, and errors that name what is wrong."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from commandline import tiltyard
from workplace import ROOT, TINY

from tiltyard.engine.files.json import json_text


def installed(*arguments):
    """The command that was installed, in a process of its own."""
    command = [Path(sys.executable).with_name("tiltyard"), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_methods_as_json_have_every_documented_fact():
    entries = json.loads(tiltyard("methods", "--language", "python", "--format", "json").stdout)
    names = {entry["name"] for entry in entries}
    assert {"truth", "zero", "constant", "gaussian_process_se"} <= names
    facts = {"name", "language", "family", "tags", "max_order", "cites", "uneven", "version"}
    assert all(facts <= set(entry) for entry in entries)


def test_methods_of_a_configuration_are_those_it_selects(tmp_path):
    config = {**TINY, "estimators": {"include": {"name": ["zero", "truth"]}}}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    entries = json.loads(tiltyard("methods", "--config", str(path), "--format", "json").stdout)
    assert [entry["name"] for entry in entries] == ["truth", "zero"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trials": 0}, "trials: got 0, needs at least 1"),
        ({"estimators": {"include": {"name": ["gp"]}}}, "'gp' is unknown; known are"),
        (
            {"estimators": {"exclude": {"tag": ["sloow"]}}},
            "'sloow' is unknown; did you mean slow? known are",
        ),
    ],
)
def test_bad_configuration_ends_with_one_message_and_no_traceback(tmp_path, change, words):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**TINY, **change}))
    done = tiltyard("methods", "--config", str(path), check=False)
    assert done.returncode != 0
    assert words in done.stderr and "Traceback" not in done.stderr


def written(**changes):
    """The smallest study in YAML, one key a line."""
    return yaml.safe_dump({**TINY, **changes}, sort_keys=False, default_flow_style=None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("", "mine.yaml: study mine, 1 configurations, "),
        ("estimators: {include: {name: [zero, gp]}}", "line 8: estimators.include.name: 'gp' is"),
        ("estimators:\n  include:\n    name:\n    - zero\n    - truthy", "line 12: estimators"),
        ("estimators: {exclude: {family: [splin]}}", "did you mean spline?"),
        ("estimators: {include: {language: [julia]}}", "line 8: estimators.include.language"),
        ("estimators: {include: {name: [zero], tag: [peer]}}", "line 8: estimators: {'include'"),
        ("estimators: {exclude: {language: [python]}}", "line 8: estimators: {'exclude'"),
        ("signals: [lorenz]", "line 8: signals: written twice"),
        ("trails: 2", "line 8: trails: unknown key"),
    ],
)
def test_validate_refuses_what_a_run_would(tmp_path, change, words):
    path = tmp_path / "mine.yaml"
    path.write_text(written(study="mine", trials=1) + change + "\n")
    done = tiltyard("validate", str(path), cwd=tmp_path, check=False)
    assert done.returncode == bool(change)
    assert words in done.stdout + done.stderr and "Traceback" not in done.stderr
    assert bool(change) == (f"{path}, line " in done.stderr)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.yaml"]


def test_validate_looks_at_every_file_and_at_the_folder_of_the_results(tmp_path):
    paths = [tmp_path / f"{name}.yaml" for name in "abc"]
    for path, seed in zip(paths, [1, -1, 2], strict=True):
        path.write_text(written(seed=seed, study=path.stem))
    folder = tmp_path / "results" / "c"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(json.dumps({**TINY, "kind": "derivatives", "study": "c"}))
    done = tiltyard("validate", *map(str, paths), "--format", "json", cwd=tmp_path, check=False)
    assert done.returncode == 1
    (facts,) = json.loads(done.stdout)
    assert (facts["file"], facts["study"], facts["configurations"]) == (str(paths[0]), "a", 2)
    assert f"{paths[1]}, line 2: seed: got -1" in done.stderr
    assert "seed: got seed 2, but results/c has the results of seed 1" in done.stderr
    text = json.dumps({**TINY, "seed": 2, "study": "c"})
    for command in (["prepare", "--json", text], ["status", "--config", str(paths[2])]):
        done = tiltyard(*command, cwd=tmp_path, check=False)
        assert done.returncode == 1 and "which are not overwritten" in done.stderr


def test_the_installed_command_ends_with_one_message_too():
    done = installed("methods", "--config", "nowhere.yaml")
    assert done.returncode == 1
    assert done.stderr.startswith("tiltyard: ") and done.stderr.count("\n") == 1


def test_status_of_a_study_that_has_not_begun(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(TINY))
    state = json.loads(
        tiltyard("status", "--config", str(path), "--format", "json", cwd=tmp_path).stdout
    )
    assert (state["configurations"], state["done"], state["seconds_left"]) == (2, 0, None)
    assert "0 of 2" in tiltyard("status", "--config", str(path), cwd=tmp_path).stdout


def test_merge_without_evaluations_says_so(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(TINY))
    done = tiltyard("merge", "--config", str(path), cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert "not finished (0 of 2 configurations are evaluated): " in done.stderr
    assert done.stderr.rstrip().endswith(f"snakemake --cores all --configfile {path}")


def test_signals_list_systems_analytic_signals_and_noise_models():
    facts = json.loads(installed("signals", "--format", "json").stdout)
    kinds = [signal["kind"] for signal in facts["signals"]]
    assert kinds.count("ode") >= 3 and kinds.count("analytic") >= 8
    assert len(facts["noise_models"]) >= 6


def test_a_julia_that_does_not_work_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setenv("TILTYARD_JULIA", "/bin/false")
    done = tiltyard("julia", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("tiltyard: $TILTYARD_JULIA: /bin/false cannot be used")
    assert done.stderr.endswith("correct or unset $TILTYARD_JULIA")


def test_json_has_null_for_what_is_not_finite():
    text = json_text({"a": [math.nan, math.inf, 1.5], "b": {"c": (-math.inf, None, "x")}})
    assert json.loads(text, parse_constant=pytest.fail) == {
        "a": [None, None, 1.5],
        "b": {"c": [None, None, "x"]},
    }


def test_json_has_numbers_lists_and_texts_of_numpy_and_pandas():
    table = pd.DataFrame({"n": [1, 2], 0.5: [pd.NaT, pd.Timestamp(0)], True: [1.5, math.nan]})
    value = {
        ("a", 1): np.int64(3),
        math.nan: {"z", "y"},
        "b": np.array([[1.0, math.inf]]),
        "c": np.float32(0.5),
        "d": [np.bool_(True), pd.NA],
        "e": table.to_dict("records"),
    }
    found = json.loads(json_text(value), parse_constant=pytest.fail)
    assert list(found.values())[:5] == [3, ["y", "z"], [[1.0, None]], 0.5, [True, None]]
    assert found["e"][0] == {"n": 1, "0.5": None, "True": 1.5}
