"""Whether a file can be read again, and whether it is the one that was read before."""

from __future__ import annotations

import hashlib
import os
import stat
import sys

from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.files import File, Files
from tiltyard.pipelines.reads.inputs.sources import STANDARD_INPUT

#: Bytes at the beginning and at the end of a file that its digest is of.
_DIGESTED = 1 << 16


def is_pipe(file: File) -> bool:
    """Whether a file can be read once."""
    if not isinstance(file, (str, os.PathLike)):
        return True
    status = os.fstat(sys.stdin.fileno()) if str(file) == STANDARD_INPUT else os.stat(file)
    return not stat.S_ISREG(status.st_mode) or str(file) == STANDARD_INPUT


def digests(files: Files) -> dict[str, str]:
    """Name of each file -> its size and a digest of its beginning and its end.

    Raises
    ------
    InputError
        If one is a pipe.
    """
    found = {}
    for file in (each for entry in files.entries for each in entry):
        if is_pipe(file):
            raise InputError("the state of a pipe cannot be kept; read a file")
        assert isinstance(file, (str, os.PathLike))  # else it would be a pipe
        found[str(file)] = digest_of(file)
    return found


def digest_of(path: str | os.PathLike[str]) -> str:
    """Size of a file, and SHA-256 of its first and last 64 kB."""
    with open(path, "rb") as content:
        size = os.fstat(content.fileno()).st_size
        digest = hashlib.sha256(content.read(_DIGESTED))
        content.seek(max(size - _DIGESTED, 0))
        digest.update(content.read(_DIGESTED))
    return f"{size}-{digest.hexdigest()}"
