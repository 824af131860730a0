"""Room on disks: looked at before any work, then taken."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tiltyard.pipelines.spatial.faults import SpaceError

#: What a file system needs besides, as a share.
MARGIN = 0.05


def check_space(needs: Mapping[Path, int]) -> None:
    """Refuse if a file system has less than what is needed in its folders.

    Parameters
    ----------
    needs : mapping
        Folder, which is there -> bytes.

    Raises
    ------
    SpaceError
        With both numbers.
    """
    devices: dict[int, int] = {}
    for folder, size in needs.items():
        device = os.stat(folder).st_dev
        devices[device] = devices.get(device, 0) + size
        needed, free = int(devices[device] * (1 + MARGIN)), shutil.disk_usage(folder).free
        if needed > free:
            raise SpaceError(
                f"{folder}: {needed:,} bytes are needed, and {free:,} are free; name a folder of "
                "another disk with --output or --memmap-dir, or make room"
            )
