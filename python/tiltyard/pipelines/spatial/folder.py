"""The files of one run: where they are, what is done of them, and when they are whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.files import headers
from tiltyard.pipelines.spatial.files.rows import RowFile
from tiltyard.pipelines.spatial.files.scratch import copy_back
from tiltyard.pipelines.spatial.files.space import check_space
from tiltyard.pipelines.spatial.store import RANKS, SCORES, data_path

PARTS = (RANKS, SCORES)
_FACTS, _DONE = "ranks.npz", "scores.done"


class Folder:
    """Ranks and scores of a run.

    Parameters
    ----------
    output, work : path
        Where they will be, and where they are made: the same without a fast disk.
    kinds : mapping
        Type of each part.
    shape : (int, int)
        Spots and genes of both.
    identity : mapping
        What else their headers say.
    """

    def __init__(
        self,
        output: Path,
        work: Path,
        kinds: Mapping[str, np.dtype[Any]],
        shape: tuple[int, int],
        identity: Mapping[str, Any],
    ) -> None:
        self.output, self.work, self.kinds, self.shape = output, work, kinds, shape
        self.headers: dict[str, dict[str, Any]] = {
            part: {
                "format": headers.FORMAT,
                "version": headers.VERSION,
                "dtype": kinds[part].str,
                "shape": list(shape),
                "order": "C",
                "content": part,
                **identity,
                "rows_done": 0,
                "complete": False,
                "sha256": "",
            }
            for part in PARTS
        }

    @property
    def facts(self) -> Path:
        """What all ranks say, until the scores are there."""
        return self.work / _FACTS

    def data(self, part: str, folder: Path) -> Path:
        """Where a matrix is."""
        return data_path(folder, part, self.kinds[part])

    @property
    def finished(self) -> bool:
        """Whether both are whole where they belong."""
        return self.is_done(self.output, SCORES) and self.is_done(self.output, RANKS)

    def is_done(self, folder: Path, part: str) -> bool:
        """Whether a matrix is whole.

        Raises
        ------
        InputError
            If the folder has one of something else.
        """
        path = folder / f"{part}.json"
        if not path.exists():
            return False
        there = headers.read_header(path)
        if difference := headers.unlike(self.headers[part], there):
            raise InputError(
                f"{path}: was made with {difference}; name another folder with --output, or "
                "remove this one"
            )
        return bool(there["complete"]) and self.data(part, folder).exists()

    def check_space(self) -> None:
        """Refuse if a disk has too little room for what is not there yet."""
        cells = self.shape[0] * self.shape[1]
        size = {part: cells * self.kinds[part].itemsize for part in PARTS}
        there = sum(
            path.stat().st_size
            for path in (self.data(part, self.work) for part in PARTS)
            if path.exists()
        )
        needs = {self.work: max(sum(size.values()) - there, 0)}
        if self.work != self.output:
            needs[self.output] = needs.get(self.output, 0) + sum(size.values())
        check_space(needs)

    def open(self, part: str, *, writable: bool = False) -> RowFile:
        """A matrix; one that is written has all its room on the disk."""
        path = self.data(part, self.work)
        file = RowFile(path, self.kinds[part], *self.shape, writable=writable)
        if writable and path.stat().st_size != file.size:
            file.reserve()
        return file

    def ranked(self) -> None:
        """Say that all ranks are on the disk."""
        self.headers[RANKS] |= {"rows_done": self.shape[0], "complete": True}
        headers.write_header(self.work / f"{RANKS}.json", self.headers[RANKS])

    def rows_done(self) -> NDArray[np.bool_]:
        """Rows whose scores an earlier run has left on the disk."""
        path = self.work / _DONE
        header = self.work / f"{SCORES}.json"
        if header.exists() and not self.is_done(self.work, SCORES) and path.exists():
            found = np.frombuffer(path.read_bytes(), np.bool_)
            if len(found) == self.shape[0] and self.data(SCORES, self.work).exists():
                return found.copy()
        return np.zeros(self.shape[0], np.bool_)

    def note(self, done: NDArray[np.bool_]) -> None:
        """Say which rows' scores are on the disk."""
        from tiltyard.engine.files.atomic import atomic_path

        with atomic_path(self.work / _DONE) as temporary:
            temporary.write_bytes(done.tobytes())
        self.headers[SCORES]["rows_done"] = int(done.sum())
        headers.write_header(self.work / f"{SCORES}.json", self.headers[SCORES])

    def complete(self) -> None:
        """Say that both are whole, with their digests, and put them where they belong."""
        from tiltyard.engine.files.receipts import sha256_of

        for part in PARTS:
            path = self.data(part, self.work)
            if self.work != self.output:
                copy_back(path, self.data(part, self.output))
            whole = {"rows_done": self.shape[0], "complete": True, "sha256": sha256_of(path)}
            headers.write_header(self.output / f"{part}.json", self.headers[part] | whole)
        for name in (_DONE, _FACTS):
            (self.work / name).unlink(missing_ok=True)
