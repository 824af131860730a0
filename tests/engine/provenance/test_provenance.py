"""A small real study: its manifest, its verification after every kind of change, its bundle."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from unittest.mock import patch

import jsonschema
import pyarrow.parquet as pq
import pytest
from commandline import tiltyard
from rocrate.rocrate import ROCrate
from workplace import TINY

from tiltyard.engine import datasets
from tiltyard.engine.files.json import read_sealed
from tiltyard.engine.files.receipts import read_receipt, write_receipt
from tiltyard.engine.provenance.manifest import read_schema
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.contract import QUANTILES

#: Some that compute something, a control, and one that draws random numbers.
NAMES = ["central_difference", "chebyshev", "fourier", "scikit_learn_gaussian_process", "truth"]
CONFIG = {**TINY, "orders": [0, 1, 2], "estimators": {"include": {"name": NAMES}}}
WHERE = ("--config", "study.json", "--results", ".")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """The folder of a study, made by the commands that the workflow calls."""
    folder = tmp_path_factory.mktemp("tiny")
    config = tmp_path_factory.mktemp("config") / "config.json"
    config.write_text(json.dumps(CONFIG))
    ids = Study.read(config).ids
    # This process is pytest's.
    with patch("tiltyard.engine.jobs.end_cleanly_on_signals"):
        for command in (
            ("prepare", "--config", str(config), "--results", "."),
            ("dataset", *ids, *WHERE, "--receipt", "receipts/datasets_1-2.json"),
            ("evaluate", *ids, *WHERE, "--receipt", "receipts/evaluations_1-2.json"),
            ("merge", *WHERE),
            ("manifest", *WHERE, "--threads", "2"),
        ):
            tiltyard(*command, cwd=folder)
    return folder


@pytest.fixture
def folder(original, tmp_path):
    return Path(shutil.copytree(original, tmp_path / "study"))


def verify(folder, *options):
    """Exit status and report of `tiltyard verify`."""
    done = tiltyard("verify", *WHERE, "--format", "json", *options, cwd=folder, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def change_one_number(path, row):
    """Add one in the last place to one number of a Parquet file, and name its evaluation."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[row]["nrmse"] *= 1 + 2**-52
    assert rows != table.to_pylist()
    pq.write_table(table.from_pylist(rows, schema=table.schema), path)
    return "/".join(rows[row][name] for name in ("configuration", "method", "language"))


def sign_again(folder, group):
    """Forge the receipt of the only batch, so that it fits the files as they are."""
    receipt = folder / "receipts" / f"{group}_1-2.json"
    write_receipt(receipt, sorted((folder / group).iterdir()), note=read_receipt(receipt).note)


def an_ok_row(path):
    rows = pq.read_table(path).to_pylist()
    return next(i for i, row in enumerate(rows) if row["method"] == "fourier")


def test_manifest_is_as_its_schema_says_and_its_digests_are_those_of_the_files(original):
    found = read_sealed(original / "manifest.json")
    jsonschema.validate(found, read_schema())
    for name, digest in found["files"].items():
        assert hashlib.sha256((original / name).read_bytes()).hexdigest() == digest
    here = {path.relative_to(original).as_posix() for path in original.rglob("*.*")}
    data = {name for name in here if name.endswith((".parquet", ".csv", ".json"))}
    receipts = {name for name in data if name.startswith("receipts/")}
    assert set(found["files"]) == data - receipts - {"manifest.json"}
    assert found["started"] < found["ended"] and found["seconds"] > 0
    assert found["kind"] == "derivatives"
    assert found["runtimes"] == {"julia": "off"} and found["packages"]["numpy"]
    assert found["config"] == json.loads((original / "study.json").read_text())


def test_study_that_is_half_done_has_no_manifest(folder):
    (folder / "manifest.json").unlink()
    (path,) = list((folder / "evaluations").iterdir())[:1]
    path.unlink()
    done = tiltyard("manifest", *WHERE, cwd=folder, check=False)
    assert done.returncode == 1 and path.name in done.stderr and "finished study" in done.stderr
    assert not (folder / "manifest.json").exists()


