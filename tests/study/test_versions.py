"""A version changes with the source, with what it imports, and with nothing else."""

import pytest

from tiltyard.study.versions import digest, python_version


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "method.py").write_text("import numpy\nfrom pack.shared import helper\n")
    (folder / "shared.py").write_text("from pack import deeper\n")
    (folder / "deeper.py").write_text("x = 1\n")
    (folder / "unrelated.py").write_text("x = 1\n")
    return folder


def version(package):
    from tiltyard.study.versions import imported_modules

    imported_modules.cache_clear()
    return python_version(package / "method.py", "pack", package.parent)


@pytest.mark.parametrize("name", ["method", "shared", "deeper"])
def test_changes_with_own_source_and_imported_ones(package, name):
    before = version(package)
    with (package / f"{name}.py").open("a") as file:
        file.write("# edited\n")
    assert version(package) != before


def test_does_not_change_with_an_unrelated_file(package):
    before = version(package)
    (package / "unrelated.py").write_text("x = 2\n")
    assert version(package) == before


def test_changes_with_a_third_party_version(package, monkeypatch):
    before = version(package)
    monkeypatch.setattr("tiltyard.study.versions._version", lambda name: "0")
    assert version(package) != before


def test_digest_keeps_parts_apart():
    assert digest(["ab", "c"]) != digest(["a", "bc"])
