"""A study's folder belongs to one kind, name and seed: another study does not overwrite it."""

import json
from typing import ClassVar

import pytest
from planted_study import Planted
from workplace import TINY

from tiltyard.engine.grid.checking import check_config
from tiltyard.engine.grid.places import ConfigError, Place, Written
from tiltyard.engine.study import Study, read_schema, refuse_other

FILES = ("study.json", "manifest.json")


def study_of(folder, **changes):
    return Study.from_config({**TINY, **changes}, folder)


def keep(study, file="study.json"):
    """Write what a run leaves of `study`."""
    facts = json.loads(study.to_json())
    study.folder.mkdir(exist_ok=True)
    (study.folder / file).write_text(json.dumps(facts))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 2}, ["seed: got seed 2", "has the results of seed 1", "write seed 1 again"]),
        ({"study": "other"}, ["study: got study 'other'", "of study 'tiny'", "study: other_2"]),
        ({"study": "other", "seed": 2}, ["study 'tiny' and seed 1"]),
    ],
)
def test_results_of_another_study_are_not_overwritten(tmp_path, file, change, words):
    keep(study_of(tmp_path), file)
    with pytest.raises(ConfigError) as error:
        refuse_other(study_of(tmp_path, **change))
    for word in [*words, "not overwritten", f"mv {tmp_path} {tmp_path}_old"]:
        assert word in str(error.value)


def test_another_kind_is_another_study(tmp_path):
    keep(study_of(tmp_path))
    (tmp_path / "study.json").write_text(json.dumps({**TINY, "kind": "sorting"}))
    with pytest.raises(ConfigError, match=r"kind: got kind 'derivatives', but .* kind 'sorting'"):
        refuse_other(study_of(tmp_path))


def test_the_message_says_where_the_seed_was_written(tmp_path):
    keep(study_of(tmp_path))
    written = Written({**TINY, "seed": 2}, {(): Place("x"), ("seed",): Place("mine.yaml", 3, "2")})
    with pytest.raises(ConfigError, match=r"\n  mine.yaml, line 3: seed: got seed 2"):
        refuse_other(Study.from_config(written, tmp_path))


def test_whatever_else_changes_the_study_goes_on(tmp_path):
    keep(study_of(tmp_path))
    for changes in (
        {},
        {"noise_levels": [0.1, 0.2], "trials": 5, "signals": ["bump"], "orders": [1]},
        {"julia": True, "estimators": {"include": {"name": ["zero"]}}},
        {"evaluation": {"time_limit": 5}},
    ):
        refuse_other(study_of(tmp_path, **changes))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b"3", b"[" * 100_000, b'{"seed": 2}']
)
def test_a_damaged_file_says_nothing_and_the_manifest_is_asked(tmp_path, content):
    (tmp_path / "study.json").write_bytes(content)
    refuse_other(study_of(tmp_path))
    keep(study_of(tmp_path, seed=3), "manifest.json")
    with pytest.raises(ConfigError, match="seed 3"):
        refuse_other(study_of(tmp_path))
    refuse_other(study_of(tmp_path / "none"))


def test_a_file_that_contradicts_the_other_is_damaged_and_not_another_studys(tmp_path):
    keep(study_of(tmp_path, seed=3))
    with pytest.raises(ConfigError, match=r"\(study.json tells\)"):
        refuse_other(study_of(tmp_path))
    keep(study_of(tmp_path), "manifest.json")
    refuse_other(study_of(tmp_path))


def test_a_kind_may_give_the_engines_keys_a_default():
    class Defaulting(Planted):
        schema: ClassVar = {"properties": {"trials": {"default": 7}, "own": {"type": "integer"}}}

    schema = read_schema(Defaulting())
    assert schema["properties"]["trials"]["minimum"] == 1
    config = {"kind": "planted", "study": "x", "seed": 1}
    assert check_config(config, schema)["trials"] == 7
    with pytest.raises(ConfigError, match="trials: missing"):
        check_config(config, read_schema(Planted()))
