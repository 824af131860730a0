"""Locks on configurations: one process at a time works on each, on this machine or another."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Ownership:
    """Locks on names, each a byte of one file; a process that ends in any way frees its locks.

    Jobs of an earlier run that was killed may still be at work when the next one begins: their
    configurations must neither be computed twice nor written by two jobs at once. The locks are
    POSIX record locks, which network file systems share between machines.

    Parameters
    ----------
    path : path
        The file, made if it is missing. A process opens it once: closing any descriptor of a file
        frees all POSIX locks that the process has on it.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Own `name` inside the body; wait, and say so, while another process owns it.

        On a file system without locks a warning says that nothing is waited for.
        """
        place = _place(name)
        locked = True
        try:
            self._take(name, place)
        except OSError as error:
            locked = False
            print(
                f"warning: without locks, another job may evaluate {name}: {self._path}: {error}",
                file=sys.stderr,
            )
        try:
            yield
        finally:
            if locked:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)

    def _take(self, name: str, place: int) -> None:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):  # POSIX allows either
            print(f"{name}: waiting for another job that has it", file=sys.stderr, flush=True)
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, place)

    def close(self) -> None:
        """Free all locks."""
        os.close(self._file)


def _place(name: str) -> int:
    """Byte of the file that stands for `name`; two names that share one just wait needlessly."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "little")
