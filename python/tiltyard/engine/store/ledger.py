"""Every outcome of a study, stored under an address of all that decides it.

Snakemake deletes a rule's outputs before it runs the rule. The store is no output, so that a job
that was killed or is run again computes only what is missing. Evaluations of one dataset share a
file that only grows: a file each would break a cluster's quota before anything else does.
"""

from __future__ import annotations

import errno
import json
import os
import pickle
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import starmap
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.engine.files.digests import digest
from tiltyard.engine.methods.method import Method
from tiltyard.engine.outcome import Limits, Outcome

#: Header of a record: mark, digest of the address, length of the content, checksum of both.
HEADER = struct.Struct("<8s32sQI")
MARK = b"\x89record\n"


class Store:
    """Outcomes on disk; a `Ledger` for each dataset.

    Parameters
    ----------
    folder : path
        Folder of the ledgers.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ledger(self, dataset: str) -> Ledger:
        """The outcomes known of the dataset with this digest."""
        return Ledger(self.path(dataset))

    def path(self, dataset: str) -> Path:
        """File of the ledger of the dataset with this digest."""
        return self._folder / dataset[:2] / f"{dataset[2:]}.ledger"


class Ledger:
    """Outcomes of one dataset, appended one by one; a later one replaces an earlier one.

    Several processes may read and append at once. A record that a killed process left incomplete,
    or that is damaged, is named in a warning and counts as missing; the others stay.

    Parameters
    ----------
    path : path
        The file; it appears with the first outcome.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            data = b""
        self._damaged: list[str] = []
        self._contents = dict(_records(data, self._damaged.append))
        for reason in self._damaged:
            _warn(path, reason)

    def get(self, address: Mapping[str, Any], limits: Limits) -> Outcome | None:
        """The outcome at `address`, or None if there is none that holds under `limits`."""
        content = self._contents.get(_key(address))
        if content is None:
            return None
        try:
            outcome = pickle.loads(content)
            if not isinstance(outcome, Outcome):
                raise TypeError(f"holds a value of type {type(outcome).__name__}, not an Outcome")
        except Exception as error:  # written by other code, it can raise anything
            _warn(self._path, repr(error))
            return None
        return outcome if outcome.holds_under(limits) else None

    def put(self, address: Mapping[str, Any], outcome: Outcome) -> None:
        """Remember `outcome` at `address`.

        Raises
        ------
        OSError
            If it cannot be written; what was there stays whole.
        """
        key, content = _key(address), pickle.dumps(outcome, protocol=5)
        with self._lock:
            self._append(_record(key, content))
            self._contents[key] = content

    def mend(self) -> None:
        """Write the file anew without what is no whole record; nobody else may append meanwhile."""
        if self._damaged:
            with self._lock, atomic_path(self._path) as temporary:
                temporary.write_bytes(b"".join(starmap(_record, self._contents.items())))
            self._damaged.clear()

    def _append(self, record: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        file = os.open(self._path, flags, 0o666)
        try:
            if os.write(file, record) < len(record):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        finally:
            os.close(file)


def damage_in(path: Path) -> list[str]:
    """What is no whole record in the ledger `path`, in words; it is read for that.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    found: list[str] = []
    for _ in _records(path.read_bytes(), found.append):
        pass
    return found


def _record(key: bytes, content: bytes) -> bytes:
    return HEADER.pack(MARK, key, len(content), zlib.crc32(key + content)) + content


def _records(data: bytes, warn: Callable[[str], None]) -> Iterator[tuple[bytes, bytes]]:
    """Key and content of each whole record, in the order in which they were written."""
    begin = 0
    while begin < len(data):
        content, end = b"", 0
        if data.startswith(MARK, begin) and len(data) - begin >= HEADER.size:
            _, key, length, checksum = HEADER.unpack_from(data, begin)
            end = begin + HEADER.size + length
            content = data[begin + HEADER.size : end]
        if content and len(content) == length and zlib.crc32(key + content) == checksum:
            yield key, content
        else:
            end = data.find(MARK, begin + 1)
            end = len(data) if end < 0 else end
            warn(f"bytes {begin} to {end} are not a whole record")
        begin = end


def _warn(path: Path, reason: str) -> None:
    print(f"warning: treated as missing: {path}: {reason}", file=sys.stderr)


def _key(address: Mapping[str, Any]) -> bytes:
    return bytes.fromhex(digest([json.dumps(address, sort_keys=True)]))


def address_of(
    dataset: str, method: Method, options: Mapping[str, Any], machine: str = ""
) -> dict[str, Any]:
    """Address of the evaluation of `method` on the dataset with this digest.

    Parameters
    ----------
    dataset : str
    method : Method
    options : mapping
    machine : str
        Fingerprint of the machine, where a time is the result; "" where it decides nothing.
    """
    address = {
        "dataset": dataset,
        "method": method.name,
        "language": method.language,
        "version": method.version,
        "options": dict(options),
    }
    return {**address, "machine": machine} if machine else address
