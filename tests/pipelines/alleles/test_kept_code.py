"""Compiled code of counting, and the library that it inflates with."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tiltyard.pipelines.alleles.native import libraries, loading


def test_all_sources_that_decide_the_code_are_named():
    """Compiled functions import constants of this pipeline's room, and of no other file of it."""
    room = Path(loading.__file__).parents[1]
    keeper = loading.LIBRARY.keeper
    named = {keeper._compiled, *keeper._others}
    imported = set()
    for file in (room / "compiled").glob("*.py"):
        for line in file.read_text().splitlines():
            if line.startswith("from tiltyard.pipelines.alleles."):
                parts = line.split()[1].split(".")[3:]
                imported.add(room / (parts[0] if parts[0] == "compiled" else f"{parts[0]}.py"))
    assert imported == named


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
