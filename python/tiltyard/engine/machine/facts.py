"""Origin of results: the machine, the packages, and the state of the checkout."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import re
import subprocess
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import takewhile
from pathlib import Path
from typing import Any

import psutil

from tiltyard.engine.machine.groups import quotas
from tiltyard.engine.machine.room import counted_cores
from tiltyard.engine.machine.topology import topology

#: Most names of changed files that are written down.
MOST_CHANGED = 50


#: Keys of `describe_machine` that decide the last digits of results.
DECIDES_DIGITS = ("processor", "instructions", "libc", "kernels")
CPUINFO = Path("/proc/cpuinfo")
SMT = Path("/sys/devices/system/cpu/smt/active")
_VECTOR_SETS = re.compile("sse|ssse|avx|fma|f16c|bmi|amx|asimd|sve|neon")


def describe_machine(others: Sequence[str] = ()) -> dict[str, Any]:
    """The machine that this runs on, in plain values: all that decides numbers and times.

    Numerical libraries choose their code by the processor's vector ``instructions``, and so do
    the compilers behind some methods; ``kernels`` are the linear-algebra libraries in use, each
    with the processor family that it chose.

    Parameters
    ----------
    others : sequence of str
        Kernels of libraries that no Python process loads: library, version and family.
    """
    facts = _processor_facts()
    named = facts.get("model name") or platform.processor() or platform.machine()
    details = [f"{key} {facts[name]}" for key, name in _DETAILS.items() if name in facts]
    words = (facts.get("flags") or facts.get("Features") or "").split()
    return {
        "host": platform.node(),
        "system": platform.system() + " " + platform.release(),
        "processor": f"{named} ({', '.join(details)})" if details else named,
        "instructions": " ".join(sorted(word for word in words if _VECTOR_SETS.match(word))),
        "libc": " ".join(platform.libc_ver()),
        "cores": counted_cores(),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
        "kernels": [*python_kernels(), *others],
    }


def machine_identity(others: Sequence[str] = ()) -> dict[str, str]:
    """Lasting facts of this machine that decide how long a fixed piece of work takes.

    Left out are frequency, load, free memory and governor, which change from call to call, and
    the host's name, as equal machines count as one.

    Parameters
    ----------
    others : sequence of str
        Kernels of libraries that no Python process loads, as for `describe_machine`.
    """
    described = describe_machine(others)
    quota = min((one.amount for one in quotas()), default=math.inf)
    return {
        **{name: described[name] for name in ("processor", "instructions", "system", "libc")},
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "cores": f"{described['cores']}" + (f", quota {quota:g}" if quota < math.inf else ""),
        "smt": {"0": "off", "1": "on"}.get(_first_line(SMT), "unknown"),
        "physical_cores": str(topology().physical),
        # A kernel keeps some megabytes for itself, not the same at each start.
        "memory_gb": f"{described['memory_mb'] / 1e3:.0f}",
        "kernels": ", ".join(described["kernels"]),
    }


def fingerprint(others: Sequence[str] = ()) -> str:
    """Digest of `machine_identity`, 16 hexadecimal digits: equal for machines that are alike."""
    facts = json.dumps(machine_identity(others), sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except OSError:
        return ""


_DETAILS = {"family": "cpu family", "model": "model", "stepping": "stepping"}


@cache
def processor_words() -> str:
    """The processor's name and instruction sets, by which numerical libraries choose their code."""
    facts = _processor_facts()
    wanted = ("model name", "flags", "Features")
    return " ".join([platform.machine(), *(facts[name] for name in wanted if name in facts)])


def _processor_facts() -> dict[str, str]:
    """Facts that Linux gives of the first core; empty on other systems."""
    try:
        with CPUINFO.open(encoding="utf-8") as file:
            first = list(takewhile(str.strip, file))  # of many cores all would take milliseconds
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first)
    return {name.strip(): value.strip() for name, _, value in pairs}


def other_machine(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Reasons why the last digits may differ between two machines, in words; empty if none may."""
    return [
        f"{name}: {_text(then.get(name))} then, {_text(now.get(name))} now"
        for name in DECIDES_DIGITS
        if then.get(name) != now.get(name)
    ]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def python_kernels() -> list[str]:
    """The linear-algebra libraries of this Python, each with the processor family that it chose."""
    import numpy.linalg  # noqa: F401  each brings a library of its own
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    keys = ("internal_api", "version", "architecture")
    return sorted(
        {
            " ".join(str(info[key]) for key in keys if info.get(key))
            for info in threadpool_info()
            if info["user_api"] == "blas"
        }
    )


def describe_packages() -> dict[str, str]:
    """Versions of all installed Python distributions by name, in lower case and sorted."""
    found = {
        name.lower(): each.version
        for each in metadata.distributions()
        if (name := each.metadata["Name"])
    }
    return dict(sorted(found.items()))


def python_version() -> str:
    """Version of this Python, with its implementation, as ``CPython 3.11.2``."""
    return f"{platform.python_implementation()} {'.'.join(map(str, sys.version_info[:3]))}"


@dataclass(frozen=True)
class Checkout:
    """State of a Git checkout.

    Attributes
    ----------
    commit : str or None
        None if there is no telling, see `reason`.
    changed : tuple of str
        Files that differ from the commit or are not in it, ignored ones apart; the first
        `MOST_CHANGED` of them.
    reason : str
        Why nothing is known; empty if it is.
    """

    commit: str | None
    changed: tuple[str, ...] = ()
    reason: str = ""

    @property
    def clean(self) -> bool | None:
        """Whether the files are those of the commit; None if there is no telling."""
        return None if self.commit is None else not self.changed


def describe_checkout(folder: Path) -> Checkout:
    """The state of the checkout whose top is `folder`, as Git sees it."""
    try:
        top = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
        if top.resolve() != folder.resolve():
            return Checkout(None, reason="the project's folder is no Git checkout of its own")
        commit = _git(folder, "rev-parse", "HEAD").strip()
        entries = _git(folder, "status", "--porcelain", "-z", "--no-renames").split("\0")
    except OSError as error:
        return Checkout(None, reason=f"Git cannot be run: {error}")
    except subprocess.CalledProcessError as error:
        return Checkout(None, reason=" ".join(str(error.stderr).split()) or str(error))
    return Checkout(commit, tuple(entry[3:] for entry in entries if entry)[:MOST_CHANGED])


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
