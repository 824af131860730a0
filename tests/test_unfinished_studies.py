"""Commands about a study that is not there, half there, or an older version's: what they say."""

import json

import pytest
from commandline import tiltyard
from workplace import ROOT

from tiltyard.engine.catalogue import read_catalogue
from tiltyard.engine.grid.reading import read_config
from tiltyard.engine.plan.plan import Resources
from tiltyard.engine.provenance.manifest import read_manifest
from tiltyard.engine.study import OlderVersion, Study, refuse_older
from tiltyard.workflow import plan_workflow

CONFIG = str(ROOT / "config" / "config.yaml")
#: Commands that read a finished study, and the first file that they miss.
NEEDS = {
    "figure": "summary.csv",
    "figure --only timeline": "journal",
    "compare": "summary.csv",
    "compare --cost": "summary.csv",
    "verify": "manifest.json",
    "bundle": "manifest.json",
    "statistics": "summary.csv",
    "merge": "evaluations",
    "manifest": "summary.csv",
}


@pytest.fixture
def older(tmp_path):
    folder = tmp_path / "older"
    folder.mkdir()
    (folder / "study.json").write_text(json.dumps({"study": "default", "estimators": {}}))
    (folder / "manifest.json").write_text(json.dumps({"format": "tiltyard manifest 1"}))
    (folder / "summary.csv").write_text("estimator,language\n")
    return folder


def refusal(command, folder, *, cwd=ROOT, config=CONFIG):
    results = [] if folder is None else ["--results", str(folder)]
    done = tiltyard(*command.split(), "--config", config, *results, cwd=cwd, check=False)
    assert done.returncode == 1
    assert "Errno" not in done.stderr and len(done.stderr.splitlines()) == 1
    return done.stderr


@pytest.mark.parametrize("command", NEEDS)
def test_study_that_is_not_there_is_named_with_the_command_that_makes_it(command, tmp_path):
    said = refusal(command, tmp_path / "none")
    assert said.startswith(f"tiltyard: {tmp_path / 'none' / NEEDS[command]}: no such file")
    assert "0 of 21 configurations are evaluated" in said
    assert said.endswith(f": snakemake --cores all --configfile {CONFIG}")
    assert not (tmp_path / "none").exists(), "a command that was refused leaves nothing behind"


def test_half_a_study_is_said_to_be_half(tmp_path):
    study = Study.read(ROOT / "config" / "config.yaml", tmp_path)
    study.evaluations.mkdir()
    study.evaluation(study.ids[0]).touch()
    said = refusal("compare", tmp_path)
    assert "1 of 21 configurations are evaluated" in said
    assert said.endswith("or look at what there is: tiltyard status, tiltyard partial")


def test_from_another_folder_the_command_says_where_to_stand(tmp_path):
    assert f": cd {ROOT} && snakemake" in refusal("compare", None, cwd=tmp_path)
    said = refusal("compare", None, cwd=tmp_path, config="config/config.yaml")
    assert said.endswith(f"it is in the project's folder: cd {ROOT}")
    said = refusal("compare", None, cwd=tmp_path, config="config/nobodys.yaml")
    assert said.endswith("config/nobodys.yaml: no such configuration file")


@pytest.mark.parametrize("command", ["status", "evaluate lotka_volterra-n101", *NEEDS])
def test_folder_of_an_older_version_is_named_as_such(command, older):
    said = refusal(command, older)
    assert f"{older}: made by an older version of Tiltyard" in said
    assert "neither resumed nor verified" in said


def test_workflow_does_not_begin_in_a_folder_of_an_older_version(older, tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    older.rename(older := tmp_path / "results" / "default")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OlderVersion, match="neither resumed nor verified"):
        plan_workflow(read_config(ROOT / "config" / "config.yaml"), Resources(cores=2))
    assert sorted(path.name for path in older.iterdir()) == [
        "manifest.json",
        "study.json",
        "summary.csv",
    ]


def test_manifest_of_an_older_version_is_not_read(older):
    with pytest.raises(OlderVersion):
        read_manifest(older)


def test_folders_of_this_version_and_empty_ones_are_no_older(tmp_path):
    refuse_older(tmp_path)
    study = Study.read(ROOT / "config" / "config.yaml", tmp_path)
    (tmp_path / "study.json").write_text(study.to_json())
    refuse_older(tmp_path)
    for text in ("{", "{}"):  # the workflow rebuilds it
        (tmp_path / "study.json").write_text(text)
        study.receipts.write("prepare", [])
        refuse_older(tmp_path)


def test_catalogue_that_is_not_there_is_named_with_the_command_that_makes_it(tmp_path):
    study = Study.read(ROOT / "config" / "config.yaml", tmp_path)
    with pytest.raises(Exception, match="no such file; `tiltyard prepare` writes it"):
        read_catalogue(study.kind, study.catalogue)
