"""A wrong configuration is refused before any work, naming key, value and what is allowed."""

from pathlib import Path

import pytest

from tiltyard.engine.grid.checking import ConfigError, read_config
from tiltyard.engine.study import Study

CONFIGS = Path(__file__).parents[3] / "config"


def base() -> dict[str, object]:
    return read_config(CONFIGS / "config.yaml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signals": ["lotka"]}, ["signals[0]", "'lotka'", "lotka_volterra"]),
        ({"noise_models": ["pink"]}, ["noise_models[0]", "'pink'", "student_t"]),
        ({"noise_levels": [-0.1]}, ["noise_levels[0]", "-0.1", "at least 0"]),
        ({"noise_levels": ["1e-3"]}, ["noise_levels[0]", "'1e-3'", "write 1.0e-3"]),
        ({"noise_levels": [0.1, 0.1]}, ["noise_levels", "given twice"]),
        ({"noise_levels": [float("nan")]}, ["noise_levels[0]", "nan"]),
        ({"orders": [12]}, ["orders[0]", "12", "at most 7"]),
        ({"trials": 0}, ["trials", "0", "at least 1"]),
        ({"trials": "three"}, ["trials", "'three'", "integer"]),
        ({"trials": 3.0}, ["trials", "3.0", "integer", "write 3"]),
        ({"samples": ["1e2"]}, ["samples[0]", "'1e2'", "integer", "write 100)"]),
        ({"seed": True}, ["seed", "True", "integer"]),
        ({"evaluation": {"time_limit": "inf"}}, ["evaluation.time_limit", "'inf'", "finite"]),
        ({"samples": [4]}, ["samples[0]", "4", "at least 10"]),
        ({"seed": -1}, ["seed", "-1"]),
        ({"julia": "no"}, ["julia", "'no'", "boolean"]),
        ({"trails": 3}, ["trails", "did you mean 'trials'", "signals"]),
        ({"study": "../x"}, ["study", "'../x'"]),
        ({"estimators": {"only": []}}, ["estimators.only", "include"]),
        ({"evaluation": {"time_limit": 0}}, ["evaluation.time_limit", "more than 0"]),
    ],
)
def test_wrong_value_is_named_with_what_is_allowed(change, words):
    with pytest.raises(ConfigError) as error:
        Study.from_config({**base(), **change})
    for word in words:
        assert word in str(error.value)


def test_every_fault_is_listed_at_once():
    with pytest.raises(ConfigError) as error:
        Study.from_config({**base(), "trials": 0, "orders": [9]})
    assert "trials" in str(error.value) and "orders[0]" in str(error.value)


def test_missing_key_is_explained():
    config = base()
    del config["seed"]
    with pytest.raises(ConfigError, match="seed: missing; it is the study's seed"):
        Study.from_config(config)


@pytest.mark.parametrize(("name", "count"), [("config", 21), ("comprehensive", 210), ("pilot", 2)])
def test_shipped_configuration_has_its_size(name, count):
    study = Study.from_config(read_config(CONFIGS / f"{name}.yaml"))
    assert len(study.configurations) == count


def test_defaults_are_filled_in_and_survive_json(tmp_path):
    study = Study.from_config(base())
    assert (study.config["julia"], study.config["orders"]) == (True, list(range(8)))
    assert study.limits.seconds == 300
    path = tmp_path / "study.json"
    path.write_text(study.to_json())
    assert Study.from_config(read_config(path)) == study
