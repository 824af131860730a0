"""What a batch system allotted to this process: Slurm, PBS, SGE and LSF say it in the environment.

Not every one of them enforces it, so that the machine itself may show more. A text that is no
number says nothing here: versions and sites differ in what they set.
"""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Bytes of a unit, as batch systems count.
UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass(frozen=True)
class Allotment:
    """Cores, or memory [MB], and the variable that says so, as ``NSLOTS=4``."""

    amount: float
    source: str


def allotted_cores(environment: Mapping[str, str] = os.environ) -> list[Allotment]:
    """Cores of this machine that batch systems allotted; empty outside of their jobs."""
    names = [
        *("SLURM_CPUS_ON_NODE", "PBS_NCPUS", "PBS_NUM_PPN", "PBS_NP", "NSLOTS"),
        *("LSB_DJOB_NUMPROC", "LSB_MAX_NUM_PROCESSORS"),
    ]
    if any(name.startswith("PBS_") for name in environment):  # else it may be anybody's
        names.append("NCPUS")
    found = [
        Allotment(number, f"{name}={environment[name]}")
        for name in names
        if (number := _count(environment.get(name, "")))
    ]
    found += _slurm_cores(environment)
    for name in ("PE_HOSTFILE", "LSB_MCPU_HOSTS"):
        if number := _on_this_host(name, environment):
            found.append(Allotment(number, name))
    return found


def allotted_memory(environment: Mapping[str, str] = os.environ) -> list[Allotment]:
    """Memory of this machine that batch systems allotted [MB]; empty outside of their jobs."""
    found = []
    # Zero is all memory of the node.
    if whole := _megabytes(environment.get("SLURM_MEM_PER_NODE", ""), "m"):
        found.append(Allotment(whole, _pair("SLURM_MEM_PER_NODE", environment)))
    each = _megabytes(environment.get("SLURM_MEM_PER_CPU", ""), "m")
    cores = min((one.amount for one in allotted_cores(environment)), default=1)
    if each:
        source = f"{_pair('SLURM_MEM_PER_CPU', environment)} for each of {cores:g} cores"
        found.append(Allotment(each * cores, source))
    if whole := _megabytes(environment.get("PBS_RESC_MEM", ""), ""):
        found.append(Allotment(whole, _pair("PBS_RESC_MEM", environment)))
    return found


def _slurm_cores(environment: Mapping[str, str]) -> list[Allotment]:
    found = []
    if number := _of_this_node("SLURM_JOB_CPUS_PER_NODE", environment):
        found.append(Allotment(number, _pair("SLURM_JOB_CPUS_PER_NODE", environment)))
    if each := _count(environment.get("SLURM_CPUS_PER_TASK", "")):
        tasks = (
            _of_this_node("SLURM_STEP_TASKS_PER_NODE", environment)
            or _of_this_node("SLURM_TASKS_PER_NODE", environment)
            or _count(environment.get("SLURM_NTASKS", ""))
            or 1
        )
        source = _pair("SLURM_CPUS_PER_TASK", environment)
        found.append(Allotment(each * tasks, source + f" of {tasks} tasks" * (tasks > 1)))
    return found


def _of_this_node(name: str, environment: Mapping[str, str]) -> int | None:
    """Number of this node in a list of Slurm's, as ``16(x2),8``; the smallest if it is unknown."""
    numbers: list[int] = []
    for part in environment.get(name, "").split(","):
        match = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part.strip())
        if match is None:
            return None
        numbers += [int(match[1])] * int(match[2] or 1)
    node = environment.get("SLURM_NODEID", "")
    known = node.isdecimal() and int(node) < len(numbers)
    return numbers[int(node)] if known else min(numbers)


def _on_this_host(name: str, environment: Mapping[str, str]) -> int | None:
    """Number of this host in pairs of host and number; SGE has a file of them, a line each."""
    text = environment.get(name, "")
    if name == "PE_HOSTFILE" and text:
        try:
            lines = Path(text).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return None
        words = [word for line in lines for word in line.split()[:2]]
    else:
        words = text.split()
    here = platform.node().partition(".")[0]
    pairs = zip(words[::2], words[1::2], strict=False)
    own = [_count(number) or 0 for host, number in pairs if host.partition(".")[0] == here]
    return sum(own) or None


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) else None


def _megabytes(text: str, unit: str) -> float | None:
    """Memory as ``1500``, ``1500mb`` or ``4G`` [MB]; None for none, and for all of a node."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", text.strip().lower())
    if match is None or not float(match[1]):
        return None
    size = float(match[1]) * UNITS[match[2] or unit]
    return size / 1e6 if math.isfinite(size) else None


def _pair(name: str, environment: Mapping[str, str]) -> str:
    return f"{name}={environment[name]}"
