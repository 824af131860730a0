"""Digests are those of the standard tools, and a checkout's state is what Git says."""

import hashlib
import json
import subprocess

import pytest
import yaml
from workplace import ROOT

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.json import write_sealed
from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.machine.facts import describe_checkout, describe_machine, other_machine
from tiltyard.engine.provenance.manifest import (
    digest_of_group,
    digests_of,
    read_manifest,
    refuse_other_config,
)


def test_digests_are_sha256_of_the_bytes_in_the_order_of_the_names(tmp_path):
    contents = {"b.csv": b"x" * 3_000_000, "a.csv": b"", "c/d.csv": b"1\n"}
    (tmp_path / "c").mkdir()
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    told = []
    found = list(
        digests_of(tmp_path, list(contents), threads=2, observe=lambda *facts: told.append(facts))
    )
    assert found == [(n, hashlib.sha256(data).hexdigest()) for n, data in contents.items()]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_digest_of_a_group_depends_on_names_and_contents_alone():
    files = {"a": "1", "b": "2"}
    assert digest_of_group(["b", "a"], files) == digest_of_group(["a", "b"], files)
    for other in ({"a": "2", "b": "1"}, {"a": "1", "c": "2"}, {"a": "1"}):
        assert digest_of_group(other, other) != digest_of_group(files, files)


def test_checkout_is_clean_until_a_file_is_changed_or_added(tmp_path):
    def git(*arguments):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", tmp_path, *who, *arguments], check=True, capture_output=True)

    assert describe_checkout(tmp_path).commit is None and describe_checkout(tmp_path).reason
    git("init")
    (tmp_path / "file").write_text("1")
    (tmp_path / ".gitignore").write_text("ignored\n")
    git("add", ".")
    git("commit", "-m", "first")
    (tmp_path / "ignored").touch()
    found = describe_checkout(tmp_path)
    assert found.clean and len(found.commit) == 40 and not found.reason
    (tmp_path / "new").touch()
    (tmp_path / "file").write_text("2")
    assert describe_checkout(tmp_path).changed == ("file", "new")
    inside = tmp_path / "inside"
    inside.mkdir()
    assert describe_checkout(inside).clean is None  # another project's checkout says nothing


def test_git_that_is_not_there_is_no_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = describe_checkout(tmp_path)
    assert found.clean is None and "cannot be run" in found.reason


def test_machine_is_another_one_where_its_kernels_or_its_processor_are():
    here = describe_machine()
    assert other_machine(here, {**here, "host": "other", "cores": 99}) == []
    assert other_machine(here, describe_machine(["julia 1.10.4 Haswell"]))[0].startswith("kernels")
    there = {**here, "kernels": ["openblas 0.1 Other"], "processor": "another"}
    assert [reason.partition(":")[0] for reason in other_machine(here, there)] == [
        "processor",
        "kernels",
    ]


def test_what_is_no_manifest_is_refused_with_its_fault(tmp_path):
    with pytest.raises(UnreadableFile, match="the workflow writes it"):
        read_manifest(tmp_path)
    for text, words in (
        ("{", "Expecting"),
        ("[]", "not an object"),
        ('{"seed": 1}', "has no seal"),
    ):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(UnreadableFile, match=words):
            read_manifest(tmp_path)
    write_sealed(tmp_path / "manifest.json", {"seed": 1})
    with pytest.raises(UnreadableFile, match="files: missing"):
        read_manifest(tmp_path)


def test_another_configuration_is_refused_with_the_keys_that_differ():
    manifest = {"config": {"trials": 3, "seed": 1}}
    refuse_other_config(manifest, {"seed": 1, "trials": 3})
    with pytest.raises(ConfigError, match="trials: 3 in the manifest, 2 in the configuration"):
        refuse_other_config(manifest, {"seed": 1, "trials": 2})


def test_every_key_of_the_schema_is_explained_there_and_on_its_page():
    schema = yaml.safe_load((ROOT / "workflow/schemas/manifest.schema.yaml").read_text())
    assert sorted(schema["required"]) == sorted(schema["properties"])
    assert all("description" in part for part in schema["properties"].values())
    page = (ROOT / "docs" / "provenance.md").read_text(encoding="utf-8")
    assert [key for key in schema["properties"] if f"| `{key}` |" not in page] == []
    json.dumps(schema)
