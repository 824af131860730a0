"""A control group of the test's own, with limits: what a container is to the kernel."""

import shutil
import subprocess
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tiltyard.engine.machine import groups

#: Puts a shell into the groups whose files come first, up to ``--``, and becomes the command.
ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 99; shift; done; shift; exec "$@"'


@dataclass(frozen=True)
class Cage:
    """Groups of one name, one for each controller, or one for all."""

    folders: tuple[Path, ...]

    def command(self, *words: str) -> list[str]:
        """The command that runs `words` in the cage."""
        files = [str(folder / "cgroup.procs") for folder in self.folders]
        return ["sh", "-c", ENTER, "cage", *files, "--", *words]

    def run(self, *words: str, **options) -> subprocess.CompletedProcess[str]:
        command = self.command(*words)
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@contextmanager
def caged(*, memory: int, cores: float):
    """A cage with so much memory [bytes] and so many cores; skips the test where none can be."""
    made: list[Path] = []
    try:
        yield Cage(tuple(_make(made, memory, cores)))
    finally:
        for folder in made:
            _remove(folder)


def _make(made: list[Path], memory: int, cores: float) -> list[Path]:
    try:
        for controller in ("memory", "cpu"):
            own = next(iter(groups._own_folders(controller)), None)
            if own is None:
                pytest.skip("no control groups are mounted here")
            folder = next((one for one in made if one.parent == own), None)
            if folder is None:
                folder = own / f"tiltyard-{uuid.uuid4().hex[:8]}"
                folder.mkdir()
                made.append(folder)
            _limit(folder, controller, memory, cores)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    return made


def _limit(folder: Path, controller: str, memory: int, cores: float) -> None:
    if (folder / "cgroup.controllers").exists():  # version 2
        with suppress(OSError):  # it is there, or the file below is missing, which says so
            (folder.parent / "cgroup.subtree_control").write_text(f"+{controller}")
        quota = {"cpu.max": f"{int(cores * 1e5)} 100000"}
        limit = {"memory.max": str(memory)}
    else:
        quota = {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": str(int(cores * 1e5))}
        limit = {"memory.limit_in_bytes": str(memory)}
    for name, text in (limit if controller == "memory" else quota).items():
        if not (folder / name).exists():
            raise FileNotFoundError(f"{folder / name} is not there")
        (folder / name).write_text(text)


def _remove(folder: Path) -> None:
    """Remove a group, whose last processes may still be ending."""
    deadline = time.monotonic() + 5
    while folder.exists() and time.monotonic() < deadline:
        with suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)
