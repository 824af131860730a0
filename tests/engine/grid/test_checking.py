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
        if config["words"] == "worse":
            raise ConfigError("worse than wrong; write better", ("words",))

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


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("levels: [0.1, -0.1]", 3, ["levels[1]: got -0.1, needs at least 0"]),
        ("levels:\n  - 0.1\n  - -1e-3", 5, ["levels[1]: got -1e-3, needs at least 0"]),
        ("levels: 0.1", 3, ["levels: got 0.1, needs a list", "brackets"]),
        ("levels:", 3, ["levels: got nothing, needs a list", "leave the key out"]),
        ("levels: ['0.125']", 3, ["levels[0]: got '0.125'", "without quotes, write 1.25e-1"]),
        ("levels: [x]", 3, ["levels[0]: got 'x', needs a finite number"]),
        ("levels: [off]", 3, ["levels[0]: got off (read as false), needs a finite number"]),
        ("levels: [0.1]\ntrials: 2.0", 4, ["trials: got 2.0, needs a whole number", "write 2"]),
        ("levels: [0.1]\ntrials: 1e1", 4, ["trials: got 1e1", "write 10"]),
        ("levels: [0.1]\ntrails: 2", 4, ["trails: unknown key, with 2; did you mean 'trials'"]),
        ("levels: [0.1]\nwords: on", 4, ["words: got on (read as true), needs a text", "quotes"]),
        ("levels: [0.1]\nwords: wrong", 4, ["words: got 'wrong'"]),
        ("levels: [0.1]\nwords: worse", 4, ["words: worse than wrong; write better"]),
        ("levels: [0.1]\nmerge:\n  estimates: y", 5, ["merge.estimates: got 'y'", "write true"]),
        ("levels: [0.1]\nplayers: {include: {tag: [a, b, a]}}", 4, ["'a' is given twice"]),
        ("levels: [0.1]\nplayers:\n  include:\n    tag:\n    - a\n    - a", 8, ["given twice"]),
        ("levels: [0.1]\nmerge: {estimates: 'off'}", 4, ["got 'off'", "without quotes, write off"]),
        ("levels: [1e−3]", 3, ["levels[0]: got '1e−3'", "ASCII, not those of '1e\\u22123'"]),
        ("levels: ['1_0']", 3, ["levels[0]: got '1_0', needs a finite number"]),
        ("levels: ['.inf']", 3, ["levels[0]: got '.inf', needs a finite number"]),
        ("levels: [0.1]\ntime_limit: 5", 4, ["time_limit: unknown", "'evaluation.time_limit'?"]),
        ("levels: [0.1]\nTRIALS: 5", 4, ["TRIALS: unknown key", "did you mean 'trials'?"]),
        ("levels: [0.1]\nplayers: {include: {Name: [a]}}", 4, ["did you mean 'name'?"]),
        ("levels: [0.1]\nkind: off", 4, ["kind: 'False' is unknown"]),
        ("trials: 2", 1, ["levels: missing; it is how hard it is: write a line with levels:"]),
        ("levels: [0.1]\nstudy: x", 4, ["study: written twice: 'x' here, 'small' in line 2"]),
        ("levels: [0.1]\nevaluation: {time_limit: 1e9}", 4, ["time_limit: got 1e9", "at most"]),
        ('levels: [0.1]\nwords: "x\\0"\ntrials: 1e3', 5, ["trials: got 1e3", "write 1000"]),
    ],
)
def test_every_refusal_names_file_and_line_and_the_value_as_it_was_written(
    tmp_path, text, line, words
):
    path = tmp_path / "mine.yaml"
    head = "kind: planted\n" if "kind" not in text else "# mine\n"
    tail = "" if "trials" in text else "trials: 1\n"
    path.write_text(f"{head}study: small\n{text}\nseed: 1\n{tail}")
    with pytest.raises(ConfigError) as error:
        Study.read(path)
    (said,) = [each for each in str(error.value).split("\n  ") if words[0] in each]
    assert said.startswith(f"{path}, line {line}: ")
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({1: 2}, "got the key 1: keys are text"),
        ({None: 2}, "got the key None"),
        ({("a",): 2}, "got the key ('a',)"),
        ({"players": {True: 1}}, "players: got the key True"),
        ({"words": b"x"}, "words: got b'x': use text, numbers"),
        ({"words": {"a"}}, "words: got {'a'}: use text"),
        ({"levels": (0.1,)}, "levels: got (0.1,): use text"),
        ({"trials": 10**5000}, "trials: a whole number of more than 100 digits"),
        ({"levels": [-(10**400)]}, "levels[0]: a whole number of more than 100 digits"),
        ({"kind": 10**5000}, "kind: a whole number of more than 100 digits"),
        (
            {"words": "small\n", "study": "small\n"},
            "study: got 'small\\n', needs text that matches",
        ),
        ({"study": "x" * 101}, "study: got 'xxx"),
    ],
)
def test_what_no_file_can_hold_is_refused_too(change, words):
    with pytest.raises(ConfigError) as error:
        Study.from_config({**CONFIG, **change})
    assert words in str(error.value)


def test_a_mapping_that_holds_itself_is_refused():
    config = {**CONFIG}
    config["players"] = {"include": config}
    with pytest.raises(ConfigError, match=r"players\.include\.players: more than 20"):
        Study.from_config(config)


def test_a_grid_that_nobody_can_evaluate_is_refused_before_it_is_made():
    with pytest.raises(ConfigError) as error:
        Study.from_config({**CONFIG, "levels": list(range(1000)), "trials": 1001})
    assert "got 1,001,000 configurations (1 signal x 1,000 level x 1,001 trial)" in str(error.value)


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
