"""Datasets of any kind: kept in a file each, verified when read, made anew where they are stale."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest
from planted_study import Planted, study_in

from tiltyard.engine import datasets
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.digests import digest

ID = "sine-1e-01-t2"


@dataclass(frozen=True)
class Words:
    """A dataset that has texts, and of which the facts decide something too."""

    configuration: str
    words: tuple[str, ...]
    level: float

    @property
    def digest(self):
        return digest([self.configuration, *self.words, str(self.level)])

    def table(self):
        return pa.table({"word": list(self.words)})

    def facts(self):
        return {"level": self.level}


class Wordy(Planted):
    version = "1"

    def make(self, study, point, rng):
        words = tuple(rng.choice(list("abcdefgh"), 20))
        return Words(point.id, words, point.values["level"])

    def restore(self, table, facts, configuration):
        if table.column_names != ["word"]:
            raise ValueError("no words")
        return Words(configuration, tuple(table["word"].to_pylist()), facts["level"])

    def dataset_code(self):
        return {"code": self.version}


@pytest.fixture
def study(tmp_path):
    return study_in(tmp_path, Wordy())


def test_dataset_follows_from_seed_and_identity_and_its_file_gives_it_back(study):
    made = datasets.generate(study, ID)
    assert made == datasets.generate(study, ID) and made.level == 0.1
    assert made.words != datasets.generate(study, ID.replace("t2", "t3")).words
    other = replace(study, config={**study.config, "seed": 2})
    assert made.words != datasets.generate(other, ID).words
    datasets.write(study, made)
    assert datasets.read(study, ID) == (made, {"code": "1"})


def test_dataset_that_fits_is_kept(study, capsys):
    datasets.load(study, ID)
    time = study.dataset(ID).stat().st_mtime_ns
    assert datasets.load(study, ID) == datasets.generate(study, ID)
    assert study.dataset(ID).stat().st_mtime_ns == time and not capsys.readouterr().err


def test_dataset_of_other_code_is_made_anew_with_a_warning(study, capsys):
    datasets.write(study, Words(ID, ("old",), 0.1))
    study.kind.version = "2"
    assert datasets.load(study, ID) == datasets.generate(study, ID)
    assert f"rebuilt: {study.dataset(ID)}: stale" in capsys.readouterr().err
    assert datasets.read(study, ID)[1] == {"code": "2"}


@pytest.mark.parametrize("content", [b"", b"PAR1", None])
def test_file_that_cannot_be_read_is_made_anew_with_a_warning(study, content, capsys):
    datasets.load(study, ID)
    path = study.dataset(ID)
    path.write_bytes(path.read_bytes()[:-30] if content is None else content)
    with pytest.raises(UnreadableFile):
        datasets.read(study, ID)
    assert datasets.load(study, ID) == datasets.generate(study, ID)
    assert f"rebuilt: {path}" in capsys.readouterr().err


def test_another_kinds_or_studys_dataset_is_refused_and_named(study):
    datasets.load(study, ID)

    class Other(Wordy):
        name = "other"

    for another, words in (
        (replace(study, kind=Other()), "kind 'planted', not 'other'"),
        (replace(study, config={**study.config, "study": "b"}), "study 'planted', not 'b'"),
        (replace(study, config={**study.config, "seed": 2}), "seed 1, not 2"),
    ):
        with pytest.raises(UnreadableFile, match=f"holds {words}"):
            datasets.read(another, ID)


def test_content_that_the_kind_refuses_is_unreadable(study, monkeypatch):
    class Table(Words):
        def table(self):
            return pa.table({"number": np.zeros(3)})

    datasets.write(study, Table(ID, (), 0.1))
    with pytest.raises(UnreadableFile, match=f"{ID}.parquet: no words"):
        datasets.read(study, ID)
