"""A folder on a fast disk for the time of a run, which leaves nothing there however it ends."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tiltyard.pipelines.spatial.files.space import check_space

_NAME = re.compile(r"tiltyard-(\d+)-(\d+)")
_BLOCK = 1 << 24


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """A folder in `place` that is removed at the end; those of runs that were killed are too."""
    place.mkdir(parents=True, exist_ok=True)
    remove_left(place)
    folder = place / f"tiltyard-{os.getpid()}-{_start_of(os.getpid())}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def counts_folder(work: Path) -> Iterator[Callable[[int], Path]]:
    """Gives a folder in `work` for so many bytes of counts, and removes it at the end."""
    folder = work / "counts-by-spot"

    def make(size: int) -> Path:
        check_space({work: size})
        folder.mkdir(exist_ok=True)
        return folder

    try:
        yield make
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left(place: Path) -> None:
    """Remove folders of runs that are no more."""
    for folder in place.glob("tiltyard-*-*"):
        match = _NAME.fullmatch(folder.name)
        if match and _start_of(int(match[1])) != int(match[2]):
            shutil.rmtree(folder, ignore_errors=True)


def _start_of(process: int) -> int:
    """When a process started, in ticks since the machine did; -1 if there is none."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return -1
    return int(status.rpartition(")")[2].split()[19])


def copy_back(source: Path, target: Path) -> None:
    """Copy a file to `target`, which is there when all of it is on the disk."""
    part = target.with_name(f"{target.name}.part")
    try:
        with source.open("rb") as read, part.open("wb") as written:
            shutil.copyfileobj(read, written, _BLOCK)
            written.flush()
            os.fsync(written.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
