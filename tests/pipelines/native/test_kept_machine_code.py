"""Machine code: kept where it can be, found again, built anew when its sources change."""

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from tiltyard.pipelines.native import keeping
from tiltyard.pipelines.native.keeping import Keeper
from tiltyard.pipelines.native.loading import Library

CODE = b"\x7fELF\ncode\n\0"


class Placed(Keeper):
    """A keeper that looks in folders of a test only."""

    def __init__(self, *places):
        super().__init__("tested", Path(__file__).parent)
        self.found = list(places)

    def places(self):
        return iter(self.found)


def builder(built):
    def build(name):
        built.append(name)
        return f"symbol_of_{name}", CODE

    return build


def test_code_is_built_once(tmp_path):
    built, keeper = [], Placed(tmp_path / "one", tmp_path / "two")
    assert not keeper.is_kept("walk")
    first = keeper.kept("walk", builder(built))
    assert keeper.is_kept("walk")
    assert Placed(tmp_path / "one").kept("walk", builder(built)) == first
    assert first == ("symbol_of_walk", CODE)
    assert built == ["walk"]
    assert keeper.kept("feed", builder(built))[0] == "symbol_of_feed"
    assert list((tmp_path / "one").iterdir()) and not (tmp_path / "two").exists()


def test_a_place_that_cannot_be_written_to_is_read(tmp_path):
    built = []
    (tmp_path / "one").mkdir()
    Placed(tmp_path / "one").kept("walk", builder(built))
    second = Placed(tmp_path / "two", tmp_path / "one")
    assert second.kept("walk", builder(built))[0] == "symbol_of_walk"
    assert built == ["walk"]


def test_without_a_place_to_write_to_a_temporary_one_is_used(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    built, keeper = [], Placed(blocked)
    assert keeper.kept("walk", builder(built)) == keeper.kept("walk", builder(built))
    assert set(built) == {"walk"}
    assert keeper.folder.is_relative_to(Path(tempfile.gettempdir()))


def test_other_sources_have_other_code(tmp_path, monkeypatch):
    compiled, other, shared = (tmp_path / name for name in ("compiled", "counts.py", "memory.py"))
    compiled.mkdir()
    monkeypatch.setattr(keeping, "_SHARED", (shared,))
    files = (compiled / "walking.py", other, shared)
    for file in files:
        file.write_text("one = 1")

    def identity(name="tested"):
        return Keeper(name, compiled, (other,)).identity

    first = identity()
    assert identity() == first and first.startswith("tested-")
    assert identity("others") not in (first, first.replace("tested", ""))
    seen = {first}
    for file in files:
        file.write_text("one = 2")
        assert identity() not in seen
        seen.add(identity())


def test_what_is_shared_decides_the_code():
    names = {file.name for file in keeping._SHARED}
    room = Path(keeping.__file__).parent
    rest = {"__init__.py", "keeping.py", "loading.py"}
    assert names == {file.name for file in room.glob("*.py")} - rest


def test_what_has_to_be_prepared_is_once_and_again_if_it_failed(tmp_path):
    ready = []

    def prepare():
        ready.append(len(ready))
        if len(ready) == 1:
            raise RuntimeError("not yet")

    def build(name):
        raise LookupError(name)  # behind the preparation

    library = Library(Placed(tmp_path), {"walk": 1}, build, prepare)
    with pytest.raises(RuntimeError, match="not yet"):
        library.load("walk")
    with pytest.raises(LookupError, match="walk"):
        library.load("walk")
    assert ready == [0, 1]


def test_compiled_code_adds_and_stores_without_numba(tmp_path):
    """A function that was compiled in one process is loaded in another, which has no compiler."""
    source = tmp_path / "adding.py"
    source.write_text(
        textwrap.dedent(
            """
            from tiltyard.pipelines.native.compiling import machine_code, part
            from tiltyard.pipelines.native.memory import get, put

            @part
            def add(first: int, second: int, out: int) -> int:
                put(out, get(first) + second)
                return second

            def build(name):
                return machine_code(add)
            """
        )
    )
    program = textwrap.dedent(
        f"""
        import ctypes, sys
        from pathlib import Path
        sys.path.insert(0, {str(tmp_path)!r})
        from tiltyard.pipelines.native.keeping import Keeper
        from tiltyard.pipelines.native.loading import Library

        def build(name):
            import adding
            return adding.build(name)

        class Here(Keeper):
            def places(self):
                return iter([Path({str(tmp_path / "kept")!r})])

        add = Library(Here("adding", Path({str(tmp_path)!r})), {{"add": 3}}, build).load("add")
        numbers = (ctypes.c_int64 * 2)(40, 0)
        place = ctypes.addressof(numbers)
        print(add(place, 2, place + 8), numbers[1], "numba" in sys.modules)
        """
    )
    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [each.stdout.split() for each in said] == [["2", "42", "True"], ["2", "42", "False"]]