def test_fresh_study_is_verified_to_the_last_bit_random_estimators_too(original):
    status, report = verify(original, "--all")
    assert status == 0 and report["passed"]
    assert {each["finding"] for each in report["recomputed"]} == {"same"}
    named = {each["evaluation"].split("/")[1] for each in report["recomputed"]}
    assert named == set(NAMES) and len(report["recomputed"]) == report["evaluations"] == 10
    assert report["files"] == len(manifest(original)["files"])
    assert report["tolerance"]["relative"] == 0.0


def test_one_number_in_the_merged_table_fails_and_is_named(folder):
    path = folder / "results.parquet"
    name = change_one_number(path, an_ok_row(path))
    status, report = verify(folder, "--sample", "0")
    assert status == 1 and not report["passed"]
    assert [fault["file"] for fault in report["file_faults"]] == ["results.parquet"]
    assert [each["evaluation"] for each in report["contradictions"]] == [name]
    # Computing it again says that the merged table is wrong, not the evaluation's own file.
    assert [(each["evaluation"], each["finding"]) for each in report["recomputed"]] == [
        (name, "different")
    ]


def test_one_number_in_the_file_of_an_evaluation_fails_and_is_named(folder):
    path = sorted((folder / "evaluations").iterdir())[1]
    name = change_one_number(path, an_ok_row(path))
    status, report = verify(folder, "--sample", "0")
    assert status == 1
    assert [fault["file"] for fault in report["file_faults"]] == [f"evaluations/{path.name}"]
    assert [each["evaluation"] for each in report["contradictions"]] == [name]
    assert [each["finding"] for each in report["recomputed"]] == ["same"]
    said = tiltyard("verify", *WHERE, cwd=folder, check=False)
    assert said.returncode == 1 and f"contradicted: {name}" in said.stdout
    assert said.stdout.splitlines()[-1].startswith("NOT verified: 1 file wrong, 1 evaluation")


def test_numbers_that_are_changed_everywhere_are_found_by_computing_again(folder):
    """Consistently forged: both tables, their receipts, and a manifest of the forgery."""
    own = sorted((folder / "evaluations").iterdir())[1]
    name = change_one_number(own, an_ok_row(own))
    sign_again(folder, "evaluations")
    for command in ("merge", "manifest"):
        tiltyard(command, *WHERE, cwd=folder)
    status, report = verify(folder, "--only", name)
    assert status == 1 and not report["file_faults"] and not report["contradictions"]
    (found,) = report["recomputed"]
    assert (found["evaluation"], found["finding"]) == (name, "different")
    assert [each["column"] for each in found["differences"]] == ["nrmse"]
    other = name.replace("fourier", "truth")
    assert verify(folder, "--only", other)[0] == 0


def test_dataset_of_another_seed_is_found_although_its_digest_fits(folder):
    names = sorted((folder / "datasets").iterdir())
    study = Study.read(folder / "study.json", folder)
    other = Study.from_config({**CONFIG, "seed": 2}, folder)
    datasets.write(study, datasets.generate(other, names[0].stem))
    datasets.read(study, names[0].stem)  # it claims to be the study's
    sign_again(folder, "datasets")
    tiltyard("manifest", *WHERE, cwd=folder)
    status, report = verify(folder, "--only", f"{names[0].stem}/truth/python")
    assert status == 1
    assert [fault["file"] for fault in report["file_faults"]] == [f"datasets/{names[0].name}"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--only", "fourier"), "write configuration/method/language"),
        (("--only", "x/fourier/python"), "no configuration 'x'"),
        (("--all", "--only", "x/y/z"), "leave out one"),
    ],
)
def test_what_cannot_be_verified_is_refused(original, options, words):
    done = tiltyard("verify", *WHERE, *options, cwd=original, check=False)
    assert done.returncode == 1 and words in done.stderr


def test_another_configuration_is_refused(folder):
    study = json.loads((folder / "study.json").read_text())
    (folder / "other.json").write_text(json.dumps({**study, "trials": 1}))
    where = ("--config", "other.json", "--results", ".")
    done = tiltyard("verify", *where, cwd=folder, check=False)
    assert done.returncode == 1 and "trials: 2 in the manifest, 1 in" in done.stderr


def bundle(folder, output):
    return tiltyard("bundle", *WHERE, "--output", str(output), cwd=folder, check=False)


