"""Machine code: kept where it can be, found again, built anew when its sources change."""

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from tiltyard.pipelines.alleles.native import keeping, libraries, loading


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Two empty places that can be written to, and nothing remembered of others."""
    found = [tmp_path / "one", tmp_path / "two"]
    monkeypatch.setattr(keeping, "_places", lambda: iter(found))
    keeping._folder.cache_clear()
    yield found
    keeping._folder.cache_clear()


def builder(built, code=b"\x7fELF\ncode\n\0"):
    def build(name):
        built.append(name)
        return f"symbol_of_{name}", code

    return build


def test_code_is_built_once(places):
    built = []
    first = keeping.kept("walk", builder(built))
    assert keeping.kept("walk", builder(built)) == first == ("symbol_of_walk", b"\x7fELF\ncode\n\0")
    assert built == ["walk"]
    assert keeping.kept("feed", builder(built))[0] == "symbol_of_feed"
    assert list(places[0].iterdir()) and not places[1].exists()


def test_a_place_that_cannot_be_written_to_is_read(places):
    built = []
    places[0].mkdir()
    keeping.kept("walk", builder(built))
    keeping._folder.cache_clear()
    places.reverse()  # now it is the second one
    assert keeping.kept("walk", builder(built))[0] == "symbol_of_walk"
    assert built == ["walk"]


def test_without_a_place_to_write_to_a_temporary_one_is_used(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setattr(keeping, "_places", lambda: iter([blocked]))
    keeping._folder.cache_clear()
    try:
        built = []
        keeping.kept("walk", builder(built))
        keeping.kept("walk", builder(built))
        assert set(built) == {"walk"}
        assert keeping._folder().is_relative_to(Path(tempfile.gettempdir()))
    finally:
        keeping._folder.cache_clear()


def test_other_sources_have_other_code(tmp_path, monkeypatch):
    compiled = tmp_path / "alleles" / "compiled"
    compiled.mkdir(parents=True)
    (compiled.parent / "counts.py").write_text("FIELDS = ()")
    (compiled / "walking.py").write_text("one = 1")
    monkeypatch.setattr(keeping, "_SOURCES", compiled)

    def identity():
        keeping._identity.cache_clear()
        return keeping._identity()

    first = identity()
    assert identity() == first
    (compiled / "walking.py").write_text("one = 2")
    second = identity()
    (compiled.parent / "counts.py").write_text("FIELDS = (1,)")
    assert len({first, second, identity()}) == 3
    monkeypatch.undo()
    keeping._identity.cache_clear()


def test_counting_imports_neither_numba_nor_scipy():
    """Kept code is loaded without the compiler, which takes longer than a million reads."""
    loading.warm()
    program = """
        import sys
        from tiltyard.pipelines.alleles.native.loading import ENTRIES, load
        for name in ENTRIES:
            load(name)
        print(*sorted({"numba", "scipy", "pandas", "psutil"} & set(sys.modules)))
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == ""


def test_libdeflate_of_the_package_is_preferred_to_the_system_s(monkeypatch):
    assert "deflate" in str(libraries.libdeflate()._name)
    monkeypatch.setattr(libraries, "_modules", list)
    try:
        found = libraries.libdeflate()
    except libraries.NoLibdeflate:
        pytest.skip("the system has no libdeflate")
    assert found._name == "libdeflate.so.0"


def test_no_libdeflate_is_told_with_the_remedy(monkeypatch):
    monkeypatch.setattr(libraries, "_modules", list)
    monkeypatch.setattr(libraries, "_SYSTEM", "libnone.so.0")
    with pytest.raises(libraries.NoLibdeflate, match="pip install deflate"):
        libraries.libdeflate()


def test_a_library_without_the_functions_is_passed_over(monkeypatch):
    monkeypatch.setattr(libraries, "_modules", lambda: ["libc.so.6"])
    monkeypatch.setattr(libraries, "_SYSTEM", "libm.so.6")
    with pytest.raises(libraries.NoLibdeflate):
        libraries.libdeflate()
