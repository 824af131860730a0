"""What `tiltyard tune` found for this machine, remembered for later calls of a pipeline's command.

One record a pipeline and machine, in the user's cache folder (``XDG_CACHE_HOME``). A machine is
known by what decides speed for long: processor, cores, quota, kernel, memory. Reading a record
imports little, as every call of a command may ask for it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.machine.groups import quotas
from tiltyard.engine.machine.topology import topology

CPUINFO = Path("/proc/cpuinfo")
#: Lines of that file that say which processor it is; its frequency is none of them.
PROCESSOR = ("vendor_id", "cpu family", "model", "model name", "stepping", "CPU part")


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What was found to be best for some files on this machine.

    Parameters
    ----------
    pipeline : str
    strategy : str
        Name of the recommended strategy.
    workers : int
        Its threads or processes, >= 1.
    command : str
        The command line that was recommended.
    seconds, memory_mb : tuple of float
        Expected wall time and peak memory of that command: value, low, high.
    cores : int
        Cores that the machine had then: more workers were not tried.
    date : str
        Day and time, UTC, in ISO format.
    """

    pipeline: str
    strategy: str
    workers: int
    command: str
    seconds: tuple[float, float, float]
    memory_mb: tuple[float, float, float]
    cores: int
    date: str

    @property
    def words(self) -> str:
        """In a sentence: how many workers, by what, and since when."""
        return f"{self.workers} workers, as tiltyard tune found on this machine on {self.date[:10]}"


def remember(found: Tuned) -> Path:
    """Keep `found` in place of what was known of its pipeline on this machine; its file.

    Raises
    ------
    OSError
        If the cache folder cannot be written.
    """
    path = _path(found.pipeline)
    write_text(path, json.dumps(asdict(found), indent=1) + "\n")
    return path


def recall(pipeline: str) -> Tuned | None:
    """What was last found for `pipeline` on this machine; None if nothing was, or it is damaged."""
    try:
        facts = json.loads(_path(pipeline).read_text(encoding="utf-8"))
        return _checked(Tuned(**facts), pipeline)
    except (OSError, ValueError, TypeError, RuntimeError):
        return None


def _checked(found: Tuned, pipeline: str) -> Tuned | None:
    whole = isinstance(found.workers, int) and found.workers >= 1 and isinstance(found.date, str)
    return found if whole and found.pipeline == pipeline else None


def _path(pipeline: str) -> Path:
    return cache_folder() / "tuned" / f"{pipeline}-{machine_digest()}.json"


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder of what this package may remember for the user.

    Raises
    ------
    RuntimeError
        If neither ``XDG_CACHE_HOME`` nor a home folder is known.
    """
    named = environment.get("XDG_CACHE_HOME", "")
    # A relative path is to be ignored (XDG Base Directory Specification).
    return (Path(named) if os.path.isabs(named) else Path.home() / ".cache") / "tiltyard"


def machine_digest() -> str:
    """Digest of what decides the speed of this machine for long, 16 hexadecimal digits."""
    cores = topology()
    quota = min((one.amount for one in quotas()), default=math.inf)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    facts: list[Any] = [
        *(platform.machine(), platform.release(), _processor()),
        *(len(cores.logical), cores.physical, f"{quota:g}", f"{memory:.0f}"),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _processor() -> list[str]:
    try:
        with CPUINFO.open(encoding="utf-8") as file:
            first = file.read(2**14).partition("\n\n")[0]
    except OSError:
        return [platform.processor()]
    return [line for line in first.splitlines() if line.partition("\t")[0].strip() in PROCESSOR]
