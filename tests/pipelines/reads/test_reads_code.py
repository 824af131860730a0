"""Compiled code of reads: all of it is built, kept, and built anew when its sources change."""

import inspect
import subprocess
import sys

from tiltyard.pipelines.reads.compiled import building
from tiltyard.pipelines.reads.native import keeping, loading


def test_every_function_that_is_loaded_is_built_with_as_many_numbers():
    found = {
        name: len(inspect.signature(each.py_func).parameters)
        for name, each in building.ENTRIES.items()
    }
    assert found == loading.ENTRIES


def test_other_sources_have_other_code(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "_SOURCES", tmp_path)

    def identity():
        keeping._identity.cache_clear()
        return keeping._identity()

    found = []
    for content in ("one = 1", "one = 2"):
        (tmp_path / "scanning.py").write_text(content)
        found += [identity(), identity()]
    assert found[0] == found[1] != found[2] == found[3] and found[0].startswith("reads-")
    monkeypatch.undo()
    keeping._identity.cache_clear()


def test_code_is_built_once_and_read_by_others(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "_places", lambda: iter([tmp_path / "one", tmp_path / "two"]))
    keeping._folder.cache_clear()
    made = []

    def build(name):
        made.append(name)
        return f"symbol_of_{name}", b"\x7fELF\ncode\n\0"

    try:
        assert keeping.kept("gather", build) == keeping.kept("gather", build)
        assert keeping.kept("gather", build) == ("symbol_of_gather", b"\x7fELF\ncode\n\0")
        assert made == ["gather"]
    finally:
        keeping._folder.cache_clear()


def test_a_stream_needs_no_compiler():
    loading.warm()
    program = (
        "import sys\n"
        "from tiltyard.pipelines.reads.native.loading import ENTRIES, load\n"
        "for name in ENTRIES:\n    load(name)\n"
        "print(*sorted({'numba', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
