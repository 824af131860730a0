"""A version changes with the source, with what it imports, and with nothing else."""

import pytest

from tiltyard.study.versions import digest, imported_modules, modules_beside, python_version


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


@pytest.mark.parametrize("edited", ["helper", "deep", "__init__"])
def test_method_of_another_package_changes_with_what_it_imports_from_its_own(tmp_path, edited):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "method.py").write_text("from .helper import x\nimport theirs\n")
    (folder / "helper.py").write_text("from . import deep\nx = 1\n")
    (folder / "deep.py").write_text("x = 1\n")

    def version():
        imported_modules.cache_clear()
        return python_version(folder / "method.py", "pack", tmp_path / "elsewhere")

    before = version()
    (folder / "unrelated.py").write_text("x = 1\n")
    assert version() == before
    with (folder / f"{edited}.py").open("a") as file:
        file.write("# edited\n")
    assert version() != before


def test_modules_of_one_distribution_are_beside_each_other(tmp_path, monkeypatch):
    """A package of several single files; numpy, which lies in the same folder, is not its own."""
    installed = {"one": ["theirs"], "two": ["theirs"], "numpy": ["numpy"]}
    monkeypatch.setattr("tiltyard.study.versions._providers", lambda: installed)
    monkeypatch.setattr("tiltyard.study.versions._version", lambda name: "1")
    assert modules_beside("one") == ["one", "two"]
    (tmp_path / "one.py").write_text("import two, numpy\n")
    (tmp_path / "two.py").write_text("x = 1\n")
    (tmp_path / "numpy.py").write_text("x = 1\n")
    before = python_version(tmp_path / "one.py", "pack", tmp_path / "elsewhere")
    (tmp_path / "numpy.py").write_text("x = 2\n")
    assert python_version(tmp_path / "one.py", "pack", tmp_path / "elsewhere") == before
    (tmp_path / "two.py").write_text("x = 2\n")
    assert python_version(tmp_path / "one.py", "pack", tmp_path / "elsewhere") != before


def test_changes_with_a_third_party_version(package, monkeypatch):
    before = version(package)
    monkeypatch.setattr("tiltyard.study.versions._version", lambda name: "0")
    assert version(package) != before


def test_digest_keeps_parts_apart():
    assert digest(["ab", "c"]) != digest(["a", "bc"])
