"""The folder in which a pipeline's machine code is kept from run to run."""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import llvmlite.binding

#: What every pipeline's functions are compiled with.
_SHARED = tuple(
    Path(__file__).with_name(f"{name}.py") for name in ("compiling", "memory", "vectors")
)
#: What else decides the code, besides its sources and the processor.
_PACKAGES = ("numba", "llvmlite")

#: Symbol and object file.
Code = tuple[str, bytes]


class Keeper:
    """Keeps the machine code of one pipeline.

    Parameters
    ----------
    name : str
        The pipeline's.
    compiled : Path
        Folder of the sources of its compiled functions.
    others : sequence of Path
        Further sources that decide the code.
    """

    def __init__(self, name: str, compiled: Path, others: Sequence[Path] = ()) -> None:
        self._name = name
        self._compiled = compiled
        self._others = tuple(others)

    def is_kept(self, entry: str) -> bool:
        """Whether the code of an entry is there, so that nothing has to be built for it."""
        return any((place / self.identity / entry).is_file() for place in self.places())

    def kept(self, entry: str, build: Callable[[str], Code]) -> Code:
        """The code of an entry: as an earlier process kept it, else built now and kept.

        Processes that need it at the same time wait for the one that builds it.
        """
        for place in self.places():
            if code := _read(place / self.identity / entry):
                return code
        folder = self.folder
        with _locked(folder):
            if code := _read(folder / entry):
                return code
            code = build(entry)
            _write(folder / entry, code)
            return code

    def places(self) -> Iterator[Path]:
        """Folders to look in and to write to, the first that can be written to."""
        if given := os.environ.get("NUMBA_CACHE_DIR"):
            yield Path(given)
        yield self._compiled / "__pycache__"
        if given := os.environ.get("XDG_CACHE_HOME"):
            yield Path(given) / "tiltyard"
        try:
            yield Path.home() / ".cache" / "tiltyard"
        except RuntimeError:  # a user without a home
            return

    @cached_property
    def identity(self) -> str:
        """Name of a folder for these sources, this compiler and this processor."""
        digest = hashlib.sha256()
        for file in (*sorted(self._compiled.glob("*.py")), *self._others, *_SHARED):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        processor = llvmlite.binding.get_host_cpu_name()
        features = llvmlite.binding.get_host_cpu_features().flatten()
        for package in _PACKAGES:
            digest.update(_version(package) + b"\0")
        digest.update("\0".join((processor, features)).encode())
        return f"{self._name}-{digest.hexdigest()[:16]}"

    @cached_property
    def folder(self) -> Path:
        """Folder for this identity that can be written to; a temporary one if there is none."""
        import shutil
        import tempfile

        for place in self.places():
            folder = place / self.identity
            try:
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    return folder
            except OSError:
                continue
        temporary = Path(tempfile.mkdtemp(prefix="tiltyard-"))
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        return temporary


def _version(package: str) -> bytes:
    """What says a package's version, found without importing it."""
    found = find_spec(package)
    own = Path(found.origin).with_name("_version.py") if found and found.origin else None
    if own is not None and own.is_file():
        return own.read_bytes()
    from importlib import metadata  # takes as long as loading all code that is kept

    return metadata.version(package).encode()


def _read(file: Path) -> Code | None:
    """What `_write` wrote: the symbol, a line, before the object file."""
    try:
        symbol, _, code = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    return symbol.decode(), code


def _write(file: Path, code: Code) -> None:
    import tempfile  # most processes only read

    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as temporary:
        temporary.write(code[0].encode() + b"\n" + code[1])
    Path(temporary.name).chmod(0o644)
    Path(temporary.name).replace(file)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
