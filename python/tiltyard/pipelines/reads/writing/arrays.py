"""Encoded reads in one NPZ file, which grows on disk and not in memory."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch

_PIECE = 1 << 20


class ArrayWriter:
    """Writes `tensor`, `mask`, `lengths`, `files`, `records`, `names` and `name_starts`.

    Of pairs the mates' are called ``mate_tensor`` and so on. Names are bytes behind each other.

    Parameters
    ----------
    path : path
        The NPZ file; parts of it are beside it until it is closed.
    masked : bool
        Whether there is a mask: counts of k-mers have no place for each letter.
    """

    def __init__(self, path: Path, masked: bool = True) -> None:
        self._path = path
        self._masked = masked
        self._opened = ExitStack()
        self._parts: dict[str, _Part] = {}
        self._name_sizes: dict[str, int] = {}

    def write(self, batch: Batch) -> None:
        """Add the reads of a batch that is encoded."""
        for prefix, mate in (("", batch), ("mate_", batch.mate)):
            if mate is None:
                continue
            assert mate.encoded is not None  # the caller has an encoder
            names = mate.names.contiguous()
            before = self._name_sizes.get(prefix, 0)
            arrays = {
                "tensor": mate.encoded.tensor,
                **({"mask": mate.encoded.mask} if self._masked else {}),
                "lengths": mate.encoded.lengths,
                "files": mate.files,
                "records": mate.records,
                "names": names.buffer[: names.size],
                "name_starts": names.starts + before,
            }
            self._name_sizes[prefix] = before + names.size
            for name, array in arrays.items():
                self._part(prefix + name).add(array)

    def _part(self, name: str) -> _Part:
        if name not in self._parts:
            opened = tempfile.TemporaryFile(dir=self._path.parent)  # noqa: SIM115
            self._parts[name] = _Part(self._opened.enter_context(opened))
        return self._parts[name]

    def close(self) -> None:
        """Write the file."""
        with self._opened, zipfile.ZipFile(self._path, "w", allowZip64=True) as archive:
            for name, part in self._parts.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                    part.write(file)


class _Part:
    """One array that grows along its first axis."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rows = 0
        self._kind: NDArray[Any] | None = None

    def add(self, array: NDArray[Any]) -> None:
        if self._kind is not None and array.shape[1:] != self._kind.shape[1:]:
            raise ValueError(f"rows of {array.shape[1:]} behind rows of {self._kind.shape[1:]}")
        self._file.write(np.ascontiguousarray(array).data)
        self._rows += len(array)
        self._kind = array[:0]

    def write(self, file: IO[bytes]) -> None:
        assert self._kind is not None  # a part is made for its first array
        header = {
            "descr": np.lib.format.dtype_to_descr(self._kind.dtype),
            "fortran_order": False,
            "shape": (self._rows, *self._kind.shape[1:]),
        }
        np.lib.format.write_array_header_2_0(file, header)
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            file.write(piece)
