"""Physical cores of a job: more workers than these share what a core has."""

from __future__ import annotations

from tiltyard.engine.machine.room import available_room
from tiltyard.engine.machine.topology import topology


def physical_cores() -> int:
    """Physical cores that this process has, by quota and batch system too; at least 1."""
    return max(1, min(topology().physical, available_room().cores))
