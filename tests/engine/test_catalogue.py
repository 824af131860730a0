"""The catalogue is remembered for as long as no source changes, and never past that."""

import json
from dataclasses import replace

import pytest
from planted_study import Planted, study_in

from tiltyard.engine import catalogue
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.methods.method import Method

METHODS = [
    Method(name="one", family="f", tags=("a", "b"), version="1", explained={"x": "known"}),
    Method(name="two", family="f", language="c", version="2", same_as="one", threads=1),
]


class Counting(Planted):
    """Remembers every reading of its methods."""

    tags = ("brought",)

    def __init__(self):
        self.read = 0
        self.digest = "now"

    def methods(self, config):
        self.read += 1
        return METHODS

    def sources(self, config):
        return self.digest

    def code(self, config):
        return self.digest


@pytest.fixture
def kind(tmp_path, monkeypatch):
    """A kind in a project that remembers nothing yet."""
    monkeypatch.setattr(catalogue, "project_root", lambda: tmp_path)
    return Counting()


def test_what_is_remembered_is_what_was_read(kind):
    for _ in range(2):
        assert catalogue.all_methods(kind, {}) == METHODS
    assert kind.read == 1


def test_changed_sources_are_read_again_and_the_old_ones_stay_known(kind):
    for kind.digest in ("now", "other", "now"):
        catalogue.all_methods(kind, {})
    assert kind.read == 2


def test_kinds_do_not_share_what_they_remember(kind):
    catalogue.all_methods(kind, {})
    other = Counting()
    other.name = "another"
    catalogue.all_methods(other, {})
    assert other.read == 1


@pytest.mark.parametrize("content", [b"", b"[{}]", b"\xff", b"3", b'{"code": 1, "methods": [{}]}'])
def test_a_damaged_memory_is_replaced(kind, tmp_path, content):
    catalogue.all_methods(kind, {})
    (path,) = tmp_path.glob(".cache/catalogue/*.json")
    path.write_bytes(content)
    for _ in range(2):
        assert catalogue.all_methods(kind, {}) == METHODS
    assert kind.read == 2


def test_without_a_place_to_remember_methods_are_read_each_time(kind, tmp_path):
    (tmp_path / ".cache").write_text("")
    for _ in range(2):
        assert catalogue.all_methods(kind, {}) == METHODS
    assert kind.read == 2


def test_only_the_newest_are_kept(kind, tmp_path):
    for number in range(catalogue.REMEMBERED + 3):
        kind.digest = str(number)
        catalogue.all_methods(kind, {})
    assert len(list(tmp_path.glob(".cache/catalogue/*"))) == catalogue.REMEMBERED


def selecting(kind, include=None, exclude=None):
    chosen = {"include": include or {}, "exclude": exclude or {}}
    return replace(study_in("nowhere", kind), config={kind.selection: chosen})


def test_methods_that_a_study_selects_are_sorted(kind):
    assert catalogue.selected_methods(selecting(kind)) == METHODS
    assert catalogue.selected_methods(selecting(kind, exclude={"tag": ["a"]})) == METHODS[1:]
    assert catalogue.selected_methods(selecting(kind, exclude={"tag": ["brought"]})) == METHODS


@pytest.mark.parametrize(
    ("include", "words"),
    [
        ({"name": ["three"]}, "methods.include.name: 'three' is unknown; known are one, two"),
        ({"tag": ["c"]}, "methods.include.tag: 'c' is unknown"),
        ({"tag": ["brought"]}, "leaves none"),
    ],
)
def test_what_selects_nothing_or_what_is_not_there_is_refused(kind, include, words):
    with pytest.raises(ConfigError, match=words):
        catalogue.selected_methods(selecting(kind, include))


def test_methods_that_were_edited_since_are_not_evaluated(kind, tmp_path):
    study = study_in(tmp_path, kind)
    catalogue.write_catalogue(kind, {}, METHODS[:1], study.catalogue)
    catalogue.refuse_edited(study)
    assert catalogue.read_catalogue(kind, study.catalogue) == METHODS[:1]
    kind.digest = "edited"
    with pytest.raises(ConfigError, match=r"edited, added or removed since .* run snakemake again"):
        catalogue.refuse_edited(study)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"methods": []})])
def test_what_is_no_catalogue_is_said_to_be_none(kind, tmp_path, text):
    (tmp_path / "catalogue.json").write_text(text)
    with pytest.raises(UnreadableFile, match="no catalogue of this version"):
        catalogue.read_catalogue(kind, tmp_path / "catalogue.json")
