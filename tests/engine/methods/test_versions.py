"""A version changes with the source, with what it imports, and with nothing else."""

import pytest

from tiltyard.engine.files.digests import digest
from tiltyard.engine.methods.versions import imported_modules, modules_beside, python_version


@pytest.fixture
def package(tmp_path):
    return written(
        tmp_path / "pack",
        method="import numpy\nfrom pack.shared import helper\n",
        shared="from pack import deeper\n",
        deeper="x = 1\n",
        unrelated="x = 1\n",
    )


def written(folder, **modules):
    """`folder` with a file of the given text for each module."""
    folder.mkdir(exist_ok=True)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def version(folder, root=None):
    """Version of the method in `folder`, which lies in the package below `root` or beside it."""
    imported_modules.cache_clear()
    return python_version(folder / "method.py", "pack", root or folder.parent)


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
    folder = written(
        tmp_path / "theirs",
        __init__="",
        method="from .helper import x\nimport theirs\n",
        helper="from . import deep\nx = 1\n",
        deep="x = 1\n",
    )
    elsewhere = tmp_path / "elsewhere"
    before = version(folder, elsewhere)
    written(folder, unrelated="x = 1\n")
    assert version(folder, elsewhere) == before
    with (folder / f"{edited}.py").open("a") as file:
        file.write("# edited\n")
    assert version(folder, elsewhere) != before


def test_modules_of_one_distribution_are_beside_each_other(tmp_path, monkeypatch):
    """A package of several single files; numpy, which lies in the same folder, is not its own."""
    installed = {"one": ["theirs"], "two": ["theirs"], "numpy": ["numpy"]}
    monkeypatch.setattr("tiltyard.engine.methods.versions._providers", lambda: installed)
    monkeypatch.setattr("tiltyard.engine.methods.versions._version", lambda name: "1")
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
    monkeypatch.setattr("tiltyard.engine.methods.versions._version", lambda name: "0")
    assert version(package) != before


def test_digest_keeps_parts_apart():
    assert digest(["ab", "c"]) != digest(["a", "bc"])
