"""An advisory lock on the machine: two studies of times at once would measure each other.

It is a file in a folder that all users of the machine see. The kernel frees it when its holder
ends in any way. Containers with folders of their own do not see each other's, unless `VARIABLE`
names a file that they share.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

#: Folders for the file, the first in which everybody may make one.
FOLDERS = (Path("/run/lock"), Path("/dev/shm"), Path("/var/tmp"))
NAME = "tiltyard-machine.lock"
#: Environment variable with the path of another file.
VARIABLE = "TILTYARD_MACHINE_LOCK"
#: Time between two tries [s].
PAUSE = 0.5


@dataclass(frozen=True)
class Holder:
    """Who has the machine: process, user, what it does, and since when [UTC s since 1970]."""

    pid: int
    user: str
    purpose: str
    since: float

    @property
    def words(self) -> str:
        """The holder in words."""
        began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since))
        return f"{self.purpose} (process {self.pid} of {self.user}), which has it since {began}"


def lock_path(folders: Sequence[Path] = FOLDERS) -> Path:
    """Path of the lock file of this machine."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    for folder in folders:
        with suppress(OSError):
            mode = folder.stat().st_mode
            if stat.S_ISDIR(mode) and mode & stat.S_IWOTH:
                return folder / NAME
    return Path(tempfile.gettempdir()) / NAME


@contextmanager
def machine_alone(
    purpose: str, path: Path | None = None, say: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the machine's lock; wait for it where another study has it, and say for whom.

    Parameters
    ----------
    purpose : str
        What the holder does, in words, for those who wait.
    path : path or None
        Lock file; None for the machine's.
    say : callable or None
        Gets a sentence when the wait begins, and when the holder changes; None to print it to
        the standard error.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    path = path or lock_path()
    say = say or _print
    descriptor = _opened(path)
    try:
        _acquire(descriptor, path, say)
        me = Holder(os.getpid(), _user(), purpose, time.time())
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(me)).encode(), 0)
        yield
    finally:
        os.close(descriptor)  # which frees it


def holder_of(path: Path) -> Holder | None:
    """Who wrote last that it has the machine; None if that cannot be read."""
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _acquire(descriptor: int, path: Path, say: Callable[[str], None]) -> None:
    told: Holder | None = None
    waits = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = holder_of(path)
            if not waits or (holder is not None and holder != told):
                whom = "another study" if holder is None else holder.words
                say(f"waiting until the machine is free: it is used by {whom}")
            told, waits = holder or told, True
            time.sleep(PAUSE)
        else:
            if waits:
                say("the machine is free")
            return


def _opened(path: Path) -> int:
    """Descriptor of the file, which everybody may write to whoever made it."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    with suppress(FileExistsError):
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
        os.fchmod(descriptor, 0o666)  # whatever the mask of new files
        return descriptor
    # Without O_CREAT, which the kernel refuses for others' files in such folders.
    return os.open(path, flags)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for it
        return f"uid {os.getuid()}"


def _print(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
