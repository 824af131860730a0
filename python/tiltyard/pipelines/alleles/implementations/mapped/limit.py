"""The limit of counting BAM files: every block inflated and its checksum compared, nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tiltyard.pipelines.alleles.compiled import layout
from tiltyard.pipelines.alleles.implementations.mapped.files import open_mapped
from tiltyard.pipelines.alleles.native.ending import damaged
from tiltyard.pipelines.alleles.native.loading import load

ENTRY = "inflate_all"


def inflate_only(path: Path) -> int:
    """Inflate all of a BGZF file, with the same code as counting does; returns how many bytes.

    Raises
    ------
    InputError
        The file is damaged or cut off.
    """
    file = open_mapped(path)
    state = np.zeros(layout.STATE_WORDS, np.int64)
    state[layout.FILE // layout.WORD] = file.address
    state[layout.FILE_BYTES // layout.WORD] = file.size
    status = load(ENTRY)(state.ctypes.data)
    if status != layout.FINE:
        raise damaged(status, path, int(state[layout.BYTE // layout.WORD]))
    return int(state[layout.INFLATED // layout.WORD])
