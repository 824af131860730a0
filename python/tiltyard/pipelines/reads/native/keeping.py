"""The folder in which machine code is kept from run to run."""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import llvmlite.binding

_SOURCES = Path(__file__).parents[1] / "compiled"
#: What else decides the code, besides `_SOURCES` and the processor.
_PACKAGES = ("numba", "llvmlite")

#: Symbol and object file.
Code = tuple[str, bytes]


def kept(name: str, build: Callable[[str], Code]) -> Code:
    """The code of an entry: as an earlier process kept it, else built now and kept.

    Processes that need it at the same time wait for the one that builds it.
    """
    for place in _places():
        if code := _read(place / _identity() / name):
            return code
    folder = _folder()
    with _locked(folder):
        if code := _read(folder / name):
            return code
        code = build(name)
        _write(folder / name, code)
        return code


def _places() -> Iterator[Path]:
    """Folders to look in and to write to, the first that can be written to."""
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(given)
    yield _SOURCES / "__pycache__"
    if given := os.environ.get("XDG_CACHE_HOME"):
        yield Path(given) / "tiltyard"
    try:
        yield Path.home() / ".cache" / "tiltyard"
    except RuntimeError:  # a user without a home
        return


@cache
def _identity() -> str:
    """Name of a folder for these sources, this compiler and this processor."""
    digest = hashlib.sha256()
    for file in sorted(_SOURCES.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    processor = llvmlite.binding.get_host_cpu_name()
    features = llvmlite.binding.get_host_cpu_features().flatten()
    for name in _PACKAGES:
        digest.update(_version(name) + b"\0")
    digest.update("\0".join((processor, features)).encode())
    return f"reads-{digest.hexdigest()[:16]}"


def _version(package: str) -> bytes:
    """What says a package's version, found without importing it."""
    found = find_spec(package)
    own = Path(found.origin).with_name("_version.py") if found and found.origin else None
    if own is not None and own.is_file():
        return own.read_bytes()
    from importlib import metadata  # takes as long as loading all code that is kept

    return metadata.version(package).encode()


@cache
def _folder() -> Path:
    """Folder for this identity that can be written to; a temporary one if there is none."""
    for place in _places():
        folder = place / _identity()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    temporary = Path(tempfile.mkdtemp(prefix="tiltyard-"))
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return temporary


def _read(file: Path) -> Code | None:
    """What `_write` wrote: the symbol, a line, before the object file."""
    try:
        symbol, _, code = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    return symbol.decode(), code


def _write(file: Path, code: Code) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as temporary:
        temporary.write(code[0].encode() + b"\n" + code[1])
    Path(temporary.name).chmod(0o644)
    Path(temporary.name).replace(file)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
