"""Receipts of a study that no longer hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_note
from tiltyard.engine.files.receipts import altered_files, read_receipt
from tiltyard.engine.study import Study


@dataclass(frozen=True)
class Fault:
    """A receipt that no longer holds, and those of its files that cannot be read."""

    receipt: Path
    reasons: tuple[str, ...]
    unreadable: tuple[Path, ...]


def find_faults(study: Study) -> list[Fault]:
    """Receipts of `study` whose datasets or evaluations are gone, truncated, empty or foreign.

    Only files with another size or time than in the receipt are opened, and only their own
    metadata is read; digests are checked when a dataset is used.
    """
    faults = []
    for path in sorted(study.batches.glob("*.json")):
        reasons, unreadable = [], []
        receipt: Mapping[str, Any] = {"files": {}}
        try:
            receipt = read_receipt(path)
        except UnreadableFile as error:
            reasons.append(str(error))
        for file in altered_files(receipt):
            if not file.exists():
                reasons.append(f"{file}: is gone")
                continue
            try:
                note = _checked_note(file, study)
            except UnreadableFile as error:
                reasons.append(str(error))
                unreadable.append(file)
                continue
            # Another run, or a job by hand, may have written the file since. It stays, as the
            # receipt may be older than it.
            if note.get("request") != receipt.get("request", note.get("request")):
                reasons.append(f"{file}: answers another request than when {path} was written")
        if reasons:
            faults.append(Fault(path, tuple(reasons), tuple(unreadable)))
    return faults


def _checked_note(path: Path, study: Study) -> dict[str, Any]:
    note = read_note(path)
    kind = {"kind": study.kind.name, "study": study.name, "seed": study.seed}
    for key, value in {**kind, "configuration": path.stem}.items():
        if note.get(key) != value:
            raise UnreadableFile(f"{path}: holds {key} {note.get(key)!r}, not {value!r}")
    return note
