"""A wrong configuration is refused before any work, naming key, value and what is allowed."""

from typing import ClassVar

import pytest
from planted_study import KIND, Planted

from tiltyard.engine import study as studies
from tiltyard.engine.grid.checking import ConfigError, read_config
from tiltyard.engine.study import Study

CONFIG = {"study": "small", "seed": 1, "kind": "planted", "levels": [0.1, 0.2], "trials": 2}


class Small(Planted):
    """A kind with two keys of its own, and a word of its own for its methods."""

    selection = "players"
    decides = ("levels",)
    schema: ClassVar = {
        "properties": {
            "levels": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/$defs/level"},
                "description": "how hard it is",
            },
            "trials": {"type": "integer", "minimum": 1, "default": 3},
            "words": {"type": "string", "default": ""},
        },
        "required": ["levels"],
        "$defs": {"level": {"type": "number", "minimum": 0}},
    }

    def check(self, config):
        if config["words"] == "wrong":
            raise ConfigError("words: got 'wrong'")

    def points(self, config):
        trials = range(1, config["trials"] + 1)
        return {"signal": ["a"], "level": config["levels"], "trial": trials}


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    """The kind that is installed."""
    kinds = {"planted": Small()}

    def find(name):
        if name not in kinds:
            raise ValueError(f"kind: {name!r} is unknown")
        return kinds[name]

    monkeypatch.setattr(studies, "find_kind", find)
    return kinds["planted"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"levels": [-0.1]}, ["levels[0]", "-0.1", "at least 0"]),
        ({"levels": ["1e-3"]}, ["levels[0]", "'1e-3'", "write 1.0e-3"]),
        ({"levels": [float("nan")]}, ["levels[0]", "nan"]),
        ({"trials": 3.0}, ["trials", "3.0", "integer", "write 3"]),
        ({"trails": 3}, ["trails", "did you mean 'trials'", "levels"]),
        ({"seed": True}, ["seed", "True", "integer"]),
        ({"seed": -1}, ["seed", "-1"]),
        ({"study": "../x"}, ["study", "'../x'"]),
        ({"evaluation": {"time_limit": "inf"}}, ["evaluation.time_limit", "'inf'", "finite"]),
        ({"players": {"only": []}}, ["players.only", "include"]),
        ({"methods": {}}, ["methods: unknown key", "players"]),
        ({"words": "wrong"}, ["words: got 'wrong'"]),
        ({"kind": "absent"}, ["kind", "'absent'"]),
    ],
)
def test_wrong_value_is_named_with_what_is_allowed(change, words):
    with pytest.raises(ConfigError) as error:
        Study.from_config({**CONFIG, **change})
    for word in words:
        assert word in str(error.value)


def test_every_fault_is_listed_at_once():
    with pytest.raises(ConfigError) as error:
        Study.from_config({**CONFIG, "trials": 0, "levels": [-1.0]})
    assert "trials" in str(error.value) and "levels[0]" in str(error.value)


@pytest.mark.parametrize(
    ("key", "words"), [("seed", "it is the study's seed"), ("levels", "it is how hard it is")]
)
def test_missing_key_is_explained(key, words):
    config = {name: value for name, value in CONFIG.items() if name != key}
    with pytest.raises(ConfigError, match=f"{key}: missing; {words}"):
        Study.from_config(config)


@pytest.mark.parametrize("text", ["- a", "a: [", "3"])
def test_file_that_is_no_mapping_is_refused(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        read_config(path)


def test_defaults_are_filled_in_and_survive_json(tmp_path, kind):
    study = Study.from_config(CONFIG, tmp_path)
    assert (study.config["words"], study.config["players"]["include"]) == ("", {})
    assert study.kind is kind and study.options() == {"levels": [0.1, 0.2]}
    assert study.ids == ["a-1e-01-t1", "a-1e-01-t2", "a-2e-01-t1", "a-2e-01-t2"]
    path = tmp_path / "study.json"
    path.write_text(study.to_json())
    assert Study.read(path, tmp_path) == study


def test_files_are_in_the_studys_folder_whatever_it_is(tmp_path):
    assert Study.from_config(CONFIG).store.parts == ("results", "small", "store")
    study = Study.from_config(CONFIG, tmp_path)
    assert study.missing == study.ids
    study.evaluations.mkdir()
    study.evaluation(study.ids[1]).touch()
    assert study.missing == [study.ids[0], *study.ids[2:]]


def test_a_cell_has_the_axes_but_the_replicates_and_what_is_within(kind):
    study = Study.from_config(CONFIG)
    assert (study.group, study.cell) == (["signal", "level"], ["signal", "level", "order"])
    assert KIND.selection != kind.selection
