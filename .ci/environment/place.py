"""Where an environment lies, the room beside it where the next one is built, and the swap."""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from wanted import RECORD

#: Marks an environment that is not deleted when another has taken its place.
KEEP = ".keep"


class Refused(Exception):
    """Nothing can be set up; the text says why, and what to do."""


class Place:
    """The folder of an environment, and the one aside where its successor is built.

    Parameters
    ----------
    venv
        ``.venv`` of the checkout. Where it is a link, the environment lies at its end.
    """

    def __init__(self, venv: Path) -> None:
        self.venv = Path(os.path.realpath(venv))
        parent = self.venv.parent
        if not parent.is_dir():
            raise Refused(f"{venv} is a link to {self.venv}, and there is no {parent}.")
        # A mounted folder cannot be renamed, nor one in a folder that may not be written.
        self.within = self.venv.is_dir() and (
            os.path.ismount(self.venv) or not os.access(parent, os.W_OK)
        )
        self.aside = self._beside("being-made")
        self.lock = self._beside("lock")

    def _beside(self, end: str) -> Path:
        return self.venv / f".{end}" if self.within else Path(f"{self.venv}.{end}")

    @contextmanager
    def locked(self, say_waiting: str) -> Iterator[int]:
        """Only one set-up at a time; yields the lock's descriptor, for processes to share."""
        with self.lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(say_waiting, flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError as error:
                print(f"==> {self.lock} cannot be locked ({error.strerror}): set up once at a time")
            yield file.fileno()

    def contents(self, folder: Path) -> list[str]:
        """Names in `folder`, in the order of their exchange: packages first, the record last."""
        own = {KEEP, *({self.aside.name, self.lock.name} if self.within else ())}
        names = [n for n in os.listdir(folder) if n not in own and not n.startswith(".before")]
        return sorted(names, key=lambda name: (name == RECORD, name != "lib", name))

    def tidy(self) -> None:
        """Put away what a set-up that was killed has left."""
        former = Path(f"{self.venv}.old")
        if former.exists() and not self.venv.exists():
            former.rename(self.venv)
        self.put_away()

    def put_away(self) -> Path | None:
        """Delete the folder aside; where it is marked to be kept, its new path is returned."""
        if not (self.aside / KEEP).exists():
            shutil.rmtree(self.aside, ignore_errors=True)
            return None
        paths = (self._beside(f"before{n or ''}") for n in range(1000))
        free = next(path for path in paths if not path.exists())
        (self.aside / KEEP).unlink()
        return self.aside.rename(free)

    def copy(self) -> None:
        """Fill the folder aside with the environment: the same files, under second names.

        No file is written in place by an installation: what changes is unlinked first.
        """
        self.aside.mkdir()
        for name in self.contents(self.venv):
            here, there = self.venv / name, self.aside / name
            if here.is_dir() and not here.is_symlink():
                shutil.copytree(here, there, symlinks=True, copy_function=_link)
            else:
                _link(here, there)
        shutil.copystat(self.venv, self.aside)

    def swap(self) -> None:
        """Exchange the environment and the one aside."""
        if not self.within:
            exchange(self.aside, self.venv)
            return
        if (self.venv / KEEP).exists():
            (self.venv / KEEP).rename(self.aside / KEEP)
        (self.venv / RECORD).unlink(missing_ok=True)
        new = self.contents(self.aside)
        for name in new:
            exchange(self.aside / name, self.venv / name)
        for name in set(self.contents(self.venv)) - set(new):
            (self.venv / name).rename(self.aside / name)


def _link(here: str | Path, there: str | Path) -> None:
    try:
        os.link(here, there, follow_symlinks=False)
    except OSError:  # a file system without hard links, or a file of somebody else's
        shutil.copy2(here, there, follow_symlinks=False)


def exchange(one: Path, other: Path) -> None:
    """Give `one` the name of `other` and the reverse, at no time without either."""
    if not os.path.lexists(other):
        one.rename(other)
        return
    here, both = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 and not renameat2(here, os.fsencode(one), here, os.fsencode(other), both):
        return
    # A C library or file system without it: for a moment there is neither. `tidy` knows.
    former = Path(f"{other}.old")
    other.rename(former)
    one.rename(other)
    former.rename(one)


def relocate(folder: Path, venv: Path, formers: set[Path], root: Path, was: Path) -> None:
    """Make the environment in `folder` right for its place `venv`, and for the checkout `root`.

    Parameters
    ----------
    folder
        Where it lies now.
    venv
        Where it is going to lie.
    formers
        The places for which its commands were written.
    root, was
        The checkout, and where that was before.
    """
    moved = [
        pair
        for each in formers
        for pair in ((str(each), str(venv)), (_quoted(each), _quoted(venv)))
    ]
    _replace(folder / "pyvenv.cfg", moved)
    for script in (folder / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        if script.name.lower().startswith("activate"):
            _replace(script, moved)
        else:
            _readdress(script, venv, formers)
    if root == was:
        return
    for packages in folder.glob("lib/python3*/site-packages"):
        editable = [*packages.glob("*.pth"), *packages.glob("__editable__*.py")]
        for file in [*editable, *packages.glob("*.dist-info/direct_url.json")]:
            _replace(file, [(str(was), str(root)), (quote(str(was)), quote(str(root)))])


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


#: The first line of a command, or the first three where a path is long or has blanks.
_ADDRESS = re.compile(
    rb"\A#!(?:(?P<long>/bin/sh\n'''exec' )|(?=/))[^\n]*/bin/(?P<python>python[0-9.]*)"
    rb"(?(long)[^\n]*\n' '''|[ ]*)\n"
)


def _readdress(script: Path, venv: Path, formers: set[Path]) -> None:
    """Let a command of the environment start the Python in `venv`."""
    with script.open("rb") as file:
        if file.read(2) != b"#!":
            return
    text = script.read_bytes()
    found = _ADDRESS.match(text)
    if not found:
        return
    ours = [os.fsencode(former / "bin") + b"/" for former in formers]
    if not found["long"] and not any(found[0].startswith(b"#!" + our) for our in ours):
        return
    python = venv / "bin" / os.fsdecode(found["python"])
    line = b"#!" + os.fsencode(python)
    if len(line) > 127 or re.search(rb"\s", line):  # more than kernels read
        line = b"#!/bin/sh\n'''exec' " + os.fsencode(_quoted(python)) + b" \"$0\" \"$@\"\n' '''"
    _write(script, line + b"\n" + text[found.end() :])


def _replace(file: Path, pairs: list[tuple[str, str]]) -> None:
    text = changed = file.read_bytes()
    for before, after in dict(pairs).items():
        changed = re.sub(
            re.escape(os.fsencode(before)) + rb"(?![\w.-])",
            lambda _, after=after: os.fsencode(after),
            changed,
        )
    if changed != text:
        _write(file, changed)


def _write(file: Path, content: bytes) -> None:
    """Write anew: the former content may be the present environment's too."""
    new = Path(f"{file}.new")
    new.write_bytes(content)
    shutil.copymode(file, new)
    new.rename(file)
