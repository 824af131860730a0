"""Files that are either whole or absent: atomic writing, and the error for one that is neither."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class UnreadableFile(Exception):
    """A file is missing, truncated, empty, foreign or stale; the message names it and why."""


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; it replaces `path`, or is removed on failure.

    Readers therefore see the old file or the new one, never a part, also when two processes
    write the same file at once.

    Raises
    ------
    OSError
        If there is something at `path` that is no plain file.
    """
    if fault := special_fault(path):
        raise OSError(fault)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def special_fault(path: Path) -> str:
    """Reason why no file may take the place of `path`; "" if one may.

    That of a folder, a pipe or a device, such as ``/dev/null``, is not for a file.
    """
    if path.parent == Path("/dev") or (path.exists() and not path.is_file()):
        return f"{path} is no plain file, and a file cannot take its place: name another"
    return ""


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


#: A file system with less room than this cannot take the next files of a study.
PROBE_BYTES = 1 << 20


def visible_fault(folder: Path) -> str:
    """Reason why `folder` cannot be written, as far as it can be seen without writing; "" if none.

    Quotas, and what root may do all the same, are not seen.
    """
    place = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    facts = os.statvfs(place)
    number = 0
    if facts.f_flag & os.ST_RDONLY:
        number = errno.EROFS
    elif not os.access(place, os.W_OK | os.X_OK):
        number = errno.EACCES
    elif facts.f_bavail * facts.f_frsize < PROBE_BYTES:
        number = errno.ENOSPC
    return f"{folder} cannot be written: {os.strerror(number)}" if number else ""


def writing_fault(folder: Path) -> str:
    """Reason why a file of a megabyte cannot be written to `folder`, found by trying; "" if it can.

    Asking for permissions and free space would miss quotas, read-only mounts and root's rights.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}"
    return ""