def test_bundle_is_a_crate_that_its_library_reads_and_that_verifies(original, tmp_path):
    said = bundle(original, tmp_path / "one.zip").stdout
    assert "left out: evaluations, journal, owners, store" in said
    crate = ROCrate(tmp_path / "one.zip")
    assert crate.mainEntity.id == "Snakefile"
    assert crate.mainEntity["programmingLanguage"]["name"] == "Snakemake"
    profiles = {entity.id for entity in crate.root_dataset["conformsTo"]}
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in profiles
    (action,) = crate.root_dataset["mentions"]
    assert action.type == "CreateAction" and action["instrument"].id == "Snakefile"
    assert action["startTime"] < action["endTime"] == manifest(original)["ended"]

    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(unpacked)
        inside = set(archive.namelist())
    entities = {entity.id: entity for entity in crate.data_entities}
    for name, entity in entities.items():
        if "sha256" in entity:
            data = (unpacked / name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == entity["sha256"]
            assert len(data) == int(entity["contentSize"])
    # Everything that is packed is described, the datasets as one.
    described = {name for name in inside if not name.startswith(("datasets/", "receipts/"))}
    folders = {"datasets/", "receipts/"}
    assert described - {"ro-crate-metadata.json"} == set(entities) - folders

    status, report = verify(unpacked, "--sample", "3")
    assert status == 0 and report["left_out"] == ["evaluations"]


@pytest.fixture
def without_estimates(folder):
    """The study with a merged table that leaves out the estimates."""
    study = json.loads((folder / "study.json").read_text()) | {"merge": {"estimates": False}}
    (folder / "config.json").write_text(json.dumps(study))
    tiltyard("prepare", "--config", "config.json", "--results", ".", cwd=folder)
    (folder / "config.json").unlink()
    for command in ("merge", "manifest"):
        tiltyard(command, *WHERE, cwd=folder)
    return folder


def test_study_may_leave_the_estimates_out_of_its_merged_table(without_estimates, tmp_path):
    folder = without_estimates
    names = pq.read_schema(folder / "results.parquet").names
    own = pq.read_schema(next((folder / "evaluations").iterdir())).names
    lists = ["estimate", "standard_deviation", *QUANTILES]
    assert [name for name in own if name not in names] == lists
    # Then the bundle has them in the evaluations, and so they can be compared.
    assert "left out: journal, owners, store" in bundle(folder, tmp_path / "one.zip").stdout
    crate = ROCrate(tmp_path / "one.zip")
    assert {"datasets/", "evaluations/"} < {entity.id for entity in crate.data_entities}
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        archive.extractall(unpacked)
    status, report = verify(unpacked, "--all")
    assert status == 0 and not report["left_out"]


def test_forged_estimate_is_found_where_only_the_evaluation_has_it(without_estimates):
    path = sorted((without_estimates / "evaluations").iterdir())[1]
    table = pq.read_table(path)
    rows = table.to_pylist()
    row = rows[an_ok_row(path)]
    row["estimate"][3] *= 1 + 2**-52
    pq.write_table(table.from_pylist(rows, schema=table.schema), path)
    sign_again(without_estimates, "evaluations")
    for command in ("merge", "manifest"):
        tiltyard(command, *WHERE, cwd=without_estimates)
    status, report = verify(without_estimates, "--only", f"{path.stem}/fourier/python")
    assert status == 1 and not report["contradictions"]
    (found,) = report["recomputed"]
    assert [each["column"] for each in found["differences"]] == ["estimate"]


def test_bundle_has_the_same_bytes_again(original, tmp_path):
    for name in ("one.zip", "two.zip"):
        bundle(original, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_bundle_refuses_what_is_not_as_the_manifest_says(folder, tmp_path):
    with (folder / "summary.csv").open("a") as file:
        file.write("\n")
    done = bundle(folder, tmp_path / "one.zip")
    assert done.returncode == 1 and "summary.csv: altered since the manifest" in done.stderr
    assert not (tmp_path / "one.zip").exists()


def test_bundle_refuses_a_study_of_which_a_file_is_gone(folder, tmp_path):
    gone = next((folder / "datasets").glob("*.parquet"))
    gone.unlink()
    done = bundle(folder, tmp_path / "one.zip")
    assert done.returncode == 1 and f"{gone.name}: is gone" in done.stderr
    assert not (tmp_path / "one.zip").exists()
