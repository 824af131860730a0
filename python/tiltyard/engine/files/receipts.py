"""Receipts: a job's list of the files that it wrote, made when they are whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile, write_text


def write_receipt(path: Path, files: Iterable[Path], note: Mapping[str, Any]) -> None:
    """Write a receipt of `files`, with their sizes and times, and a `note`."""
    seen = {}
    for file in files:
        facts = file.stat()
        seen[str(file)] = [facts.st_size, facts.st_mtime_ns]
    write_text(path, json.dumps({"files": seen, **note}, indent=1) + "\n")


def read_receipt(path: Path) -> dict[str, Any]:
    """The receipt in `path`.

    Raises
    ------
    UnreadableFile
        If it is not one.
    """
    try:
        receipt: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for size, time in receipt["files"].values():
            int(size), int(time)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableFile(f"{path}: not a receipt: {error!r}") from error
    return receipt


def altered_files(receipt: Mapping[str, Any]) -> list[Path]:
    """Files of a receipt that are gone, or have another size or time than when it was written."""
    return [Path(name) for name, facts in receipt["files"].items() if _facts(name) != facts]


def _facts(name: str) -> list[int] | None:
    try:
        facts = Path(name).stat()
    except OSError:
        return None
    return [facts.st_size, facts.st_mtime_ns]
